"""The drill of the market's crowd: many visitors at once who search, open voices and listen."""

import json
import os
import subprocess
import sys
import time
from typing import Any

from drills.crowd import crowd_figures
from drills.market_load import SEARCHES
from drills.outcome import DrillError, Options, Outcome
from drills.people import give_sold_voice, zero_shot
from drills.recordings import READERS, clip
from drills.server import ROOT, UNLIMITED, Server, serving
from voicehub.audio.files import read_audio
from voicehub.services.accounts import Accounts
from voicehub.services.consent import file_sha256
from voicehub.services.offers import Draft
from voicehub.services.runtime import BASE_FOLDER, Runtime
from voicehub.services.selling import Review, Selling
from voicehub.store.market_records import Clip, Listing
from voicehub.store.records import Voice

RESULTS = "market.json"
MAX_P95_SECONDS = 1.0
_VOICES = 40
_VISITORS = 100
_SETTINGS = UNLIMITED | {"VOICEHUB_TRUST_PROXY": "1"}


def run(options: Options) -> Outcome:
    """Publish some voices, then let the visitors come within seconds."""
    visitors = options.visitors if options.visitors != Options.visitors else _VISITORS
    with serving(options.base, _SETTINGS) as server:
        runtime = Runtime(server.home, options.base or BASE_FOLDER, "cpu")
        _publish(runtime)
        began = time.monotonic()
        told = _load(server, visitors)
        seconds = time.monotonic() - began
    figures: dict[str, Any] = crowd_figures(told["actions"]) | {
        "visitors": visitors, "voices": _VOICES, "searches_each": SEARCHES,
        "seconds": round(seconds, 1), "load_average": round(os.getloadavg()[0], 1),
    }  # fmt: skip
    passed = not figures["errors"] and figures["p95_seconds"] <= MAX_P95_SECONDS
    verdict = (
        f"{visitors} visitors, {figures['actions']} searches, voices and clips, "
        f"{sum(figures['errors'].values())} errors, p95 {figures['p95_seconds']:.2f} s "
        f"(at most {MAX_P95_SECONDS:g}), while {figures['load_average']} processes ran"
    )
    return Outcome(figures, passed, verdict)


def _publish(runtime: Runtime) -> None:
    """Publish voices whose clips are copies of a bundled reader's recording: nobody waits for them."""
    user, _ = Accounts(runtime).register("seller", "a long password")
    model, selling = zero_shot(runtime, READERS[0]), Selling(runtime)
    for number in range(_VOICES):
        voice = give_sold_voice(runtime, user, model, f"Voice {number}")
        draft = Draft(
            f"Reader {chr(65 + number % 26)}{number}", "A calm reader. 温柔的女声。",
            ("en", "zh")[number % 2], "female", "adult", "other", ["calm"], ["audiobook"],
        )  # fmt: skip
        listing = selling.offer(user, voice.id, draft)
        _give_clip(runtime, voice, listing, model.embedding)
        selling.submit(user, listing.id)
        Review(runtime).approve(listing.id)


def _give_clip(runtime: Runtime, voice: Voice, listing: Listing, embedding: Any) -> None:
    path = f"voices/{voice.id}/clips/{listing.id}-0.wav"
    target = runtime.home / path
    target.parent.mkdir(parents=True)
    clip(target, READERS[0], 1, 4.0)
    sound = Clip(listing.id, 0, "Hello.", path, file_sha256(target), read_audio(target).seconds)
    Selling(runtime).listings.keep_clips(listing.id, [sound], embedding)


def _load(server: Server, visitors: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "drills.market_load"]
    given = json.dumps({"url": server.url, "visitors": visitors})
    done = subprocess.run(
        command, cwd=ROOT, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise DrillError(f"the visitors did not come:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))
