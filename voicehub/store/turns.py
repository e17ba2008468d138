"""Writers take turns: SQLite alone lets one of many wait for seconds while others go first."""

import fcntl
import os
import threading
import time
from collections import deque
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
        self._line = _Line()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for and hold the turn; raise ``VoiceHubError`` where it takes too long."""
        until = time.monotonic() + self._wait_seconds
        if not self._line.wait(self._wait_seconds):
            raise self._too_long()
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._lock_file(file, until)
                yield
            finally:
                os.close(file)  # which unlocks it, as the end of a process does
        finally:
            self._line.go_on()

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


class _Line:
    """A lock that threads have in the order in which they asked; Python's own may starve one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def wait(self, seconds: float) -> bool:
        """Wait for and hold the lock; return False where it takes too long."""
        with self._lock:
            if not self._held:
                self._held = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(seconds):
            return True
        with self._lock:
            if mine.is_set():
                return True  # it was handed over at the last moment
            self._waiting.remove(mine)
        return False

    def go_on(self) -> None:
        """Hand the lock to who has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False
