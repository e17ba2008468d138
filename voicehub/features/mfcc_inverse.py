"""MFCCs as the article's baseline uses them, and the way back from them to audio."""

import librosa
import numpy as np
from numpy.typing import NDArray

from voicehub.audio.waveform import SAMPLE_RATE

N_MFCC = 20
HOP_LENGTH = 512
FRAMES_PER_SECOND = SAMPLE_RATE / HOP_LENGTH
_N_FFT = 2048
_N_MELS = 128


def samples_to_mfcc(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return MFCCs of the mel spectrogram in dB at 24 kHz, (20, 1 + len(samples) // 512)."""
    padded = np.pad(samples, (0, max(0, _N_FFT - len(samples))))
    mfcc = librosa.feature.mfcc(
        y=padded,
        sr=SAMPLE_RATE,
        n_mfcc=N_MFCC,
        n_fft=_N_FFT,
        hop_length=HOP_LENGTH,
        n_mels=_N_MELS,
    )
    return mfcc[:, : 1 + len(samples) // HOP_LENGTH].astype(np.float32)


def mfcc_to_samples(
    mfcc: NDArray[np.floating], seed: int = 0, iterations: int = 32
) -> NDArray[np.float32]:
    """Return 24 kHz samples whose MFCCs come near ``mfcc`` (20, n_frames); phase by Griffin-Lim.

    What 20 coefficients do not hold, the harmonics of the voice above all, is lost: the result
    whispers. These are the steps of ``librosa.feature.inverse.mfcc_to_audio`` with a seed.
    """
    mel = librosa.feature.inverse.mfcc_to_mel(np.asarray(mfcc, np.float32), n_mels=_N_MELS)
    magnitude = librosa.feature.inverse.mel_to_stft(mel, sr=SAMPLE_RATE, n_fft=_N_FFT)
    samples = librosa.griffinlim(
        magnitude, n_iter=iterations, hop_length=HOP_LENGTH, n_fft=_N_FFT, random_state=seed
    )
    return samples.astype(np.float32)
