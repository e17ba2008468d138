"""Resynthesis by signal processing: Griffin-Lim from a mel, and a phase vocoder for pitch."""

import librosa
import numpy as np
from numpy.typing import NDArray

from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.features.mel import MODEL_MEL, MelParams


def mel_to_samples(
    log_mel: NDArray[np.floating],
    params: MelParams = MODEL_MEL,
    iterations: int = 60,
    seed: int = 0,
) -> NDArray[np.float32]:
    """Return samples whose log mel comes near ``log_mel`` (n_mels, n_frames).

    Griffin and Lim, "Signal estimation from modified short-time Fourier transform", IEEE
    Transactions on ASSP, 1984, with the momentum of Perraudin, Balazs and Søndergaard, 2013.
    """
    magnitude = librosa.feature.inverse.mel_to_stft(
        np.exp(log_mel).astype(np.float32),
        sr=params.sample_rate,
        n_fft=params.n_fft,
        power=1.0,
        fmin=params.fmin,
        fmax=params.fmax,
    )
    samples = librosa.griffinlim(
        magnitude,
        n_iter=iterations,
        hop_length=params.hop_length,
        n_fft=params.n_fft,
        random_state=seed,
    )
    return samples.astype(np.float32)


def shift_pitch(samples: NDArray[np.float32], ratio: float) -> NDArray[np.float32]:
    """Return 24 kHz ``samples`` of the same length with every frequency multiplied by ``ratio``.

    A phase vocoder stretches time and resampling undoes the stretch, so formants move along.
    """
    shifted = librosa.effects.pitch_shift(
        samples, sr=SAMPLE_RATE, n_steps=12 * float(np.log2(ratio))
    )
    return shifted.astype(np.float32)
