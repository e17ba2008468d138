"""One SQLite file: a connection for each call, writers in turn, migrations, and errors in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import ConsentError, InputError, VoiceHubError
from voicehub.store.connections import connections_of
from voicehub.store.migrations import MIGRATIONS
from voicehub.store.turns import turns_of

_WAIT_SECONDS = 15.0  # for another writer


class Database:
    """A file of which each call has a connection of its own: threads and processes share it safely."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.turns = turns_of(path.absolute(), _WAIT_SECONDS)
        self.connections = connections_of(path.absolute(), _WAIT_SECONDS)
        self._migrated = False

    @contextmanager
    def read(self) -> Iterator[SqliteDatabase]:
        """Yield a connection whose reads all see one state."""
        with self._connection() as db:
            db.execute("BEGIN")
            yield db
            db.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[SqliteDatabase]:
        """Yield a connection in a transaction that commits at the end, or leaves no trace.

        What is committed is on the disk: it survives a power cut.
        """
        with self._connection() as db, self.turns.turn(), _immediate(db):
            yield db

    @contextmanager
    def write_lightly(self) -> Iterator[SqliteDatabase]:
        """Yield as `write` does, without waiting for the disk.

        For what comes again in a moment: a power cut may take the last of it, a crash of the
        process takes nothing, and the file stays whole in either case.
        """
        with self._connection() as db, self.turns.turn():
            db.execute("PRAGMA synchronous=NORMAL")
            try:
                with _immediate(db):
                    yield db
            finally:
                db.execute("PRAGMA synchronous=FULL")

    def problems(self) -> list[str]:
        """Return what SQLite's integrity and foreign-key checks find; empty where all is well."""
        self.connections.close()  # what lies on the disk is checked, not what one remembers of it
        with self._connection() as db:
            found = [row[0] for row in db.execute("PRAGMA integrity_check")]
            broken = _broken_references(db)
        return [text for text in found if text != "ok"] + broken

    @contextmanager
    def _connection(self) -> Iterator[SqliteDatabase]:
        with _in_words(self.path), self.connections.lent() as db:
            self._migrate(db)
            yield db

    def _migrate(self, db: SqliteDatabase) -> None:
        if self._migrated:
            return
        if MIGRATIONS.pending(db):
            # Off while tables change, as SQLite's procedure asks; all is checked before the commit.
            db.execute("PRAGMA foreign_keys=OFF")
            with self.turns.turn(), _immediate(db):  # the others wait and find it done
                MIGRATIONS.apply(db)
                broken = _broken_references(db)
                if broken:
                    raise VoiceHubError(
                        f"{self.path} cannot be brought up to date: {', '.join(broken[:5])} "
                        "refer to nothing; restore a copy of it"
                    )
            db.execute("PRAGMA foreign_keys=ON")
        names = {migration.name for migration in MIGRATIONS._migrations}
        newer = {migration.name for migration in MIGRATIONS.applied(db)} - names
        if newer:
            raise VoiceHubError(
                f"{self.path} was made by a newer VoiceHub ({', '.join(sorted(newer))}); update it"
            )
        self._migrated = True


def _broken_references(db: SqliteDatabase) -> list[str]:
    return [f"row {row[1]} of {row[0]}" for row in db.execute("PRAGMA foreign_key_check")]


@contextmanager
def _immediate(db: SqliteDatabase) -> Iterator[None]:
    """Hold the write lock from the start: a read that turns into a write would fail instead."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.rollback()
        raise
    db.execute("COMMIT")


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        reason = str(error)
        if reason.startswith("consent: "):
            raise ConsentError(reason.removeprefix("consent: ")) from error
        raise InputError(f"the database refuses this: {reason}") from error
    except (sqlite3.ProgrammingError, sqlite3.InterfaceError, OverflowError) as error:
        # A value that SQLite has no kind for, as a program may send in the place of a text.
        raise InputError("a value of another kind was given than is looked for") from error
    except sqlite3.OperationalError as error:
        raise VoiceHubError(f"the database {path} cannot be used now: {error}") from error
    except sqlite3.DatabaseError as error:
        raise VoiceHubError(
            f"the database {path} is damaged ({error}); move it away or restore a copy of it"
        ) from error
    except OSError as error:
        raise VoiceHubError(f"{path.parent} cannot be used: {error.strerror or error}") from error
