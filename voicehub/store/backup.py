"""Copies of the data while it is in use: the database alone, or with the files it speaks of."""

import hashlib
import io
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from voicehub.errors import InputError, NotFoundError, VoiceHubError
from voicehub.store.database import Database
from voicehub.store.rows import new_id

DATABASE = "voicehub.db"
FOLDERS = ("voices", "statements", "samples", "speech", "registry", "keys")
SUMS = "SHA256SUMS"  # the last member of an archive: a hash and a name on each line


@dataclass(frozen=True)
class BackedUp:
    """What was written: ``files`` counts those beside the database."""

    path: Path
    size_bytes: int
    files: int


def back_up_database(home: Path, target: Path) -> BackedUp:
    """Write a whole copy of the database to ``target``, which appears at once or not at all."""
    with _in_words(target), _appearing(home, target) as partial:
        _copy_database(home, partial)
    return BackedUp(target, target.stat().st_size, 0)


def back_up_all(home: Path, target: Path) -> BackedUp:
    """Write an archive of the database and the files, as `back_up_database` does."""
    with _in_words(target), _appearing(home, target) as partial:
        copy = partial.with_suffix(".db")
        try:
            _copy_database(home, copy)
            with tarfile.open(partial, "w") as archive:
                sums = [_add(archive, copy, DATABASE)]
                for path in _files(home):
                    try:
                        sums.append(_add(archive, path, path.relative_to(home).as_posix()))
                    except FileNotFoundError:
                        continue  # deleted since it was listed, with its row: as it should be
                _add_bytes(archive, "".join(sums).encode(), SUMS)
        finally:
            copy.unlink(missing_ok=True)
    return BackedUp(target, target.stat().st_size, len(sums) - 1)


def _copy_database(home: Path, target: Path) -> None:
    """Copy with SQLite's own backup, which sees one state while others write."""
    source = home / DATABASE
    if not source.is_file():
        raise NotFoundError(f"there is no database in {home}, so nothing to back up")
    target.touch(mode=0o600)
    with Database(source).read() as db, closing(sqlite3.connect(target)) as copy:
        db.conn.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE").fetchall()  # one file, with nothing beside it
        found = [row[0] for row in copy.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        raise VoiceHubError(f"the database {source} is damaged ({found[0]}); nothing was written")


def _files(home: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((home / folder).rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(home).parts)
            if not hidden and path.is_file() and not path.is_symlink():  # hidden: in the making
                yield path


def _add(archive: tarfile.TarFile, path: Path, name: str) -> str:
    """Add a file and return its line of the sums."""
    with path.open("rb") as file:
        member = archive.gettarinfo(arcname=name, fileobj=file)
        member.uname = member.gname = ""
        member.uid = member.gid = 0
        archive.addfile(member, file)
        file.seek(0)
        return f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n"


def _add_bytes(archive: tarfile.TarFile, content: bytes, name: str) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    archive.addfile(member, io.BytesIO(content))


@contextmanager
def _appearing(home: Path, target: Path) -> Iterator[Path]:
    """Yield a hidden file beside ``target`` that takes its name at the end."""
    if target.is_dir():
        raise InputError(f"{target} is a folder; give the name of a file to write")
    if target.absolute().parent == home.absolute() and target.name.startswith(DATABASE):
        raise InputError(f"{target} is the database itself; give another name")
    partial = target.with_name(f".{new_id()}.part")
    try:
        partial.touch(mode=0o600, exist_ok=False)
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(partial, target)
        folder = os.open(target.absolute().parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name too survives a power cut
        finally:
            os.close(folder)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def _in_words(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise VoiceHubError(f"{target} cannot be written: {error}") from error
