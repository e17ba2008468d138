"""The drill of the API: how long a program waits for the first sound, warm, and whether all formats come."""

import os
import time

import httpx

from drills.outcome import Options, Outcome, median
from drills.people import give_voice, zero_shot
from drills.recordings import READERS
from drills.server import UNLIMITED, serving
from voicehub.services.api_keys import ApiKeys
from voicehub.services.runtime import BASE_FOLDER, Runtime

MAX_SECONDS = 1.0
_TIMES = 20
_TEXT = "Your order is on its way and arrives tomorrow. You can follow it on our page."
_FORMATS = ("mp3", "opus", "flac", "wav", "pcm")
_WARM = 3  # requests before those that count


def run(options: Options) -> Outcome:
    """Ask twenty times, one after the other, and note when the first bytes of sound arrive."""
    with serving(options.base, UNLIMITED) as server:
        runtime = Runtime(server.home, options.base or BASE_FOLDER, "cpu")
        operator = runtime.operator
        give_voice(runtime, operator, zero_shot(runtime, READERS[0]), "Reader")
        secret = ApiKeys(runtime).create(operator, "drill", None, 1_000_000).secret
        headers = {"authorization": f"Bearer {secret}"}
        with httpx.Client(base_url=f"{server.url}/v1", headers=headers, timeout=300) as client:
            for _ in range(_WARM):
                _ask(client, "pcm")
            asked = [_ask(client, "pcm") for _ in range(_TIMES)]
            sizes = {kind: _ask(client, kind)[2] for kind in _FORMATS}
    firsts, wholes = [each[0] for each in asked], [each[1] for each in asked]
    figures = {
        "first_audio_median_seconds": round(median(firsts), 3),
        "first_audio_max_seconds": round(max(firsts), 3),
        "whole_median_seconds": round(median(wholes), 3),
        "speech_seconds": round(asked[0][2] / 48_000, 2), "requests": _TIMES,
        "bytes_by_format": sizes, "load_average": [round(each, 1) for each in os.getloadavg()],
        "processors": len(os.sched_getaffinity(0)),
    }  # fmt: skip
    verdict = (
        f"the first sound comes {median(firsts):.2f} s after the request in the middle and "
        f"{max(firsts):.2f} s at the longest of {_TIMES} (bar {MAX_SECONDS:.0f} s in the middle); "
        f"load of the machine {os.getloadavg()[0]:.1f}"
    )
    return Outcome(figures, median(firsts) <= MAX_SECONDS and all(sizes.values()), verdict)


def _ask(client: httpx.Client, kind: str) -> tuple[float, float, int]:
    """Return the seconds to the first and the last bytes, and how many there were."""
    asked = {"model": "voicehub-1", "voice": "Reader", "input": _TEXT, "response_format": kind}
    began, first, size = time.monotonic(), 0.0, 0
    with client.stream("POST", "/audio/speech", json=asked) as got:
        got.raise_for_status()
        for part in got.iter_bytes():
            first = first or time.monotonic() - began
            size += len(part)
    return first, time.monotonic() - began, size
