"""Short-time spectra on the grid that the whole model shares: frame i centres on sample i * 256."""

from dataclasses import dataclass
from functools import lru_cache

import librosa
import numpy as np
from numpy.typing import NDArray

from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.errors import SettingsError

N_FFT = 1024
HOP_LENGTH = 256
FRAMES_PER_SECOND = SAMPLE_RATE / HOP_LENGTH


@dataclass(frozen=True)
class MelParams:
    """A mel analysis. ``fmax`` stays below 8 kHz so that 16 kHz sources look like all others."""

    sample_rate: int = SAMPLE_RATE
    n_fft: int = N_FFT
    hop_length: int = HOP_LENGTH
    n_mels: int = 80
    fmin: float = 40.0
    fmax: float = 7600.0
    floor: float = 1e-5  # amplitude under which the logarithm is cut

    def __post_init__(self) -> None:
        nyquist = self.sample_rate / 2
        if not 0 <= self.fmin < self.fmax <= nyquist:
            raise SettingsError(
                f"need 0 <= fmin < fmax <= {nyquist:g}, got {self.fmin:g}..{self.fmax:g}"
            )


MODEL_MEL = MelParams()


@lru_cache(maxsize=16)
def mel_basis(params: MelParams) -> NDArray[np.float32]:
    """Return the Slaney mel filter bank, (n_mels, n_fft // 2 + 1)."""
    basis = librosa.filters.mel(
        sr=params.sample_rate,
        n_fft=params.n_fft,
        n_mels=params.n_mels,
        fmin=params.fmin,
        fmax=params.fmax,
    )
    return np.asarray(basis, np.float32)


def stft_magnitude(
    samples: NDArray[np.float32], n_fft: int = N_FFT, hop_length: int = HOP_LENGTH
) -> NDArray[np.float32]:
    """Return |STFT| with a periodic Hann window, (n_fft // 2 + 1, 1 + len(samples) // hop_length).

    The edges are reflected; what is shorter than half a window is zero-extended first.
    """
    padded = np.pad(samples, (0, max(0, n_fft // 2 + 1 - len(samples))))
    if len(padded) < n_fft:  # librosa reflects such short input too, but warns
        padded = np.pad(padded, n_fft // 2, mode="reflect")
        spectrum = librosa.stft(padded, n_fft=n_fft, hop_length=hop_length, center=False)
    else:
        spectrum = librosa.stft(
            padded, n_fft=n_fft, hop_length=hop_length, window="hann", pad_mode="reflect"
        )
    magnitude = np.abs(spectrum[:, : 1 + len(samples) // hop_length])
    return np.asarray(magnitude, np.float32)


def log_mel(samples: NDArray[np.float32], params: MelParams = MODEL_MEL) -> NDArray[np.float32]:
    """Return the natural-log magnitude mel spectrogram, (n_mels, n_frames)."""
    magnitude = stft_magnitude(samples, params.n_fft, params.hop_length)
    return np.asarray(np.log(np.maximum(mel_basis(params) @ magnitude, params.floor)))


def frame_log_energy(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the natural log of each frame's RMS, (n_frames,), floored at 1e-4 (-80 dBFS)."""
    n_frames = 1 + len(samples) // HOP_LENGTH
    padded = np.pad(samples.astype(np.float64), (N_FFT // 2, N_FFT // 2 + HOP_LENGTH))
    power = np.concatenate([[0.0], np.cumsum(padded**2)])
    starts = np.arange(n_frames) * HOP_LENGTH
    mean_square = (power[starts + N_FFT] - power[starts]) / N_FFT
    rms = np.sqrt(np.maximum(mean_square, 0.0))
    return np.asarray(np.log(np.maximum(rms, 1e-4)), np.float32)


@lru_cache(maxsize=16)
def mel_centres(params: MelParams) -> NDArray[np.float32]:
    """Return the centre frequency of each mel band in Hz, (n_mels,)."""
    edges = librosa.mel_frequencies(params.n_mels + 2, fmin=params.fmin, fmax=params.fmax)
    return edges[1:-1].astype(np.float32)
