"""The corpus manifest: which recordings there are, and which speakers training must never hear."""

import csv
from dataclasses import dataclass
from pathlib import Path

from voicehub.errors import InputError

COLUMNS = ("path", "corpus", "speaker", "language", "gender", "seconds", "text")


@dataclass(frozen=True)
class Entry:
    """One recording of a corpus; ``text`` is empty where there is no transcript."""

    path: Path
    corpus: str
    speaker: str
    language: str
    gender: str
    seconds: float
    licence: str
    text: str


def read_manifest(path: Path) -> list[Entry]:
    """Read a tab-separated manifest whose paths are relative to its folder."""
    if not path.is_file():
        raise InputError(f"no manifest at {path}; give a tab-separated file with a header line")
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = set(COLUMNS) - set(reader.fieldnames or ())
        if missing:
            raise InputError(f"the manifest {path} lacks the columns {', '.join(sorted(missing))}")
        return [_entry(path.parent, row) for row in reader]


def _entry(folder: Path, row: dict[str, str]) -> Entry:
    return Entry(
        path=folder / row["path"],
        corpus=row["corpus"],
        speaker=row["speaker"],
        language=row["language"],
        gender=row["gender"],
        seconds=float(row["seconds"]),
        licence=row.get("licence", ""),
        text=row["text"] or "",
    )
