"""What a listener to phones would miss: the generator's speech is heard beside the real speech.

A perceptual loss (Johnson, Alahi and Fei-Fei 2016, equation 2) with recognisers of phones and words as its frozen
networks: spectra that differ little may still be different words.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from voicehub.features.mel import MODEL_MEL, mel_basis
from voicehub.model.device import autocast
from voicehub.model.encoder import ContentEncoder
from voicehub.model.listener import Listener


class Heard(NamedTuple):
    """Log posteriors (batch, n_phones, frames), and the layers that they were read from: encoder's, recogniser's."""

    phones: Tensor
    encoded: Tensor
    recognised: Tensor


class ContentLoss(nn.Module):
    """Distance of what frozen networks hear in two waveforms; gradients pass through the first."""

    def __init__(self, encoder: ContentEncoder, listener: Listener) -> None:
        super().__init__()
        self.encoder = encoder.eval().requires_grad_(False)
        self.listener = listener.eval().requires_grad_(False)
        self.register_buffer("window", torch.hann_window(MODEL_MEL.n_fft), persistent=False)
        self.register_buffer("basis", torch.from_numpy(mel_basis(MODEL_MEL)), persistent=False)

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        """Return the loss of ``fake`` against ``real``, both (batch, samples) at 24 kHz.

        The divergence of the fake's phone posteriors from the real's, in nats a frame, and the L1 distances of the
        encoder's and the recogniser's last layers relative to their size.
        """
        with torch.no_grad():
            wanted = self.hear(real)
        heard = self.hear(fake)
        divergence = functional.kl_div(
            heard.phones, wanted.phones, reduction="none", log_target=True
        )
        loss = divergence.sum(1).mean()
        for one, other in ((heard.encoded, wanted.encoded), (heard.recognised, wanted.recognised)):
            loss = loss + (one - other).abs().mean() / other.abs().mean().clamp(min=1e-4)
        return loss

    def hear(self, samples: Tensor) -> Heard:
        """Return what the networks hear in (batch, samples)."""
        spectrum = torch.stft(
            samples, MODEL_MEL.n_fft, MODEL_MEL.hop_length, window=self.window, return_complex=True
        )
        magnitude = torch.sqrt(spectrum.real.square() + spectrum.imag.square() + 1e-10)
        mel = (self.basis @ magnitude).clamp(min=MODEL_MEL.floor).log()
        pitch = mel.new_zeros(len(mel), 2, mel.shape[-1])  # only tones see it
        with autocast(mel.device):
            encoded = self.encoder(self.encoder.centre(mel), pitch).hidden
            recognised = self.listener.listen(_two_thirds(samples), mel.shape[-1])
            phones = self.listener(encoded, recognised)
        return Heard(phones.float().log_softmax(1), encoded.float(), recognised.float())


def _two_thirds(samples: Tensor) -> Tensor:
    """Return (batch, samples) at 16 in place of 24 kHz, by leaving out the upper third of the spectrum."""
    length = samples.shape[1] // 3 * 3
    spectrum = torch.fft.rfft(samples[:, :length])
    return torch.fft.irfft(spectrum[:, : length // 3 + 1], 2 * length // 3) * (2 / 3)
