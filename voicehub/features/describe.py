"""All acoustic features of a recording at once, and a summary of them that JSON can hold."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import AudioError
from voicehub.features.f0 import F0Track, track_f0
from voicehub.features.mel import (
    FRAMES_PER_SECOND,
    HOP_LENGTH,
    N_FFT,
    frame_log_energy,
    log_mel,
    stft_magnitude,
)
from voicehub.features.mfcc import deltas, mfcc

_DB_PER_NEPER = 20 / np.log(10)


@dataclass(frozen=True)
class Features:
    """Every feature on the same frame grid: frame i is centred on sample i * 256."""

    stft_db: NDArray[np.float32]  # (513, n_frames), dB under the loudest bin
    mel: NDArray[np.float32]  # (80, n_frames), natural log
    mfcc: NDArray[np.float32]  # (20, n_frames)
    f0: F0Track
    energy_db: NDArray[np.float32]  # (n_frames,), dBFS RMS


def extract_features(waveform: Waveform) -> Features:
    """Return all features of a 24 kHz ``waveform``."""
    if waveform.sample_rate != SAMPLE_RATE:
        raise AudioError(f"features need {SAMPLE_RATE} Hz, got {waveform.sample_rate} Hz")
    if not len(waveform.samples):
        raise AudioError("features need at least one sample, got none")
    magnitude = stft_magnitude(waveform.samples)
    reference = max(float(magnitude.max()), 1e-5)
    return Features(
        stft_db=20 * np.log10(np.maximum(magnitude / reference, 1e-5)),
        mel=log_mel(waveform.samples),
        mfcc=mfcc(waveform.samples),
        f0=track_f0(waveform.samples),
        energy_db=(_DB_PER_NEPER * frame_log_energy(waveform.samples)).astype(np.float32),
    )


def describe_features(waveform: Waveform) -> dict[str, Any]:
    """Return shapes and summary statistics of all features of ``waveform``, ready for JSON."""
    features = extract_features(waveform)
    samples = waveform.samples.astype(np.float64)
    changes = deltas(features.mfcc)
    return {
        "seconds": _rounded(waveform.seconds),
        "sample_rate_hz": waveform.sample_rate,
        "source_rate_hz": waveform.source_rate,
        "frames": len(features.energy_db),
        "frames_per_second": FRAMES_PER_SECOND,
        "n_fft": N_FFT,
        "hop_length": HOP_LENGTH,
        "waveform": {
            "shape": list(samples.shape),
            "peak": _rounded(float(np.abs(samples).max())),
            "rms": _rounded(float(np.sqrt(np.mean(samples**2)))),
            "mean": _rounded(float(samples.mean())),
        },
        "stft_db": _summary(features.stft_db),
        "mel_ln": _summary(features.mel),
        "mfcc": _summary(features.mfcc) | {"mean_of_each": _list(features.mfcc.mean(1))},
        "mfcc_delta": _summary(changes),
        "mfcc_delta2": _summary(deltas(features.mfcc, order=2)),
        "f0_hz": _describe_f0(features.f0),
        "energy_dbfs": _summary(features.energy_db),
    }


def _describe_f0(track: F0Track) -> dict[str, Any]:
    """Summarise the voiced frames; the values are None where there are none."""
    voiced = track.f0[track.voiced]
    figures = np.percentile(voiced, [50, 5, 95]) if len(voiced) else [None] * 3
    spread = float(np.std(12 * np.log2(voiced / np.median(voiced)))) if len(voiced) else None
    return {
        "shape": list(track.f0.shape),
        "voiced_share": _rounded(float(track.voiced.mean())),
        **{
            name: None if value is None else _rounded(float(value))
            for name, value in zip(("median", "p5", "p95"), figures, strict=True)
        },
        "std_semitones": None if spread is None else _rounded(spread),
    }


def _summary(x: NDArray[np.float32]) -> dict[str, Any]:
    return {
        "shape": list(x.shape),
        "min": _rounded(float(x.min())),
        "mean": _rounded(float(x.mean())),
        "max": _rounded(float(x.max())),
        "std": _rounded(float(x.std())),
    }


def _list(x: NDArray[np.float32]) -> list[float]:
    return [_rounded(float(value)) for value in x]


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")
