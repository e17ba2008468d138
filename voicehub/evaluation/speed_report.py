"""How fast and how big: text to finished audio, the wait for the first sound, memory and sizes on disk."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voicehub.audio.files import read_audio
from voicehub.evaluation.voice_report import SENTENCES
from voicehub.model.base import Base
from voicehub.synthesis.speak import Speaker, SpeakOptions
from voicehub.text.frontend import Frontend
from voicehub.training.finetune import CloneOptions, clone_voice, zero_shot_voice

_REPEATS = 5


def measure_speed(base: Base, recordings: Sequence[Path]) -> dict[str, Any]:
    """Return medians over repeats, measured warm on this machine, with a zero-shot voice of ``recordings``."""
    voice = zero_shot_voice(base, [read_audio(path) for path in recordings])
    speaker, frontend = Speaker(base, voice), Frontend()
    for text in SENTENCES:
        _say(speaker, frontend, text)
    factors, other_lengths, waits = [], [], []
    for number in range(_REPEATS):
        began, length = time.perf_counter(), 0.0
        for text in SENTENCES:
            started = time.perf_counter()
            length += _say(speaker, frontend, text)
            waits.append(time.perf_counter() - started)
        factors.append(length / (time.perf_counter() - began))
        began = time.perf_counter()
        paced = SpeakOptions(speed=0.83 + 0.07 * number)  # no sentence is as long as one before
        length = sum(_say(speaker, frontend, text, paced) for text in SENTENCES)
        other_lengths.append(length / (time.perf_counter() - began))
    began = time.perf_counter()
    tuned = clone_voice(
        base,
        [read_audio(path) for path in recordings],
        CloneOptions(),
        lambda fraction, message: None,
    )
    clone_seconds = time.perf_counter() - began
    began = time.perf_counter()
    zero_shot_voice(base, [read_audio(path) for path in recordings])
    zero_shot_seconds = time.perf_counter() - began
    return {
        "speech_seconds": tuned.metrics["speech_seconds"],
        "clone_seconds": clone_seconds,
        "zero_shot_seconds": zero_shot_seconds,
        "times_real_time": float(np.median(factors)),
        "times_real_time_range": [min(factors), max(factors)],
        "times_real_time_other_lengths": float(np.median(other_lengths)),
        "first_audio_ms": float(np.median(waits) * 1000),
        "base_mb": sum(f.stat().st_size for f in base.folder.iterdir()) / 1e6,
        "peak_memory_speaking_mb": _peak_of("speak", base.folder, recordings),
        "peak_memory_tuning_mb": _peak_of("tune", base.folder, recordings),
    }


def _say(
    speaker: Speaker, frontend: Frontend, text: str, options: SpeakOptions | None = None
) -> float:
    options = options or SpeakOptions()
    return sum(
        speaker.sentence(sentence.phonemes, options).seconds
        for sentence in frontend.sentences(text)
    )


def _peak_of(task: str, folder: Path, recordings: Sequence[Path]) -> float:
    """Return the peak memory in MB of a fresh process that does ``task``."""
    command = [sys.executable, "-m", __name__, task, str(folder), *map(str, recordings)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def _probe(task: str, folder: Path, recordings: Sequence[Path]) -> float:
    from voicehub.model.base import load_base

    base = load_base(folder)
    waveforms = [read_audio(path) for path in recordings]
    if task == "tune":
        clone_voice(base, waveforms, CloneOptions(steps=20), lambda fraction, message: None)
    else:
        _say(Speaker(base, zero_shot_voice(base, waveforms)), Frontend(), SENTENCES[0])
    return _peak_mb()


def _peak_mb() -> float:
    """Return the peak memory of this process alone: what getrusage tells, Linux hands on from the parent."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(each for each in status.read_text().splitlines() if each.startswith("VmHWM"))
        return float(line.split()[1]) / 1024  # kB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS counts in bytes


if __name__ == "__main__":
    print(json.dumps(_probe(sys.argv[1], Path(sys.argv[2]), [Path(p) for p in sys.argv[3:]])))
