"""Connections that stay open between calls: to open one reads the whole schema, to close the last
one copies the write-ahead log and waits for the disk."""

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlite_utils import Database as SqliteDatabase

_IDLE = 8  # kept open; more are closed after use
_RETRY_SECONDS = 0.01


@lru_cache(maxsize=64)
def connections_of(path: Path, wait_seconds: float) -> "Connections":
    """Return the connections of a database, the same for all who open it in this process."""
    return Connections(path, wait_seconds)


class Connections:
    """Lends each connection to one call at a time, from whatever thread."""

    def __init__(self, path: Path, wait_seconds: float) -> None:
        self._path, self._wait_seconds = path, wait_seconds
        self._lock = threading.Lock()
        self._idle: list[_Open] = []
        self._process = os.getpid()
        weakref.finalize(self, _close, self._idle)

    @contextmanager
    def lent(self) -> Iterator[SqliteDatabase]:
        """Yield a connection that nobody else has; one that met an error is not used again."""
        held = self._take() or self._open()
        try:
            yield held.db
        except BaseException:
            held.db.close()
            raise
        with self._lock:
            if len(self._idle) < _IDLE:
                self._idle.append(held)
                return
        held.db.close()

    def close(self) -> None:
        """Close those that are idle, as before another file takes the place of the database."""
        with self._lock:
            _close(self._idle)

    def _take(self) -> "_Open | None":
        with self._lock:
            # A fork may use no connection of its parent; nor one of a file that is not there any
            # more, which, closed, would remove the log of the file that bears its name now.
            if self._process != os.getpid():
                _LEFT.extend(self._idle)
                self._idle.clear()
                self._process = os.getpid()
            while self._idle:
                held = self._idle.pop()
                if held.file == _identity(self._path):
                    return held
                _LEFT.append(held)
        return None

    def _open(self) -> "_Open":
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._path.exists():
            self._path.touch(mode=0o600)  # what lies beside it gets the same rights
        connection = sqlite3.connect(
            self._path, timeout=self._wait_seconds, check_same_thread=False
        )
        try:
            _write_ahead(connection, self._wait_seconds)
            for pragma in ("foreign_keys=ON", "synchronous=FULL"):
                # FULL: what was acknowledged, a consent above all, survives a power cut.
                connection.execute(f"PRAGMA {pragma}").fetchall()
            db = SqliteDatabase(connection, execute_plugins=False)
            return _Open(db, _identity(self._path))
        except BaseException:
            connection.close()
            raise


@dataclass(frozen=True)
class _Open:
    db: SqliteDatabase
    file: tuple[int, int] | None


_LEFT: list[_Open] = []  # neither used nor closed


def _write_ahead(connection: sqlite3.Connection, seconds: float) -> None:
    """Turn the write-ahead log on, waiting up to ``seconds`` for others who open the file now.

    SQLite does not wait here by itself: of two that read the header and both want to change it, one is sent away.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not busy or time.monotonic() > until:
                raise
        time.sleep(_RETRY_SECONDS)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _close(idle: list[_Open]) -> None:
    while idle:
        idle.pop().db.close()
