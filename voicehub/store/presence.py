"""Who is at work in a home: many may be at once, and whoever replaces its data is there alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voicehub.errors import VoiceHubError

_NAME = "in-use.lock"


@contextmanager
def at_work(home: Path) -> Iterator[None]:
    """Be at work in ``home``, as a page or a worker is as long as it runs."""
    with _locked(home, fcntl.LOCK_SH, "its data is being restored; start again in a moment"):
        yield


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Be the only one in ``home``; raise ``VoiceHubError`` where a page or a worker runs there."""
    with _locked(home, fcntl.LOCK_EX, "a page or a worker is running there; stop it first"):
        yield


@contextmanager
def _locked(home: Path, operation: int, otherwise: str) -> Iterator[None]:
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(home / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise VoiceHubError(f"{home} cannot be used: {error.strerror or error}") from error
    try:
        try:
            fcntl.flock(file, operation | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise VoiceHubError(f"{home} is in use: {otherwise}") from error
        yield
    finally:
        os.close(file)  # which unlocks it, as the end of the process does
