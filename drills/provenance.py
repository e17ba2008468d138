"""The drill of provenance: what marking costs, and whether any changed byte is noticed."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from drills.outcome import Options, Outcome, median
from drills.recordings import READERS, demo_recordings
from voicehub.audio.waveform import Waveform
from voicehub.services.checker import Checker
from voicehub.services.clone import CloneRequest, CloneService
from voicehub.services.demo import BASIS
from voicehub.services.labels import Label
from voicehub.services.runtime import BASE_FOLDER, Runtime
from voicehub.services.speech import SpeechService
from voicehub.synthesis.speak import SpeakOptions
from voicehub.text.frontend import Frontend

MAX_SHARE = 0.05  # of the time that synthesis takes
_CHANGES = 1000
_TEXT = (
    "On the 3rd of May, VoiceHub read my first page aloud, and it sounded like me. "
    "The rest of the chapter follows after a short pause, at the pace of an ordinary reader."
)
_FORMATS = ("wav", "mp3", "flac", "ogg", "opus")


def run(options: Options) -> Outcome:
    """Clone a bundled reader, speak, change single bytes of files and manifests, and time marking."""
    with tempfile.TemporaryDirectory() as name, _home(Path(name)) as home:
        runtime = Runtime(home, options.base or BASE_FOLDER, "cpu")
        request = CloneRequest(demo_recordings(READERS[0])[:3], "reader", BASIS, zero_shot=True)
        CloneService(runtime).clone(request, lambda fraction, message: None)
        noticed = _changes(runtime, home, np.random.default_rng(options.seed))
        cost = _cost(runtime)
        found = _found(runtime, home)
    tried = sum(each["tried"] for each in noticed.values())
    seen = sum(each["noticed"] for each in noticed.values())
    figures = {"changes": tried, "noticed": seen, "by_file": noticed, **cost, "found": found}
    share = cost["marking_share"]
    passed = seen == tried and share <= MAX_SHARE and all(found.values())
    verdict = (
        f"{seen} of {tried} changes of one byte were noticed; marking took {share:.1%} of the time "
        f"of synthesis (at most {MAX_SHARE:.0%}); {sum(found.values())} of {len(found)} formats "
        "were found to be ours by their mark alone"
    )
    return Outcome(figures, passed, verdict)


def _changes(
    runtime: Runtime, home: Path, chance: np.random.Generator
) -> dict[str, dict[str, int]]:
    """Change one byte at a time of each kind of file, and of its manifest, and verify the two."""
    checker, noticed = Checker(runtime), {}
    count = _CHANGES // (2 * len(_FORMATS))
    for kind in _FORMATS:
        made = SpeechService(runtime).speak_to_file("reader", "Hello.", home / f"a.{kind}")
        data, manifest = made.path.read_bytes(), made.manifest.read_bytes()
        copy = made.path.with_stem("changed")
        seen = 0
        for number in range(2 * count):
            file, told = bytearray(data), bytearray(manifest)
            target = file if number % 2 else told
            target[int(chance.integers(len(target)))] ^= int(chance.integers(1, 256))
            copy.write_bytes(file)
            verdict = checker.manifest(bytes(told), copy)
            seen += not (verdict["valid"] and verdict["ours"] and verdict["belongs"])
        copy.write_bytes(data)
        whole = checker.manifest(manifest, copy)
        if not (whole["valid"] and whole["ours"] and whole["belongs"]):
            seen = 0  # what refuses everything notices nothing
        noticed[kind] = {"tried": 2 * count, "noticed": seen}
    return noticed


def _cost(runtime: Runtime) -> dict[str, float]:
    """Time synthesis and marking of the same sentences, warm."""
    speaker = runtime.speaker(runtime.store.voice("reader"))
    marker = runtime.marker(runtime.keys.current("watermark"))
    sentences = list(Frontend().sentences(_TEXT))
    synthesis, marking, seconds = [], [], 0.0
    for number in range(7):
        spent = [0.0, 0.0]
        seconds = 0.0
        for sentence in sentences:
            began = time.process_time()
            waveform: Waveform = speaker.sentence(sentence.phonemes, SpeakOptions())
            spoken = time.process_time()
            marker.embed(waveform, 12_345)
            spent[0] += spoken - began
            spent[1] += time.process_time() - spoken
            seconds += waveform.seconds
        if number:  # the first time fills caches
            synthesis.append(spent[0])
            marking.append(spent[1])
    return {
        "speech_seconds": round(seconds, 2),
        "synthesis_cpu_seconds": round(median(synthesis), 4),
        "marking_cpu_seconds": round(median(marking), 4),
        "marking_share": round(median(marking) / median(synthesis), 4),
    }


def _found(runtime: Runtime, home: Path) -> dict[str, bool]:
    """Return for each format whether a file of the base's own speech is found by its mark."""
    found = {}
    for kind in _FORMATS:
        path = home / f"found.{kind}"
        made = SpeechService(runtime).speak_to_file(
            "reader", _TEXT, path, label=Label("none", True)
        )
        heard = Checker(runtime).check(path).heard
        found[kind] = heard is not None and heard.known and heard.payload == made.payload
    return found


@contextmanager
def _home(folder: Path) -> Iterator[Path]:
    """Yield a home of its own; the environment's keys stay out of it."""
    names = ("VOICEHUB_WATERMARK_KEY", "VOICEHUB_SIGNING_KEY")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield folder
    finally:
        os.environ.update(before)
