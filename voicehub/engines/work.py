"""One piece of heavy work: what goes in is named by hashes, what comes out is kept once.

Speech is not made here: a consent is read before every sentence, and that is where the database is.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from voicehub.audio.files import read_audio
from voicehub.errors import CheckpointError, InputError
from voicehub.evaluation.voice_report import evaluate_voice
from voicehub.model.base import Base, file_hash, load_base
from voicehub.model.voice import load_voice, save_voice
from voicehub.training.finetune import CloneOptions, clone_voice

Report = Callable[[float, str], None]
# Metrics, events, and what puts the files into a folder.
_Done = tuple[dict[str, Any], list[dict[str, Any]], Callable[[Path], None]]
MADE, _WORK = "made.json", "work"
_KINDS = ("tune", "evaluate")


@dataclass(frozen=True)
class Order:
    """What is to be done: only plain values, so that it travels.

    ``inputs`` are recordings, for an evaluation after the folder of the voice. ``config`` holds the
    fields of `CloneOptions` for a tuning.
    """

    kind: Literal["tune", "evaluate"]
    base: str  # the folder of the base checkpoint
    inputs: tuple[str, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise InputError(f"work is of the kinds {', '.join(_KINDS)}, not {self.kind!r}")
        if not self.inputs:
            raise InputError("work needs at least one recording, got none")


@dataclass(frozen=True)
class Made:
    """What came of an order; ``files`` are those of its folder, by name and sha256."""

    key: str
    folder: str
    files: Mapping[str, str]
    metrics: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]


class Engine(Protocol):
    """Somewhere to run work."""

    def run(self, orders: Sequence[Order], place: Path, report: Report) -> list[Made]:
        """Return what came of each order, in their order; ``place`` is seen by all who work."""


def key_of(order: Order, base_id: str) -> str:
    """Return the name of what an order makes: the same inputs make it once, wherever they lie."""
    parts = [order.kind, base_id, json.dumps(dict(order.config), sort_keys=True)]
    for each in order.inputs:
        path = Path(each)
        parts.append(file_hash(path / "voice.safetensors" if path.is_dir() else path))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def perform(
    order: Order, place: Path, report: Report, stop: Callable[[], bool] = lambda: False
) -> Made:
    """Do an order, or go on with it where somebody stopped; what is there already is returned.

    An artefact appears with all its files or not at all, and whoever comes second finds it.
    """
    base = load_base(Path(order.base), order.device)
    folder = place / key_of(order, base.id)
    done = made_in(folder)
    if done is not None:
        return done
    work = folder.with_name(f".{folder.name}.{_WORK}")
    resumed = (work / "tuning.safetensors").exists()
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    act = _tune if order.kind == "tune" else _evaluate
    metrics, events, save = act(order, base, work, report, stop)
    events = [{"kind": "resumed" if resumed else "started"}, *events]
    # Only now: whoever is killed while it works leaves nothing but its checkpoint.
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    try:
        save(partial)
        files = {path.name: file_hash(path) for path in sorted(partial.iterdir())}
        made = Made(folder.name, str(folder), files, metrics, events)
        (partial / MADE).write_text(json.dumps(asdict(made)), encoding="utf-8")
        with suppress(OSError):  # somebody else was first: theirs is the artefact
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    shutil.rmtree(work, ignore_errors=True)
    kept = made_in(folder)
    if kept is None:
        raise CheckpointError(f"{folder} cannot be written")
    return kept


def _tune(order: Order, base: Base, work: Path, report: Report, stop: Callable[[], bool]) -> _Done:
    waveforms = [read_audio(Path(each)) for each in order.inputs]
    result = clone_voice(base, waveforms, CloneOptions(**order.config), report, stop, work)
    events = [{"kind": "score", **row} for row in result.history]
    return result.metrics, events, lambda folder: save_voice(result.voice, folder, result.metrics)


def _evaluate(
    order: Order, base: Base, work: Path, report: Report, stop: Callable[[], bool]
) -> _Done:
    voice = load_voice(Path(order.inputs[0]), base)
    waveforms = [read_audio(Path(each)) for each in order.inputs[1:]]
    scores = evaluate_voice(base, voice, waveforms, report)
    text = json.dumps(scores, default=str)
    return {"rows": len(scores["rows"])}, [], lambda folder: _write_scores(folder, text)


def _write_scores(folder: Path, text: str) -> None:
    (folder / "scores.json").write_text(text, encoding="utf-8")


def made_in(folder: Path) -> Made | None:
    """Return what an order made before, its files as they were; None where it has not."""
    path = folder / MADE
    if not path.is_file():
        return None
    made = Made(**json.loads(path.read_text(encoding="utf-8")))
    for name, digest in made.files.items():
        if file_hash(folder / name) != digest:
            raise CheckpointError(f"{folder / name} was changed since it was made; remove {folder}")
    return made
