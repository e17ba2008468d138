"""What a voice lacks before it is tuned, told by copying recordings of the speaker: no step of training is needed."""

import numpy as np
import torch
from numpy.typing import NDArray

from voicehub.features.mel import log_mel
from voicehub.model.analysis import Analysis
from voicehub.model.base import Base
from voicehub.model.device import autocast
from voicehub.model.generator import SHARPNESS, Controls
from voicehub.model.timbre import PhoneSpectra, phone_spectra

_LOUD = (
    -6.0
)  # frame log energy, about -52 dBFS, under which rooms and codecs are compared, not voices


@torch.inference_mode()
def lacking(
    base: Base,
    analysis: Analysis,
    embedding: NDArray[np.float32],
    timbre: NDArray[np.float32] | None,
) -> PhoneSpectra:
    """Return what the frames of a recording have beyond those of its copy by the untuned generator, summed by phone."""
    posteriors = analysis.posteriors()
    driving = (posteriors, analysis.f0, analysis.energy, embedding, analysis.detail, timbre)
    controls = Controls(
        *(
            None if each is None else torch.from_numpy(each)[None].to(base.device)
            for each in driving
        )
    )
    with autocast(base.device):
        copied = base.generator(controls, torch.Generator().manual_seed(0), SHARPNESS)[0]
    mel = log_mel(copied.float().numpy(force=True))
    frames = min(mel.shape[1], analysis.mel.shape[1])
    loud = (analysis.energy[:frames] > _LOUD).astype(np.float32)
    difference = analysis.mel[:, :frames] - mel[:, :frames]
    return phone_spectra(posteriors[:, :frames] * loud, difference, analysis.bandwidth)
