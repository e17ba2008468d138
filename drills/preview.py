"""The drill of the preview: how long after the last sample one hears a first version of the voice."""

import tempfile
import time
from pathlib import Path

from drills.outcome import Options, Outcome, median
from drills.people import STATEMENT_SECONDS, give_consent, give_sample
from drills.recordings import READERS, clip
from drills.server import serving
from drills.visitor import Visitor, addresses, visiting, wait_until

MAX_SECONDS = 5.0
_TIMES = 5
_LONGEST_SECONDS = 300.0


def run(options: Options) -> Outcome:
    """Let five visitors give a sample each, from a file, and wait for what the page then plays.

    The first one meets workers that have just started and have loaded nothing yet.
    """
    whole, after_verdict = [], []
    with tempfile.TemporaryDirectory() as name, serving(options.base) as server:
        folder = Path(name)
        for number in range(_TIMES):
            reader = READERS[number % 2]
            statement = clip(folder / "statement.wav", reader, 4, STATEMENT_SECONDS)
            sample = clip(folder / f"{number}.wav", reader, number // 2, options.sample_seconds)
            with visiting(server.url) as visitor:
                give_consent(visitor, "Ada Lovelace", statement)
                began = time.monotonic()
                give_sample(visitor, sample)
                judged = time.monotonic()
                _hear(visitor)
                whole.append(round(time.monotonic() - began, 2))
                after_verdict.append(round(time.monotonic() - judged, 2))
    figures = {
        "seconds": median(whole),
        "max_seconds": max(whole),
        "times_seconds": whole,
        "after_verdict_times_seconds": after_verdict,
    }
    verdict = (
        f"a preview can be played {max(whole):.1f} s after the last sample at the longest "
        f"(at most {MAX_SECONDS:.0f}), {median(whole):.1f} s in the middle, {_TIMES} visitors"
    )
    return Outcome(figures, max(whole) <= MAX_SECONDS, verdict)


def _hear(visitor: Visitor) -> None:
    """Ask for the preview as the page does, until it can be played, and fetch it."""
    visitor.call("preview")

    def heard() -> list[str]:
        return addresses(visitor.call("preview_progress"))

    found = wait_until(heard, _LONGEST_SECONDS)
    visitor.get(found[0]).raise_for_status()
