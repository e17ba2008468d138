"""The drill of a stranger's visit: open the page, agree, read, and hear one's own voice."""

import tempfile
from pathlib import Path

from drills.browser import Ear, browsing
from drills.journey import TUNING_SECONDS, Journey, visit
from drills.outcome import Options, Outcome
from drills.recordings import READERS, speech
from drills.server import serving

MAX_SECONDS, MAX_CLICKS = 120.0, 8
CONSENT_SECONDS = 8.0  # of reading
SILENT = 0.005  # root mean square: speech is ten times louder


def run(options: Options) -> Outcome:
    """Carry it out once, in a real browser whose microphone hears a bundled reader."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(options.base) as server,
        browsing(
            speech(Path(folder) / "microphone.wav", READERS[0]), options.language, options.width,
            TUNING_SECONDS,
        ) as context,
    ):  # fmt: skip
        page = context.new_page()
        ear = Ear(page)
        journey = Journey(page, server.url, options.language, options.shots)
        loudness = visit(journey, CONSENT_SECONDS, options.sample_seconds)
    seconds, clicks = journey.moments["heard"], journey.hand.clicks
    figures = {
        "seconds": seconds,
        "clicks": clicks,
        "spoken_seconds": CONSENT_SECONDS + options.sample_seconds,
        "preview_seconds": round(journey.moments["preview"] - journey.moments["last_sample"], 2),
        "tuning_seconds": round(journey.moments["voice"] - journey.moments["tuning"], 2),
        "moments": journey.moments,
        "loudness": round(loudness, 4),
        "errors": ear.heard,
        "language": options.language,
        "width": options.width,
    }
    passed = seconds <= MAX_SECONDS and clicks <= MAX_CLICKS and loudness > SILENT
    return Outcome(
        figures,
        passed and not ear.heard,
        f"own voice heard after {seconds:.0f} s (at most {MAX_SECONDS:.0f}) and {clicks} clicks "
        f"(at most {MAX_CLICKS}), {len(ear.heard)} errors in the page",
    )
