"""Predicted MOS: repetition of short clips, limits, and the missing package."""

import sys
from collections.abc import Callable

import numpy as np
import pytest

from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, MissingToolError
from voicehub.evaluation.quality import predicted_mos


def test_short_clips_are_repeated_and_peaks_are_clipped(vowel: Callable[..., Waveform]) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("speechmos")
    clip = Waveform(resampled_loud(vowel(seconds=1.5)), 16_000)
    once = predicted_mos(clip)
    repeated = predicted_mos(Waveform(np.tile(clip.samples, 8), 16_000))
    assert once == repeated
    assert all(1 <= score <= 5 for score in once.as_dict().values())


def resampled_loud(waveform: Waveform) -> np.ndarray:
    """Return every third of two samples doubled, at 16 kHz, with peaks above full scale."""
    from voicehub.audio.resample import resample

    return (resample(waveform.samples, waveform.sample_rate, 16_000) * 4).astype(np.float32)


def test_too_short_is_refused() -> None:
    with pytest.raises(AudioError, match=r"needs 0.2 s of audio, got 0.00 s"):
        predicted_mos(Waveform(np.zeros(0, np.float32)))


def test_missing_package_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, vowel: Callable[..., Waveform]
) -> None:
    monkeypatch.setitem(sys.modules, "speechmos", None)
    with pytest.raises(MissingToolError, match=r"voicehub\[evaluate\]"):
        predicted_mos(vowel())
