"""The drill of memory: what the worker that speaks takes after 20 and after 200 requests."""

import random
import time
from pathlib import Path

from drills.outcome import DrillError, Options, Outcome
from drills.people import give_voice, new_guest, zero_shot
from drills.recordings import READERS
from drills.server import UNLIMITED, Server, serving
from drills.visitor import Visitor, visiting
from voicehub.services.runtime import BASE_FOLDER, Runtime

MAX_RATIO = 1.1
FIRST, LAST = 20, 200
_AT_ONCE = 3  # waiting or running
_LONGEST_SECONDS = 3600.0
_SENTENCES = (
    "Good morning.",
    "The train to the harbour leaves at half past nine.",
    "你好，今天天气很好。",
    "Please read the last page again, slowly, and tell me what it says about the garden.",
    "Rain in the morning, sun in the afternoon; take a coat along anyway, for one never knows.",
)


def run(options: Options) -> Outcome:
    """Ask one voice for speech, a few requests at a time, and look at the worker's memory."""
    with serving(options.base, UNLIMITED) as server:
        runtime = Runtime(server.home, options.base or BASE_FOLDER, "cpu")
        user, token = new_guest(runtime)
        voice = give_voice(runtime, user, zero_shot(runtime, READERS[0]), "Voice")
        chance = random.Random(options.seed)
        with visiting(server.url, token=token) as visitor:
            first, began = server.lane("speech"), time.monotonic()
            _speak(runtime, visitor, voice.id, chance, FIRST)
            early = resident_mb(server)
            _speak(runtime, visitor, voice.id, chance, LAST)
            late, seconds = resident_mb(server), time.monotonic() - began
        if server.lane("speech") != first:
            raise DrillError(f"the worker was started again meanwhile:\n{server.tail()}")
        failed = sum(n for (_, state), n in runtime.jobs.counts().items() if state == "failed")
    ratio = late / early
    figures = {
        "ratio": round(ratio, 3),
        f"after_{FIRST}_mb": round(early, 1),
        f"after_{LAST}_mb": round(late, 1),
        "failed": failed,
        "seconds": round(seconds, 1),
    }
    verdict = (
        f"{late:.0f} MB after {LAST} requests, {early:.0f} MB after {FIRST}: "
        f"{ratio:.2f} times as much (at most {MAX_RATIO})"
    )
    return Outcome(figures, ratio <= MAX_RATIO and not failed, verdict)


def _speak(
    runtime: Runtime, visitor: Visitor, voice_id: str, chance: random.Random, until: int
) -> None:
    """Ask until ``until`` requests in all are done."""
    asked = sum(runtime.jobs.counts().values())
    end = time.monotonic() + _LONGEST_SECONDS
    while runtime.jobs.active_count() or asked < until:
        if asked < until and runtime.jobs.active_count() < _AT_ONCE:
            text = " ".join(chance.choices(_SENTENCES, k=chance.randint(1, 4)))
            visitor.call("speak", voice_id, text, 1.0, 0, "wav")
            asked += 1
        if time.monotonic() > end:
            raise DrillError(f"{until} requests were not done in {_LONGEST_SECONDS:g} s")
        time.sleep(0.05)
    time.sleep(1.0)  # whatever is given back after a request is given back by now


def resident_mb(server: Server) -> float:
    """Return the memory of the worker that speaks."""
    status = Path(f"/proc/{server.lane('speech')}/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
