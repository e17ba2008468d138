"""Distances between a fake and a real recording of the same words: mel, cepstrum, F0, voicing."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import InputError
from voicehub.evaluation.dtw import WarpingPath, align
from voicehub.features.f0 import F0Track, track_f0
from voicehub.features.mel import log_mel

CEPSTRUM_ORDER = 13  # coefficients 1 to 13; 0 is loudness and left out
_DB_PER_NEPER = 20 / np.log(10)


@dataclass(frozen=True)
class PitchErrors:
    """F0 errors over the pairs of frames that are voiced in both, and the voicing errors over all.

    ``rmse_cents``, ``rmse_hz`` and ``correlation`` (Pearson, of F0 in Hz) are None where there are
    too few such pairs. ``voicing_error`` is the share of all pairs where only one frame is voiced
    (Nakatani et al., "A method for fundamental frequency estimation and voicing decision", Speech
    Communication, 2008).
    """

    rmse_cents: float | None
    rmse_hz: float | None
    correlation: float | None
    voicing_error: float
    n_voiced: int


@dataclass(frozen=True)
class Comparison:
    """All distances of one fake from one real recording; ``n_pairs`` frames were compared."""

    mel_mse: float
    mel_correlation: float
    mcd_db: float
    pitch: PitchErrors
    n_pairs: int

    def as_dict(self) -> dict[str, float | int | None]:
        """Return the figures under one level of names, F0's with the prefix ``f0_``."""
        pitch = asdict(self.pitch)
        voicing_error = pitch.pop("voicing_error")
        return {
            "mel_mse": self.mel_mse,
            "mel_correlation": self.mel_correlation,
            "mcd_db": self.mcd_db,
            **{f"f0_{name}": value for name, value in pitch.items()},
            "voicing_error": voicing_error,
            "n_pairs": self.n_pairs,
        }


def compare(fake: Waveform, real: Waveform) -> Comparison:
    """Align ``fake`` to ``real`` in time by their cepstra and return every distance.

    The mel MSE counts a difference in level; bring both to one loudness first if that is not meant.
    """
    fake_samples, real_samples = _at_model_rate(fake), _at_model_rate(real)
    fake_mel, real_mel = log_mel(fake_samples), log_mel(real_samples)
    fake_cepstrum, real_cepstrum = mel_cepstrum(fake_mel), mel_cepstrum(real_mel)
    path = align(fake_cepstrum, real_cepstrum)
    return Comparison(
        mel_mse(fake_mel[:, path.fake], real_mel[:, path.real]),
        mel_correlation(fake_mel[:, path.fake], real_mel[:, path.real]),
        _distortion_db(fake_cepstrum[:, path.fake], real_cepstrum[:, path.real]),
        pitch_errors(track_f0(fake_samples), track_f0(real_samples), path),
        len(path),
    )


def mel_mse(fake: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """Return the mean squared difference of two log mels of one shape."""
    _need_one_shape(fake, real)
    return float(np.mean((fake.astype(np.float64) - real) ** 2))


def mel_correlation(fake: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """Return Pearson's correlation over all cells of two mels; 0 where one is constant."""
    _need_one_shape(fake, real)
    return _pearson(fake.ravel(), real.ravel())


def mel_cepstrum(log_mel: NDArray[np.floating], order: int = CEPSTRUM_ORDER) -> NDArray[np.float64]:
    """Return coefficients 1 to ``order`` of each frame's cosine series, (order, n_frames).

    A frame of the log mel at band k is c[0] + sum over m of c[m] cos(pi m (k + 1/2) / n_mels).
    """
    n_mels = len(log_mel)
    if not 0 < order < n_mels:
        raise InputError(f"need 0 < order < n_mels = {n_mels}, got {order}")
    angle = np.pi * np.outer(np.arange(1, order + 1), np.arange(n_mels) + 0.5) / n_mels
    return 2 / n_mels * np.cos(angle) @ log_mel.astype(np.float64)


def mel_cepstral_distortion(fake: NDArray[np.floating], real: NDArray[np.floating]) -> float:
    """Return the mel cepstral distortion of two log-amplitude mels (n_mels, n_frames) in dB.

    The mean over the warping path of (10 / ln 10) sqrt(2 sum of (c[d] - c'[d])^2), d = 1 to 13:
    Kubichek, "Mel-cepstral distance measure for objective speech quality assessment", IEEE PACRIM,
    1993. The cepstra are of mel bands, so figures differ from those of SPTK's mel-cepstra.
    """
    fake_cepstrum, real_cepstrum = mel_cepstrum(fake), mel_cepstrum(real)
    path = align(fake_cepstrum, real_cepstrum)
    return _distortion_db(fake_cepstrum[:, path.fake], real_cepstrum[:, path.real])


def pitch_errors(fake: F0Track, real: F0Track, path: WarpingPath | None = None) -> PitchErrors:
    """Return the F0 and voicing errors along ``path``, or frame by frame without one.

    A track may be shorter than the path's features by a frame; pairs beyond its end are left out.
    """
    if path is None:
        frames = np.arange(min(len(fake.f0), len(real.f0)))
        path = WarpingPath(frames, frames)
    inside = (path.fake < len(fake.f0)) & (path.real < len(real.f0))
    fake_frames, real_frames = path.fake[inside], path.real[inside]
    if len(fake_frames) == 0:
        raise InputError("need at least one pair of frames to compare F0, got none")
    fake_voiced, real_voiced = fake.voiced[fake_frames], real.voiced[real_frames]
    both = fake_voiced & real_voiced
    voicing_error = float(np.mean(fake_voiced != real_voiced))
    fake_f0 = fake.f0[fake_frames][both].astype(np.float64)
    real_f0 = real.f0[real_frames][both].astype(np.float64)
    n_voiced = len(fake_f0)
    if n_voiced == 0:
        return PitchErrors(None, None, None, voicing_error, 0)
    cents = 1200 * np.log2(fake_f0 / real_f0)
    return PitchErrors(
        float(np.sqrt(np.mean(cents**2))),
        float(np.sqrt(np.mean((fake_f0 - real_f0) ** 2))),
        _pearson(fake_f0, real_f0) if n_voiced > 1 else None,
        voicing_error,
        n_voiced,
    )


def _at_model_rate(waveform: Waveform) -> NDArray[np.float32]:
    return resample(waveform.samples, waveform.sample_rate, SAMPLE_RATE)


def _distortion_db(fake: NDArray[np.float64], real: NDArray[np.float64]) -> float:
    """Return the mean over frames of the log-spectral distance that two cepstra imply, in dB."""
    return float(_DB_PER_NEPER * np.mean(np.sqrt(((fake - real) ** 2).sum(0) / 2)))


def _pearson(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    a, b = a.astype(np.float64) - a.mean(dtype=np.float64), b - b.mean(dtype=np.float64)
    scale = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / scale if scale > 0 else 0.0


def _need_one_shape(fake: NDArray[np.floating], real: NDArray[np.floating]) -> None:
    if fake.shape != real.shape or fake.size == 0:
        raise InputError(
            f"need two mels of one shape that are not empty, got {fake.shape} and {real.shape}"
        )
