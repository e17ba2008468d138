"""Put a backup in place of the data; what was there before is kept aside."""

import hashlib
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from voicehub.errors import InputError, NotFoundError, VoiceHubError
from voicehub.store.backup import DATABASE, FOLDERS, SUMS
from voicehub.store.database import Database
from voicehub.store.presence import alone
from voicehub.store.rows import new_id, now

_SQLITE = b"SQLite format 3\x00"
_BESIDE = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")  # what belongs to a database


@dataclass(frozen=True)
class Restored:
    """What was put in place, and the folder where what was there before lies; None: nothing was."""

    files: int
    aside: Path | None


def restore(home: Path, source: Path) -> Restored:
    """Put the backup ``source`` in place of the database, and of the files where it holds any.

    Nothing changes unless the whole of it is in order. Raises ``VoiceHubError`` where a page or a
    worker runs in ``home``, and ``InputError`` where the backup is damaged or is none.
    """
    if not source.is_file():
        raise NotFoundError(f"there is no file {source}")
    with alone(home), _draft(home) as draft:
        files = _unpack(source, draft)
        _check_database(draft / DATABASE, source)
        with_files = files is not None
        aside = _exchange(home, draft, with_files)
    return Restored(files or 0, aside)


def _unpack(source: Path, draft: Path) -> int | None:
    """Unpack into ``draft``; return how many files came with the database, None for no archive."""
    try:
        with source.open("rb") as file:
            is_database = file.read(len(_SQLITE)) == _SQLITE
        if is_database:
            shutil.copyfile(source, draft / DATABASE)
            return None
        with tarfile.open(source, "r:") as archive:
            archive.extractall(draft, filter="data")  # nothing outside, no links to elsewhere
        return _check_sums(draft)
    except (OSError, tarfile.TarError, ValueError) as error:
        raise InputError(f"{source} is no backup of VoiceHub, or damaged: {error}") from error


def _check_sums(draft: Path) -> int:
    """Compare every file with its hash; raise ``ValueError`` where they differ."""
    lines = (draft / SUMS).read_text("utf-8").splitlines()
    told = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    found = {
        path.relative_to(draft).as_posix()
        for path in draft.rglob("*")
        if path.is_file() and path != draft / SUMS
    }
    if DATABASE not in told or found != set(told):
        raise ValueError("its files are not those of its list")
    for name, digest in told.items():
        with (draft / name).open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                raise ValueError(f"{name} was changed")
    return len(told) - 1


def _check_database(path: Path, source: Path) -> None:
    """Raise ``InputError`` unless it is a whole VoiceHub database; bring an older one up to date."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            known = connection.execute(
                "SELECT 1 FROM _sqlite_migrations WHERE migration_set = 'voicehub'"
            ).fetchone()
    except sqlite3.Error as error:
        raise InputError(f"{source} is no backup of VoiceHub, or damaged: {error}") from error
    if known is None:
        raise InputError(f"{source} is a database, but not of VoiceHub")
    try:
        problems = Database(path).problems()
    except VoiceHubError as error:
        raise InputError(str(error).replace(str(path), str(source))) from error
    if problems:
        raise InputError(f"{source} is damaged: {problems[0]}")


def _exchange(home: Path, draft: Path, with_files: bool) -> Path | None:
    """Move what is there aside and the draft in; undo all of it where anything fails."""
    aside = home / f"before-restore-{now()[:19].replace(':', '')}-{new_id()[:4]}"
    names = [*_BESIDE, *(FOLDERS if with_files else ())]
    made: list[tuple[Path, Path]] = []
    database = Database(home / DATABASE)
    with database.turns.turn():  # no command writes in between
        database.connections.close()  # the last to close a file removes the log beside its name
        moves = [(home / name, aside / name) for name in names if (home / name).exists()]
        moves += [(draft / name, home / name) for name in names if (draft / name).exists()]
        try:
            for origin, target in moves:
                target.parent.mkdir(exist_ok=True, mode=0o700)
                origin.rename(target)
                made.append((origin, target))
        except OSError as error:
            for origin, target in reversed(made):
                target.rename(origin)
            raise VoiceHubError(f"{home} cannot be changed: {error.strerror or error}") from error
    return aside if aside.exists() else None


@contextmanager
def _draft(home: Path) -> Iterator[Path]:
    draft = home / f".restore-{new_id()}"
    try:
        draft.mkdir(mode=0o700)
        yield draft
    except OSError as error:
        raise VoiceHubError(f"{home} cannot be used: {error.strerror or error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
