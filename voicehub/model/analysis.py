"""What the model sees of a recording: content, pitch and energy on the frame grid."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.features.f0 import track_f0
from voicehub.features.mel import frame_log_energy, log_mel
from voicehub.model.base import Base
from voicehub.model.content import encode_content
from voicehub.model.detail import Spelling
from voicehub.model.device import autocast
from voicehub.model.encoder import Encoded
from voicehub.model.timbre import PhoneSpectra, estimate_timbre, phone_spectra, sum_spectra

GUARD = 0.95  # of half the source rate: resamplers and codecs roll off below it


@dataclass(frozen=True)
class Analysis:
    """Features of one utterance; every frame array has 1 + len(samples) // 256 columns or entries.

    ``mel`` (80, frames); ``f0`` (frames,) Hz, 0 unvoiced; ``energy`` (frames,) frame log energy; ``logits``
    (n_phones, frames) of the phones; ``detail`` (detail_width, frames) is how they were said.
    """

    samples: NDArray[np.float32]
    source_rate: int
    mel: NDArray[np.float32]
    f0: NDArray[np.float32]
    energy: NDArray[np.float32]
    logits: NDArray[np.float32]
    detail: NDArray[np.float32]

    def posteriors(self) -> NDArray[np.float32]:
        """Return the phone posteriors, (n_phones, frames)."""
        return torch.softmax(torch.from_numpy(self.logits), 0).numpy()

    @property
    def bandwidth(self) -> float:
        """Return up to where there is sound, in Hz."""
        return min(GUARD * self.source_rate / 2, SAMPLE_RATE / 2)

    def spectra(self) -> PhoneSpectra:
        """Return the sums of spectra by phone."""
        return phone_spectra(self.posteriors(), self.mel, self.bandwidth)


def analyse(base: Base, waveform: Waveform) -> Analysis:
    """Analyse a 24 kHz waveform whose loudness was normalised."""
    samples = waveform.samples
    mel, f0 = log_mel(samples), track_f0(samples).f0
    encoded = hear(base, samples, mel, f0)
    return Analysis(
        samples,
        waveform.source_rate,
        mel,
        f0,
        frame_log_energy(samples),
        encoded.phones.numpy(force=True),
        heard_detail(base, encoded),
    )


def hear(
    base: Base, samples: NDArray[np.float32], mel: NDArray[np.float32], f0: NDArray[np.float32]
) -> Encoded:
    """Return what ``encode_content`` does by the networks of ``base``, for samples (samples,) and their features."""
    return encode_content(base.encoder, mel, f0, base.listener, samples)


def spectra_of(analyses: Iterable[Analysis]) -> PhoneSpectra:
    """Return the sums of spectra by phone of several recordings."""
    return sum_spectra(each.spectra() for each in analyses)


def timbre_of(base: Base, spectra: PhoneSpectra) -> NDArray[np.float32] | None:
    """Return the timbre (n_phones, n_mels) of who was heard; None where ``base`` does not ask for it."""
    if not base.generator.config.timbre:
        return None
    return estimate_timbre(spectra, base.generator.timbre.numpy(force=True))


@torch.inference_mode()
def heard_detail(base: Base, encoded: Encoded) -> NDArray[np.float32]:
    """Return the detail (detail_width, frames) of what the content encoder gave for one utterance."""
    with autocast(base.device):
        detail = base.detail.heard(encoded.hidden[None])[0]
    heard: NDArray[np.float32] = detail.float().numpy(force=True)
    return heard


@torch.inference_mode()
def spoken_detail(base: Base, spelling: Spelling) -> NDArray[np.float32]:
    """Return the detail (detail_width, frames) that speech of ``spelling``, a batch of one, would have."""
    with autocast(base.device):
        detail = base.detail.spoken(spelling)[0]
    spoken: NDArray[np.float32] = detail.float().numpy(force=True)
    return spoken
