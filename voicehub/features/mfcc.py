"""Mel-frequency cepstral coefficients and their change over time."""

import librosa
import numpy as np
from numpy.typing import NDArray

from voicehub.errors import SettingsError
from voicehub.features.mel import MODEL_MEL, MelParams, mel_basis, stft_magnitude

_DELTA_FRAMES = 9  # over which the change is fitted


def mfcc(
    samples: NDArray[np.float32], n_mfcc: int = 20, params: MelParams = MODEL_MEL
) -> NDArray[np.float32]:
    """Return the first ``n_mfcc`` coefficients of each frame, (n_mfcc, n_frames).

    The orthonormal DCT-II of the mel power spectrogram in dB, cut 80 dB under its peak (Davis and
    Mermelstein 1980, with librosa's conventions), on the frame grid of `log_mel`.
    """
    if not 0 < n_mfcc <= params.n_mels:
        raise SettingsError(f"need 0 < n_mfcc <= {params.n_mels} (mel bands), got {n_mfcc}")
    power = mel_basis(params) @ stft_magnitude(samples, params.n_fft, params.hop_length) ** 2
    coefficients = librosa.feature.mfcc(S=librosa.power_to_db(power), n_mfcc=n_mfcc)
    return np.asarray(coefficients, np.float32)


def deltas(x: NDArray[np.float32], order: int = 1) -> NDArray[np.float32]:
    """Return the change of ``x`` (n, n_frames) per frame (``order`` 1) or its change (``order`` 2).

    The derivative of the polynomial of that order fitted over 9 frames (Savitzky and Golay 1964);
    in a shorter ``x`` the first and last frames are taken to go on.
    """
    if order not in (1, 2):
        raise SettingsError(f"the order of deltas is 1 or 2, got {order}")
    mode = "interp" if x.shape[-1] >= _DELTA_FRAMES else "nearest"
    return np.asarray(librosa.feature.delta(x, width=_DELTA_FRAMES, order=order, mode=mode))
