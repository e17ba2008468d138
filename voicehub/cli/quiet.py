"""Standard error for this program's own words alone: libraries in C print what a file makes them."""

import faulthandler
import os
import sys


def quiet_libraries() -> None:
    """Let ``sys.stderr`` go on where it went, and what is written past it go nowhere.

    A MP3 file of a megabyte can make its decoder print ten of complaints, which a visitor could
    fill the server's disk with. What Python itself tells of a crash is kept.
    """
    own = sys.__stderr__
    if own is None or sys.stderr is not own:
        return  # somebody has put another in its place, as a test does
    own.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    sys.stderr = os.fdopen(kept, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    os.dup2(nowhere, 2)
    os.close(nowhere)
    faulthandler.enable(sys.stderr)
