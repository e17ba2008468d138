"""Results as JSON, with what it takes to make them again, and the Markdown table made from that."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from voicehub.errors import InputError, NotFoundError


@dataclass(frozen=True)
class Column:
    """One column of a results table: the key in each row, its heading, and decimals shown."""

    key: str
    label: str
    digits: int = 2


def machine_description(precision: str = "float32") -> dict[str, str | int]:
    """Return what the speed of a result depends on: processor, cores, threads, torch, precision."""
    description: dict[str, str | int] = {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "precision": precision,
    }
    if torch.cuda.is_available():
        description["accelerator"] = torch.cuda.get_device_name()
    return description


def build_results(
    command: str,
    date: str,
    machine: Mapping[str, str | int],
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the results that ``command`` gave on ``date`` (ISO 8601) in the form that is written.

    A row has a key of every column; a value is a text, a number, None, or the dict of a summary or an estimate.
    """
    if not columns:
        raise InputError("a results table needs at least one column, got none")
    for row in rows:
        lacking = [column.key for column in columns if column.key not in row]
        if lacking:
            raise InputError(f"a row of results lacks {', '.join(lacking)}; give None for no value")
    results = {
        "command": command,
        "date": date,
        "machine": dict(machine),
        "columns": [asdict(column) for column in columns],
        "rows": [dict(row) for row in rows],
    }
    plain: dict[str, Any] = json.loads(_to_json(results))
    return plain


def write_results(path: Path, results: Mapping[str, Any]) -> None:
    """Write ``results`` as JSON to ``path``, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_to_json(results) + "\n", encoding="utf-8")


def read_results(path: Path) -> dict[str, Any]:
    """Read back what ``write_results`` wrote."""
    try:
        results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFoundError(f"there are no results at {path}") from error
    except json.JSONDecodeError as error:
        raise InputError(f"{path} does not hold JSON results: {error}") from error
    return results


def render_table(results: Mapping[str, Any]) -> str:
    """Return the Markdown table of ``results`` and a line on where and how they were made."""
    return f"{bare_table(results)}\n{_caption(results)}\n"


def bare_table(results: Mapping[str, Any]) -> str:
    """Return the Markdown table of the "columns" and "rows" of ``results`` alone."""
    columns = [Column(**column) for column in results["columns"]]
    lines = [
        _row([column.label for column in columns]),
        _row(["---" if i == 0 else "---:" for i in range(len(columns))]),
        *(_row([_cell(row[c.key], c.digits) for c in columns]) for row in results["rows"]),
    ]
    return "\n".join(lines) + "\n"


def _processor() -> str:
    """Return the processor's name; Linux tells it only here."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass  # another system
    return platform.processor() or platform.machine()


def _to_json(results: Mapping[str, Any]) -> str:
    try:
        return json.dumps(
            results, indent=2, ensure_ascii=False, allow_nan=False, default=_plain_value
        )
    except (TypeError, ValueError) as error:
        raise InputError(f"results hold a value that JSON cannot: {error}") from error


def _plain_value(value: object) -> object:
    """Turn what numpy returns, and paths, into what JSON knows."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return value.as_posix()
    raise TypeError(f"{type(value).__name__} is not a JSON type")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(value: object, digits: int) -> str:
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        keys = ("median" if "median" in value else "value", "ci_low", "ci_high")
        middle, low, high = (f"{value[key]:.{digits}f}" for key in keys)
        return f"{middle} ({low} to {high})"
    if isinstance(value, float):
        return f"{value:.{digits}f}"
    return str(value).replace("|", "\\|")


def _caption(results: Mapping[str, Any]) -> str:
    machine = results["machine"]
    where = machine.get("accelerator") or f"{machine['processor']}, {machine['cores']} cores"
    summaries = [v for row in results["rows"] for v in row.values() if isinstance(v, Mapping)]
    of_what = " of the median" if all("median" in each for each in summaries) else ""
    ranges = f" Ranges are 95 % bootstrap intervals{of_what}." if summaries else ""
    return (
        f"Made by `{results['command']}` on {results['date']}: {where}, "
        f"torch {machine['torch']}, {machine['precision']}.{ranges}"
    )
