"""The timbre of a voice: the mean log mel spectrum of each of its phones, from as little speech as there is.

Of most phones there are few frames, of some none. So the estimate leans on what is usual, moved to the speaker: a
maximum a posteriori mean (Gauvain and Lee 1994, equation 28) around a prior that the speaker's other phones shift.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicehub.features.mel import MODEL_MEL, mel_centres
from voicehub.text.phonemes import PHONE_INDEX, PHONES, SILENCE

_OFFSET_BELIEF = 20.0  # frames' worth of belief that a speaker is like all others
_PHONE_BELIEF = 10.0  # and that a phone is as the speaker's other phones let expect
_SPOKEN = np.arange(len(PHONE_INDEX)) != PHONE_INDEX[SILENCE]


@dataclass(frozen=True)
class PhoneSpectra:
    """Sums of log mel frames by phone, and how many frames they are of; both (n_phones, n_mels)."""

    sums: NDArray[np.float32]
    frames: NDArray[np.float32]

    def __add__(self, other: "PhoneSpectra") -> "PhoneSpectra":
        return PhoneSpectra(self.sums + other.sums, self.frames + other.frames)

    def below(self, bandwidth: float) -> "PhoneSpectra":
        """Return the same without the bands centred above ``bandwidth`` Hz, which then count as never heard."""
        heard = (mel_centres(MODEL_MEL) <= bandwidth).astype(np.float32)
        return PhoneSpectra(self.sums * heard, self.frames * heard)


def phone_spectra(
    posteriors: NDArray[np.float32], mel: NDArray[np.float32], bandwidth: float
) -> PhoneSpectra:
    """Sum the frames of ``mel`` (n_mels, frames) over phones, weighted by ``posteriors`` (n_phones, frames)."""
    frames = np.repeat(posteriors.sum(1, keepdims=True), len(mel), 1)
    return PhoneSpectra(posteriors @ mel.T, frames).below(bandwidth)


def sum_spectra(parts: Iterable[PhoneSpectra]) -> PhoneSpectra:
    """Return the sum of ``parts``; of none, nothing heard."""
    nothing = np.zeros((len(PHONES), MODEL_MEL.n_mels), np.float32)
    total = PhoneSpectra(nothing, nothing)
    for part in parts:
        total = total + part
    return total


def usual_timbre(spectra: PhoneSpectra) -> NDArray[np.float32]:
    """Return the mean spectra of many speakers together, (n_phones, n_mels); phones unheard as the others."""
    mean = spectra.sums[_SPOKEN].sum(0) / np.maximum(spectra.frames[_SPOKEN].sum(0), 1.0)
    return (spectra.sums + mean) / (spectra.frames + 1.0)


def estimate_timbre(spectra: PhoneSpectra, usual: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a speaker's mean log mel of each phone, (n_phones, n_mels); ``usual`` where nothing was heard."""
    moved = spectra.sums - spectra.frames * usual
    offset = moved[_SPOKEN].sum(0) / (spectra.frames[_SPOKEN].sum(0) + _OFFSET_BELIEF)
    prior = usual + offset * _SPOKEN[:, None]
    timbre = (spectra.sums + _PHONE_BELIEF * prior) / (spectra.frames + _PHONE_BELIEF)
    return np.asarray(timbre, np.float32)


def estimate_equaliser(lacking: PhoneSpectra) -> NDArray[np.float32]:
    """Return by how much each phone's log spectrum is to be raised, (n_phones, n_mels); 0 where nothing is known.

    ``lacking`` sums what natural frames have beyond generated ones of the same content. Phones with few frames get
    what the others lack in the mean.
    """
    offset = lacking.sums[_SPOKEN].sum(0) / (lacking.frames[_SPOKEN].sum(0) + _OFFSET_BELIEF)
    prior = _PHONE_BELIEF * offset * _SPOKEN[:, None]
    return np.asarray((lacking.sums + prior) / (lacking.frames + _PHONE_BELIEF), np.float32)
