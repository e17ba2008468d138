"""What a listener to phones would miss: the content encoder hears the generator's speech beside the real speech.

A perceptual loss (Johnson, Alahi and Fei-Fei 2016, equation 2) with a recogniser of phones as its frozen network:
spectra that differ little may still be different words.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from voicehub.features.mel import MODEL_MEL, mel_basis
from voicehub.model.device import autocast
from voicehub.model.encoder import ContentEncoder


class ContentLoss(nn.Module):
    """Distance of what a frozen content encoder hears in two waveforms; gradients pass through the first."""

    def __init__(self, encoder: ContentEncoder) -> None:
        super().__init__()
        self.encoder = encoder.eval().requires_grad_(False)
        self.register_buffer("window", torch.hann_window(MODEL_MEL.n_fft), persistent=False)
        self.register_buffer("basis", torch.from_numpy(mel_basis(MODEL_MEL)), persistent=False)

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        """Return the loss of ``fake`` against ``real``, both (batch, samples).

        The divergence of the fake's phone posteriors from the real's, in nats a frame, and the L1 distance of the
        encoder's last layer relative to its size.
        """
        with torch.no_grad():
            phones, hidden = self._hear(real)
        fake_phones, fake_hidden = self._hear(fake)
        divergence = functional.kl_div(fake_phones, phones, reduction="none", log_target=True)
        distance = (fake_hidden - hidden).abs().mean() / hidden.abs().mean().clamp(min=1e-4)
        return divergence.sum(1).mean() + distance

    def _hear(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """Return log posteriors (batch, n_phones, frames) and the last layer (batch, width, frames)."""
        spectrum = torch.stft(
            samples, MODEL_MEL.n_fft, MODEL_MEL.hop_length, window=self.window, return_complex=True
        )
        magnitude = torch.sqrt(spectrum.real.square() + spectrum.imag.square() + 1e-10)
        mel = (self.basis @ magnitude).clamp(min=MODEL_MEL.floor).log()
        pitch = mel.new_zeros(len(mel), 2, mel.shape[-1])  # only tones see it
        with autocast(mel.device):
            encoded = self.encoder(self.encoder.centre(mel), pitch)
        return encoded.phones.float().log_softmax(1), encoded.hidden.float()
