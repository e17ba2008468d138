"""Predicted MOS: repetition of short clips, limits, and the missing package."""

import sys
from collections.abc import Callable

import numpy as np
import pytest

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import AudioError, MissingToolError
from voicehub.evaluation.quality import predicted_mos


def test_short_clips_are_repeated_and_peaks_are_clipped(vowel: Callable[..., Waveform]) -> None:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("speechmos")
    loud = 4 * resample(vowel(seconds=1.5).samples, SAMPLE_RATE, 16_000)
    assert np.abs(loud).max() > 1
    once = predicted_mos(Waveform(loud, 16_000))
    repeated = predicted_mos(Waveform(np.tile(loud, 8), 16_000))
    assert once == repeated
    assert all(1 <= score <= 5 for score in once.as_dict().values())


def test_too_short_is_refused() -> None:
    with pytest.raises(AudioError, match=r"needs 0.2 s of audio, got 0.00 s"):
        predicted_mos(Waveform(np.zeros(0, np.float32)))


def test_missing_package_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, vowel: Callable[..., Waveform]
) -> None:
    monkeypatch.setitem(sys.modules, "speechmos", None)
    with pytest.raises(MissingToolError, match=r"speechmos.*voicehub\[evaluate\]"):
        predicted_mos(vowel())
