"""What may happen to a sound: each change does what its name says, and keeps the sound in its place."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from voicehub.audio.codec import through_mp3
from voicehub.audio.files import read_audio
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, MissingToolError
from voicehub.evaluation.attacks import amplified, attacks, cropped, faster, noisy, pcm16


@pytest.fixture(scope="module")
def speech(clip: Callable[..., Path]) -> Waveform:
    return read_audio(clip(4.0, "reader-f", 0))


def snr_db(waveform: Waveform, changed: Waveform) -> float:
    difference = changed.samples - waveform.samples
    return float(10 * np.log10(np.sum(waveform.samples**2) / np.sum(difference**2)))


def test_simple_changes_do_what_they_say(speech: Waveform) -> None:
    assert np.allclose(amplified(speech, -20.0).samples, speech.samples / 10)
    assert snr_db(speech, noisy(speech, 20.0)) == pytest.approx(20.0, abs=0.1)
    assert np.array_equal(noisy(speech, 20.0).samples, noisy(speech, 20.0).samples)
    assert cropped(speech).seconds == 3.0
    assert faster(speech, 1.05).seconds == pytest.approx(speech.seconds / 1.05, abs=0.001)
    assert np.abs(pcm16(speech).samples - speech.samples).max() <= 0.5001 / 32767


@pytest.mark.parametrize("name", ["mp3_128", "mp3_64", "aac_64", "opus_32", "g711_8k"])
def test_codecs_keep_length_and_place(speech: Waveform, name: str) -> None:
    attack = next(attack for attack in attacks() if attack.name == name)
    if attack.needs_ffmpeg and not shutil.which("ffmpeg"):
        pytest.skip("ffmpeg is not installed")
    changed = attack(speech)
    assert changed.samples.shape == speech.samples.shape
    assert snr_db(speech, changed) > 6.0  # it would be below zero if the sound had moved


def test_names_are_unique_and_a_missing_program_is_told(
    speech: Waveform, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [attack.name for attack in attacks()]
    assert len(set(names)) == len(names)
    monkeypatch.setenv("PATH", "")
    for attack in attacks():
        if attack.needs_ffmpeg:
            with pytest.raises(MissingToolError, match="ffmpeg"):
                attack(speech)


def test_a_bit_rate_that_does_not_exist_is_refused(speech: Waveform) -> None:
    with pytest.raises(AudioError, match="8000"):
        through_mp3(speech, 1_000)
