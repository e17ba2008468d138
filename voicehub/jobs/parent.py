"""A worker ends when whoever started it ends, even by a signal that nobody can catch."""

import ctypes
import os
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LOOK_SECONDS = 0.5


def end_with_parent(parent: int, stop: threading.Event) -> None:
    """Set ``stop`` once the process ``parent`` is no longer this one's parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)

    def watch() -> None:  # what the signal misses: a parent that ended before it was asked for
        while not stop.is_set():
            if os.getppid() != parent:
                stop.set()
            stop.wait(_LOOK_SECONDS)

    threading.Thread(target=watch, name="parent", daemon=True).start()
