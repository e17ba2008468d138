"""What may happen to a sound on its way, by name: codecs, noise, cuts, changes of speed and pitch."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.codec import (
    through_aac,
    through_filter,
    through_mp3,
    through_opus,
    through_telephone,
)
from voicehub.audio.resample import resample
from voicehub.audio.waveform import Waveform

Change = Callable[[Waveform], Waveform]
_CROP_SECONDS = 3.0
_SEED = 20


@dataclass(frozen=True)
class Attack:
    """A change with its name; ``needs_ffmpeg`` where that program makes it."""

    name: str
    change: Change
    needs_ffmpeg: bool = False

    def __call__(self, waveform: Waveform) -> Waveform:
        """Return the changed sound; raises ``MissingToolError`` where ffmpeg is needed and missing."""
        return self.change(waveform)


def attacks() -> tuple[Attack, ...]:
    """Return all attacks, the gentle ones first."""
    return (
        Attack("clean", lambda waveform: waveform),
        Attack("pcm16", pcm16),
        Attack("mp3_128", lambda waveform: through_mp3(waveform, 128_000)),
        Attack("mp3_64", lambda waveform: through_mp3(waveform, 64_000)),
        Attack("aac_64", lambda waveform: through_aac(waveform, 64_000), needs_ffmpeg=True),
        Attack("opus_32", lambda waveform: through_opus(waveform, 32_000)),
        Attack("resample_16k", lambda waveform: resampled(waveform, 16_000)),
        Attack("gain_-6dB", lambda waveform: amplified(waveform, -6.0)),
        Attack("crop_3s", cropped),
        Attack("noise_20dB", lambda waveform: noisy(waveform, 20.0)),
        Attack("g711_8k", through_telephone),
        Attack("speed_+5%", lambda waveform: faster(waveform, 1.05)),
        Attack("speed_-5%", lambda waveform: faster(waveform, 0.95)),
        Attack("pitch_+1", lambda waveform: pitched(waveform, 1.0), needs_ffmpeg=True),
        Attack("pitch_-1", lambda waveform: pitched(waveform, -1.0), needs_ffmpeg=True),
    )


def pcm16(waveform: Waveform) -> Waveform:
    """Round to 16 bits."""
    return _like(waveform, np.round(np.clip(waveform.samples, -1, 1) * 32767) / 32767)


def resampled(waveform: Waveform, rate: int) -> Waveform:
    """Convert to ``rate`` Hz and back."""
    lower = resample(waveform.samples, waveform.sample_rate, rate)
    back = resample(lower, rate, waveform.sample_rate)
    return _like(waveform, back[: len(waveform.samples)])


def amplified(waveform: Waveform, gain_db: float) -> Waveform:
    """Change the level."""
    return _like(waveform, waveform.samples * 10 ** (gain_db / 20))


def cropped(waveform: Waveform) -> Waveform:
    """Keep three seconds from the middle, whatever sample they begin at."""
    count = int(_CROP_SECONDS * waveform.sample_rate)
    start = max(0, (len(waveform.samples) - count) // 2)
    return _like(waveform, waveform.samples[start : start + count])


def noisy(waveform: Waveform, snr_db: float) -> Waveform:
    """Add white noise; the same noise every time."""
    noise = np.random.default_rng(_SEED).standard_normal(len(waveform.samples))
    level = np.sqrt(np.mean(waveform.samples.astype(np.float64) ** 2)) * 10 ** (-snr_db / 20)
    return _like(waveform, waveform.samples + level * noise)


def faster(waveform: Waveform, factor: float) -> Waveform:
    """Play faster, as a tape does: the pitch rises along."""
    return _like(
        waveform, resample(waveform.samples, waveform.sample_rate * factor, waveform.sample_rate)
    )


def pitched(waveform: Waveform, semitones: float) -> Waveform:
    """Raise the pitch and keep the length."""
    factor = 2 ** (semitones / 12)
    return through_filter(faster(waveform, factor), f"atempo={1 / factor:.6f}")


def _like(waveform: Waveform, samples: NDArray[np.floating]) -> Waveform:
    return Waveform(samples.astype(np.float32), waveform.sample_rate, waveform.source_rate)
