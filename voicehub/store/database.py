"""One SQLite file: short-lived connections, serialised writes, migrations, and errors in words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import ConsentError, InputError, VoiceHubError
from voicehub.store.migrations import MIGRATIONS

_WAIT_SECONDS = 15.0  # for another writer


class Database:
    """A file that is opened for each call, so that threads and processes share it safely."""

    def __init__(self, path: Path) -> None:
        self.path = path
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
        """Yield a connection in a transaction that commits at the end, or leaves no trace."""
        with self._connection() as db, _immediate(db):
            yield db

    def problems(self) -> list[str]:
        """Return what SQLite's integrity and foreign-key checks find; empty where all is well."""
        with self._connection() as db:
            found = [row[0] for row in db.execute("PRAGMA integrity_check")]
            broken = [f"row {row[1]} of {row[0]}" for row in db.execute("PRAGMA foreign_key_check")]
        return [text for text in found if text != "ok"] + broken

    @contextmanager
    def _connection(self) -> Iterator[SqliteDatabase]:
        with _in_words(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            connection = sqlite3.connect(self.path, timeout=_WAIT_SECONDS)
            try:
                db = SqliteDatabase(connection, execute_plugins=False)
                for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
                    # FULL: what was acknowledged, a consent above all, survives a power cut.
                    connection.execute(f"PRAGMA {pragma}").fetchall()
                self._migrate(db)
                yield db
            finally:
                connection.close()

    def _migrate(self, db: SqliteDatabase) -> None:
        if self._migrated:
            return
        known = {migration.name for migration in MIGRATIONS.pending(db)}
        if known:
            with _immediate(db):  # one process migrates, the others wait and find it done
                MIGRATIONS.apply(db)
        names = {migration.name for migration in MIGRATIONS._migrations}
        newer = {migration.name for migration in MIGRATIONS.applied(db)} - names
        if newer:
            raise VoiceHubError(
                f"{self.path} was made by a newer VoiceHub ({', '.join(sorted(newer))}); update it"
            )
        self._migrated = True


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
    except sqlite3.OperationalError as error:
        raise VoiceHubError(f"the database {path} cannot be used now: {error}") from error
    except sqlite3.DatabaseError as error:
        raise VoiceHubError(
            f"the database {path} is damaged ({error}); move it away or restore a copy of it"
        ) from error
    except OSError as error:
        raise VoiceHubError(f"{path.parent} cannot be used: {error.strerror or error}") from error
