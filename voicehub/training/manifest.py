"""The corpus manifest: which recordings there are, and which speakers training must never hear."""

import csv
import math
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
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = set(COLUMNS) - set(reader.fieldnames or ())
            if missing:
                told = ", ".join(sorted(missing))
                raise InputError(f"the manifest {path} lacks the columns {told}")
            return [_entry(path, reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"the manifest {path} cannot be read as UTF-8 text: {error}") from error


def _entry(manifest: Path, line: int, row: dict[str, str | None]) -> Entry:
    given = {name: row[name] or "" for name in COLUMNS}
    try:
        seconds = float(given["seconds"])
    except ValueError:
        seconds = math.nan
    if not (given["path"] and "\0" not in given["path"] and 0 <= seconds < math.inf):
        raise InputError(
            f"line {line} of the manifest {manifest} needs a path and a number of seconds, "
            f"got {given['path']!r} and {given['seconds']!r}"
        )
    return Entry(
        path=manifest.parent / given["path"],
        corpus=given["corpus"],
        speaker=given["speaker"],
        language=given["language"],
        gender=given["gender"],
        seconds=seconds,
        licence=row.get("licence") or "",
        text=given["text"],
    )
