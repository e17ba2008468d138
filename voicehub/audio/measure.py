"""What a recording shows about itself: signal-to-noise ratio, clipping and bandwidth."""

from collections.abc import Sequence

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from voicehub.audio.waveform import Waveform

Spans = Sequence[tuple[float, float]]  # (start, end) of speech in seconds

FRAME_SECONDS = 0.02
_BLOCK_FRAMES = 6000
_MARGIN_SECONDS = 0.1  # next to speech lie its breaths and echoes, which are no noise
_ENOUGH_PAUSE_SECONDS = 0.5
_DIGITAL_SILENCE = 1e-10  # power; gated pauses tell nothing of the noise under the speech
MAX_SNR_DB = 60.0


def snr_db(waveform: Waveform, spans: Spans) -> float:
    """Return the power of speech over that of noise in dB; NaN where there is no speech.

    Noise is the mean power of the pauses, or the 5th percentile of all 20 ms frames where that is
    higher or where there are hardly any pauses. Rumble under 80 Hz counts as neither.
    """
    power = frame_power(waveform)
    time = np.arange(0.5, len(power)) * FRAME_SECONDS
    sounding = power > _DIGITAL_SILENCE
    speech = _inside(time, spans, 0.0) & sounding
    pause = ~_inside(time, spans, _MARGIN_SECONDS) & sounding
    if not speech.any():
        return float("nan")
    noise = float(np.percentile(power[sounding], 5))
    if pause.sum() * FRAME_SECONDS >= _ENOUGH_PAUSE_SECONDS:
        noise = max(noise, float(power[pause].mean()))
    clean = max(float(power[speech].mean()) - noise, 1e-3 * noise)
    return float(min(10 * np.log10(clean / noise), MAX_SNR_DB))


def frame_power(waveform: Waveform) -> NDArray[np.float64]:
    """Return the mean square of each 20 ms above 80 Hz, (n_frames,)."""
    sections = scipy.signal.butter(4, 80.0, "highpass", fs=waveform.sample_rate, output="sos")
    state = np.zeros((len(sections), 2))
    size = int(FRAME_SECONDS * waveform.sample_rate)
    parts = [np.zeros(0)]
    # In blocks, so that an hour of audio is never held in double precision.
    for start in range(0, len(waveform.samples) // size, _BLOCK_FRAMES):
        block = waveform.samples[start * size : (start + _BLOCK_FRAMES) * size].astype(np.float64)
        block = block[: len(block) // size * size]
        filtered, state = scipy.signal.sosfilt(sections, block, zi=state)
        parts.append(np.square(filtered).reshape(-1, size).mean(1))
    return np.concatenate(parts)


def _inside(time: NDArray[np.float64], spans: Spans, margin: float) -> NDArray[np.bool_]:
    inside = np.zeros(len(time), np.bool_)
    for start, end in spans:
        inside |= (time > start - margin) & (time < end + margin)
    return inside


_BINS = 64
_TOP_PERCENTILE = 99.999  # conversion after clipping leaves a few overshoots above the heap
_HEAP_RATIO = 2.5  # speech thins out evenly towards its peak; a bin this far above says clipping


def clipped_share(samples: NDArray[np.float32]) -> float:
    """Return the share of samples that lie where the waveform was cut off, 0 to 1.

    Cut peaks heap up at one amplitude, also after resampling, when they are no longer equal:
    a histogram of amplitudes that rises again in its upper half shows the heap.
    """
    amplitude = np.abs(samples)
    peak = float(np.percentile(amplitude, _TOP_PERCENTILE)) if len(samples) else 0.0
    if peak <= 0:
        return 0.0
    share = np.histogram(amplitude, _BINS, (0.0, peak * 1.0001))[0] / len(samples)
    top = _BINS // 2 + int(share[_BINS // 2 :].argmax())
    below = float(np.median(share[top - 12 : top - 3]))
    if share[top] > _HEAP_RATIO * max(below, 1e-5):
        return float((share[top - 3 :] - np.minimum(share[top - 3 :], below)).sum())
    flat = float((amplitude > 0.98 * peak).mean())
    return max(0.0, flat - float(share[-12:-3].mean()))


_N_FFT = 1024
_BAND_BINS = 16  # 375 Hz at 24 kHz
_MAX_FRAMES = 8000  # of a longer recording every second, third ... frame is looked at
_FLOOR_DB = -60.0  # under the strongest band
_MODULATION_DB = 8.0  # speech comes and goes; a band that stays as it is holds only noise


def bandwidth_hz(waveform: Waveform) -> float:
    """Return the frequency up to which speech was recorded, whatever the header says.

    The highest band whose loud moments (99th percentile) come within 60 dB of the strongest band
    and stand 8 dB out of its own quiet ones: nothing remains above 4 kHz of a telephone recording,
    not even after resampling to 44.1 kHz.
    """
    size = _N_FFT
    if len(waveform.samples) < 4 * size:
        return 0.0
    frames = waveform.samples[: len(waveform.samples) // size * size].reshape(-1, size)
    frames = frames[:: -(-len(frames) // _MAX_FRAMES)] * scipy.signal.get_window("hann", size)
    bins = np.abs(np.fft.rfft(frames)[:, : size // 2]) ** 2 / (size / 2) ** 2
    bands = bins.reshape(len(bins), -1, _BAND_BINS).mean(2)
    quiet, loud = 10 * np.log10(np.percentile(bands, [10, 99], axis=0) + 1e-14)
    present = (loud > loud.max() + _FLOOR_DB) & (loud > quiet + _MODULATION_DB)
    if not present.any():
        return 0.0
    highest = int(np.flatnonzero(present)[-1]) + 1
    width = waveform.sample_rate / size * _BAND_BINS
    return float(min(highest * width, waveform.source_rate / 2, waveform.sample_rate / 2))
