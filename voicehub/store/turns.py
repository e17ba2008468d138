"""Writers take turns: SQLite alone lets one of many wait for seconds while others go first."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from voicehub.errors import VoiceHubError

_POLL_SECONDS = 0.002  # SQLite itself waits longer the longer it has waited: up to 0.1 s


@lru_cache(maxsize=64)
def turns_of(database: Path, wait_seconds: float) -> "Turns":
    """Return the turns of a database, the same for all who open it in this process."""
    return Turns(database, wait_seconds)


class Turns:
    """One writer at a time on one database: a lock for threads, and a file's for processes."""

    def __init__(self, database: Path, wait_seconds: float) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._wait_seconds = wait_seconds
        self._thread_lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for and hold the turn; raise ``VoiceHubError`` where it takes too long."""
        until = time.monotonic() + self._wait_seconds
        if not self._thread_lock.acquire(timeout=self._wait_seconds):
            raise self._too_long()
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._lock_file(file, until)
                yield
            finally:
                os.close(file)  # which unlocks it, as the end of a process does
        finally:
            self._thread_lock.release()

    def _lock_file(self, file: int, until: float) -> None:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > until:
                    raise self._too_long() from None
                time.sleep(_POLL_SECONDS)

    def _too_long(self) -> VoiceHubError:
        return VoiceHubError(
            f"another process has been writing to {self._path.parent} for "
            f"{self._wait_seconds:g} s; try again, or stop it"
        )
