"""The drill of the start: how long from the command until the page can be used."""

import tempfile
import time
from pathlib import Path

from drills.browser import browsing, chromium
from drills.journey import TUNING_SECONDS, Journey
from drills.outcome import DrillError, Options, Outcome, median
from drills.recordings import READERS, clip
from drills.server import serving
from drills.visitor import visiting

MAX_SECONDS = 8.0
_TIMES = 5


def run(options: Options) -> Outcome:
    """Start the app five times over an empty home and take the middle time.

    A page can be used when a browser shows its first button; the browser itself runs already.
    """
    if chromium() is None:
        raise DrillError("no Chromium is installed: apt-get install chromium")
    shown, answered = [], []
    with tempfile.TemporaryDirectory() as folder:
        sound = clip(Path(folder) / "microphone.wav", READERS[0], 0, 2.0)
        with browsing(sound, wait_seconds=TUNING_SECONDS) as context:
            for _ in range(_TIMES):
                began = time.monotonic()
                with serving(options.base, ready=False) as server:
                    Journey(context.new_page(), server.url).open()
                    shown.append(round(time.monotonic() - began, 2))
            for _ in range(_TIMES):
                began = time.monotonic()
                with serving(options.base, ready=False) as server, visiting(server.url) as visitor:
                    visitor.call("voices")
                    answered.append(round(time.monotonic() - began, 2))
    seconds = median(shown)
    figures = {
        "seconds": seconds,
        "times_seconds": shown,
        "without_browser_seconds": median(answered),
        "without_browser_times_seconds": answered,
    }
    verdict = f"the page can be used after {seconds:.1f} s (at most {MAX_SECONDS:.0f}), median of 5"
    return Outcome(figures, seconds <= MAX_SECONDS, verdict)
