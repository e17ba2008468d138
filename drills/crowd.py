"""The drill of the crowd: many visitors at once, browsing and speaking, from a second process."""

import json
import subprocess
import sys
import time
from collections import Counter
from typing import Any

from drills.crowd_load import SPEECHES, THINK_SECONDS
from drills.outcome import DrillError, Options, Outcome, median, percentile
from drills.people import give_voice, new_guest, zero_shot
from drills.recordings import READERS
from drills.server import ROOT, Server, serving
from voicehub.services.runtime import BASE_FOLDER, Runtime

MAX_P95_SECONDS = 1.0
_SETTINGS = {"VOICEHUB_TRUST_PROXY": "1"}  # each visitor has an address of their own


def run(options: Options) -> Outcome:
    """Let ``visitors`` come within seconds, each with a voice, and count what goes wrong."""
    with serving(options.base, _SETTINGS) as server:
        runtime = Runtime(server.home, options.base or BASE_FOLDER, "cpu")
        model, guests = zero_shot(runtime, READERS[0]), []
        for number in range(options.visitors):
            user, token = new_guest(runtime)
            voice = give_voice(runtime, user, model, f"Voice {number}")
            guests.append({"token": token, "voice_id": voice.id})
        began = time.monotonic()
        told = _load(server, guests)
        seconds = time.monotonic() - began
        states = _states(runtime)
    figures = _figures(told, options.visitors) | {"seconds": round(seconds, 1), "jobs": states}
    asked, done = options.visitors * SPEECHES, states.get("done", 0)
    passed = not figures["errors"] and done == asked and figures["p95_seconds"] <= MAX_P95_SECONDS
    verdict = (
        f"{options.visitors} visitors, {figures['actions']} page actions, "
        f"{len(figures['errors'])} errors, p95 {figures['p95_seconds']:.2f} s "
        f"(at most {MAX_P95_SECONDS:g}), {done} of {asked} speech requests finished"
    )
    return Outcome(figures, passed, verdict)


def _load(server: Server, guests: list[dict[str, str]]) -> dict[str, Any]:
    command = [sys.executable, "-m", "drills.crowd_load"]
    given = json.dumps({"url": server.url, "guests": guests})
    done = subprocess.run(
        command, cwd=ROOT, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise DrillError(f"the visitors did not come:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout))


def crowd_figures(actions: list[list[Any]]) -> dict[str, Any]:
    """Return how long what visitors did took, by kind and in all, and what went wrong."""
    times: dict[str, list[float]] = {}
    for name, seconds, error in actions:
        if not error:
            times.setdefault(name, []).append(seconds)
    every = [seconds for found in times.values() for seconds in found]
    errors = Counter(error for *_, error in actions if error)
    return {
        "actions": len(every),
        "errors": dict(errors),
        "p95_seconds": round(percentile(every, 0.95), 3) if every else None,
        "by_action": {
            name: {
                "count": len(found),
                "median_seconds": round(median(found), 3),
                "p95_seconds": round(percentile(found, 0.95), 3),
                "max_seconds": round(max(found), 3),
            }
            for name, found in sorted(times.items())
        },
    }


def _figures(told: dict[str, Any], visitors: int) -> dict[str, Any]:
    return {
        "visitors": visitors,
        "speeches_each": SPEECHES,
        "think_seconds": THINK_SECONDS,
        **crowd_figures(told["actions"]),
        "speech_median_seconds": round(median(told["spoken"]), 1) if told["spoken"] else None,
        "speech_max_seconds": round(max(told["spoken"]), 1) if told["spoken"] else None,
    }


def _states(runtime: Runtime) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for (kind, state), number in runtime.jobs.counts().items():
        if kind == "speak":
            counts[state] += number
    return dict(counts)
