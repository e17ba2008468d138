"""What a drill came to, and the file of results that it is merged into."""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "app.json"
OWN_FILES = {
    "audit": "audit.json",
    "takedown": "audit.json",
    "attacks": "hostile.json",
    "hostile": "hostile.json",
    "fuzz": "hostile.json",
    "hub": "hub.json",
    "api": "api.json",
    "scaling": "scaling.json",
    "cluster": "scaling.json",
    "packing": "packing.json",
    "sharpness": "sharpness.json",
    "market-search": "market.json",
    "ledger": "market.json",
    "market-crowd": "market.json",
}  # by drill


@dataclass(frozen=True)
class Options:
    """What a drill is given on the command line; each uses what concerns it."""

    base: Path | None = None  # None: the base that ships
    times: int = 30
    visitors: int = 30
    listings: int = 1_000_000
    operations: int = 1_000
    sample_seconds: float = 20.0
    language: str = "en"
    width: int = 1280  # of the browser's window, in pixels
    shots: Path | None = None  # a folder for screenshots
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """Figures, whether they reach their bar, and one line that says so."""

    figures: Mapping[str, Any]
    passed: bool
    verdict: str


class DrillError(Exception):
    """The drill itself could not be carried out, so that there is nothing to tell."""


def median(values: list[float]) -> float:
    """Return the middle of ``values``, the upper one where there are two."""
    return sorted(values)[len(values) // 2]


def percentile(values: list[float], share: float) -> float:
    """Return the value that ``share`` (0 to 1) of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def merge(folder: Path, name: str, outcome: Outcome, command: str) -> Path:
    """Put the figures of one drill in place of those it had, and leave the others' alone."""
    from voicehub.evaluation.report import machine_description

    path = folder / OWN_FILES.get(name, FILE)
    results = json.loads(path.read_text("utf-8")) if path.exists() else {}
    results[name] = {
        "command": command,
        "date": datetime.date.today().isoformat(),
        "machine": machine_description(),
        "passed": outcome.passed,
        "verdict": outcome.verdict,
        "figures": outcome.figures,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dict(sorted(results.items())), ensure_ascii=False, indent=2)
    path.write_text(text + "\n", "utf-8")
    return path
