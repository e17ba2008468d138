"""The GAN generator: phone posteriors, F0, energy and a speaker embedding become a 24 kHz waveform.

Source and filter, as in the neural source-filter model (Wang, Takaki and Yamagishi 2019) and DDSP (Engel et al.
2020), with the filters predicted per frame in the STFT domain and inverted as in Vocos (Siuzdak 2023): the
periodicity is given by F0, the network learns the envelope, the phase and the noise.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voicehub.features.mel import HOP_LENGTH, N_FFT
from voicehub.model.blocks import ChannelNorm, ConvBlock
from voicehub.model.detail import DetailConfig
from voicehub.model.prosody import ENERGY_MEAN, ENERGY_SPREAD
from voicehub.model.source import pulse_train
from voicehub.speaker.embedding import EMBEDDING_SIZE
from voicehub.text.phonemes import PHONES

N_BINS = N_FFT // 2 + 1


@dataclass(frozen=True)
class GeneratorConfig:
    """Sizes of the generator."""

    width: int = 320
    hidden: int = 832
    n_blocks: int = 8
    speaker_width: int = 160
    detail_width: int = (
        DetailConfig.detail_width
    )  # of what content says beyond its phones; 0: phones alone
    detail_noise: float = 0.3  # added in training, against a range of -1 to 1


@dataclass(frozen=True)
class Controls:
    """What the generator is driven by, per frame.

    ``content`` (batch, n_phones, frames) sums to one over phones; ``f0`` (batch, frames) in Hz, 0 where
    unvoiced; ``energy`` (batch, frames) is frame log energy; ``speaker`` (batch, 256) a unit embedding.
    ``detail`` (batch, detail_width, frames) in -1..1 says how the phones are said, heard in a recording or guessed
    for a text (``DetailModel``), and is zero where nothing is known of it.
    """

    content: Tensor
    f0: Tensor
    energy: Tensor
    speaker: Tensor
    detail: Tensor | None = None


class Generator(nn.Module):
    """Residual convolutions over frames, modulated by the speaker, with three filters at the end."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.stem = nn.Conv1d(len(PHONES) + 3, width, 7, padding=3)
        if config.detail_width:
            self.detail_out = nn.Conv1d(config.detail_width, width, 7, padding=3, bias=False)
        self.speaker_in = nn.Linear(EMBEDDING_SIZE, config.speaker_width)
        self.film = nn.Linear(config.speaker_width, config.n_blocks * 2 * width)
        self.blocks = nn.ModuleList(
            ConvBlock(width, config.hidden, (1, 2, 4)[k % 3]) for k in range(config.n_blocks)
        )
        self.norm = ChannelNorm(width)
        self.out = nn.Conv1d(width, 3 * N_BINS, 1)
        self.register_buffer("window", torch.hann_window(N_FFT), persistent=False)
        with torch.no_grad():
            self.film.weight.mul_(0.3)
            self.out.weight.mul_(0.3)
            self.out.bias[:N_BINS] = -2.5  # a quiet start: filter gains of about -20 dB
            self.out.bias[N_BINS : 2 * N_BINS] = 0.0
            self.out.bias[2 * N_BINS :] = -4.5
            if config.detail_width:
                self.detail_out.weight.zero_()  # phones alone at first

    def forward(self, controls: Controls, seed: torch.Generator | None = None) -> Tensor:
        """Return samples, (batch, (frames - 1) * 256)."""
        filters = self.filters(controls)
        return self.render(filters, controls.f0, seed)

    def filters(self, controls: Controls) -> Tensor:
        """Return log gain and phase of the harmonic filter and log gain of the noise, (batch, 1539, frames)."""
        voiced = (controls.f0 > 0).float()
        log_f0 = torch.log2(controls.f0.clamp(min=1.0) / 200.0) * voiced
        energy = (controls.energy - ENERGY_MEAN) / ENERGY_SPREAD
        frame = torch.stack([log_f0, voiced, energy], 1)
        x = self.stem(torch.cat([controls.content, frame.to(controls.content.dtype)], 1))
        if controls.detail is not None and self.config.detail_width:
            x = x + self.detail_out(self._roughened(controls.detail))
        style = nn.functional.gelu(self.speaker_in(controls.speaker * 8.0))
        film = self.film(style).view(x.shape[0], len(self.blocks), 2, -1, 1)
        for k, block in enumerate(self.blocks):
            x = block(x, film[:, k, 0], film[:, k, 1])
        return self.out(self.norm(x))

    def _roughened(self, detail: Tensor) -> Tensor:
        """Return ``detail`` with noise in training, so that it holds no more than it is asked for."""
        if not self.training:
            return detail
        present = (detail != 0).any(1, keepdim=True)
        noise = torch.randn(detail.shape).to(detail)
        return detail + self.config.detail_noise * noise * present

    def render(self, filters: Tensor, f0: Tensor, seed: torch.Generator | None = None) -> Tensor:
        """Filter a pulse train at ``f0`` and noise by ``filters``; always in float32."""
        with torch.autocast(filters.device.type, enabled=False):
            log_gain, phase, log_noise = filters.float().split(N_BINS, 1)
            # The generator of random numbers lives on the CPU so that every device gives the same sound.
            phase_start = torch.rand(f0.shape[0], generator=seed).to(f0.device)
            pulses = pulse_train(f0.float(), phase_start)
            noise = torch.randn(pulses.shape, generator=seed).to(f0.device)
            sources = self._stft(torch.cat([pulses, noise]))
            harmonic, rough = sources.chunk(2)
            gain = torch.exp(log_gain.clamp(max=4.0))
            turned = torch.polar(gain, phase)
            spectrum = harmonic * turned + rough * torch.exp(log_noise.clamp(max=4.0))
            return torch.istft(spectrum, N_FFT, HOP_LENGTH, window=self.window, center=True)

    def _stft(self, samples: Tensor) -> Tensor:
        # Scaled so that a source of unit power has unit power a bin.
        scale = float(N_FFT * 3 / 8) ** -0.5
        return scale * torch.stft(
            samples, N_FFT, HOP_LENGTH, window=self.window, center=True, return_complex=True
        )
