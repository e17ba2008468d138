"""A sound is known again whatever became of it, and another reading of a reader is not."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from voicehub.audio.files import read_audio, write_audio
from voicehub.audio.waveform import Waveform
from voicehub.consent.fingerprint import FingerprintIndex, fingerprint

Clip = Callable[..., Path]


@pytest.fixture(scope="module")
def index(clip: Clip) -> FingerprintIndex:
    known = [(str(n), fingerprint(read_audio(clip(6, "reader-f", n)))) for n in range(3)]
    return FingerprintIndex(known)


@pytest.mark.parametrize("change", ["same", "quiet", "noisy", "cut", "mp3"])
def test_the_same_sound_is_known_again(
    clip: Clip, index: FingerprintIndex, change: str, tmp_path: Path
) -> None:
    waveform = read_audio(clip(6, "reader-f", 1))
    samples = waveform.samples
    noise = np.random.default_rng(0).standard_normal(len(samples)).astype(np.float32)
    if change == "quiet":
        waveform = Waveform(samples * np.float32(0.3), waveform.sample_rate)
    elif change == "noisy":
        loud = np.float32(0.1 * samples.std())
        waveform = Waveform(np.clip(samples + noise * loud, -1, 1), waveform.sample_rate)
    elif change == "cut":
        waveform = Waveform(samples[24_321:].copy(), waveform.sample_rate)
    elif change == "mp3":
        write_audio(tmp_path / "a.mp3", waveform)
        waveform = read_audio(tmp_path / "a.mp3")
    found = index.find(fingerprint(waveform))
    assert found is not None
    assert found[0] == "1"


def test_other_speech_is_not_known(clip: Clip, index: FingerprintIndex) -> None:
    for reader, number in (("reader-f", 3), ("reader-f", 4), ("reader-m", 0), ("reader-m", 2)):
        assert index.find(fingerprint(read_audio(clip(6, reader, number)))) is None


def test_too_little_is_nobody() -> None:
    short = Waveform(np.zeros(2400, np.float32))
    assert len(fingerprint(short)) == 0
    assert FingerprintIndex([]).find(np.arange(200, dtype=np.uint32)) is None
