"""Discriminators: by period (MPD), on complex spectrograms of several resolutions (MRD), and on mel spectra.

MPD: Kong, Kim and Bae, "HiFi-GAN", 2020, section 2.3. MRD: Jang et al., "UnivNet", 2021, here on real and imaginary
parts as in EnCodec. The one on mel spectra is told who should be speaking, by projection (Miyato and Koyama, "cGANs
with projection discriminator", 2018). Channels are few and strides early: on a CPU the discriminators are most of a
step.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from voicehub.features.mel import MODEL_MEL, mel_basis
from voicehub.speaker.embedding import EMBEDDING_SIZE

_SLOPE = 0.1
_MEL_WINDOW, _MEL_HOP = 600, 128  # samples: 25 ms, as speaker encoders have it, every 5 ms
_GAIN = (
    8.0  # speech at -23 LUFS has an RMS of 0.07: too small for a fresh layer to tell anything apart
)


@dataclass(frozen=True)
class DiscriminatorConfig:
    """Sizes of all families; without ``mel_channels`` there is none on mel spectra."""

    periods: tuple[int, ...] = (2, 3, 5, 7)
    period_channels: tuple[int, ...] = (16, 48, 96, 160)
    resolutions: tuple[int, ...] = (256, 512, 1024)
    spectrum_channels: tuple[int, ...] = (16, 32, 32, 32)
    mel_channels: tuple[int, ...] = (32, 96, 192, 192)


class PeriodDiscriminator(nn.Module):
    """Sees the waveform folded into columns of ``period`` samples."""

    def __init__(self, period: int, channels: Sequence[int]) -> None:
        super().__init__()
        self.period = period
        sizes = (1, *channels)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(a, b, (5, 1), (3, 1), (2, 0)))
            for a, b in itertools.pairwise(sizes)
        )
        self.last = weight_norm(nn.Conv2d(channels[-1], 1, (3, 1), 1, (1, 0)))

    def forward(self, samples: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Map (batch, samples) to logits and feature maps."""
        short = -samples.shape[1] % self.period
        padded = functional.pad(_GAIN * samples, (0, short), "reflect")
        return _run(padded.view(len(samples), 1, -1, self.period), self.layers, self.last)


class SpectrumDiscriminator(nn.Module):
    """Sees real and imaginary parts of an STFT, compressed."""

    def __init__(self, n_fft: int, channels: Sequence[int]) -> None:
        super().__init__()
        self.n_fft = n_fft
        sizes = (2, *channels)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(a, b, (5, 3), (2, 1), (2, 1)))
            for a, b in itertools.pairwise(sizes)
        )
        self.last = weight_norm(nn.Conv2d(channels[-1], 1, 3, 1, 1))
        self.register_buffer("window", torch.hann_window(n_fft), persistent=False)

    def forward(self, samples: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Map (batch, samples) to logits and feature maps."""
        spectrum = torch.stft(
            samples.float(), self.n_fft, self.n_fft // 4, window=self.window, return_complex=True
        )
        size = (spectrum.real.square() + spectrum.imag.square() + 1e-6).sqrt()
        # Power 0.3: quiet partials count beside loud ones.
        parts = torch.stack([spectrum.real, spectrum.imag], 1) * size[:, None].pow(-0.7)
        return _run(parts, self.layers, self.last)


class MelDiscriminator(nn.Module):
    """Sees log mel spectra every 5 ms, patterns of formants in time, and knows the speaker."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__()
        sizes = (1, *channels)
        self.layers = nn.ModuleList(
            weight_norm(nn.Conv2d(a, b, 3, (2, 1 if k % 2 else 2), 1))
            for k, (a, b) in enumerate(itertools.pairwise(sizes))
        )
        self.last = weight_norm(nn.Conv2d(channels[-1], 1, 3, 1, 1))
        self.who = weight_norm(nn.Linear(EMBEDDING_SIZE, channels[-1], bias=False))
        self.register_buffer("window", torch.hann_window(_MEL_WINDOW), persistent=False)
        self.register_buffer("basis", torch.from_numpy(mel_basis(MODEL_MEL)), persistent=False)

    def forward(self, samples: Tensor, speaker: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Map (batch, samples), said to be by ``speaker`` (batch, 256), to logits and feature maps."""
        spectrum = torch.stft(
            samples.float(), MODEL_MEL.n_fft, _MEL_HOP, _MEL_WINDOW, self.window, return_complex=True
        )  # fmt: skip
        size = (spectrum.real.square() + spectrum.imag.square() + 1e-10).sqrt()
        mel = 0.5 * (self.basis @ size).clamp(min=1e-4).log() + 3.0  # about unit spread around zero
        logits, maps = _run(mel[:, None], self.layers, self.last)
        who = self.who(speaker * 8.0)[:, :, None, None]
        return logits + (who * maps[-1]).mean(1, keepdim=True), maps


def _run(x: Tensor, layers: nn.ModuleList, last: nn.Module) -> tuple[Tensor, list[Tensor]]:
    x = x.contiguous(memory_format=torch.channels_last)  # 1.5 to 3 times faster on a CPU
    maps = []
    for layer in layers:
        x = functional.leaky_relu(layer(x), _SLOPE)
        maps.append(x)
    return last(x), maps


class Discriminators(nn.Module):
    """All discriminators together."""

    def __init__(self, config: DiscriminatorConfig) -> None:
        super().__init__()
        self.config = config
        self.members = nn.ModuleList(
            [PeriodDiscriminator(p, config.period_channels) for p in config.periods]
            + [SpectrumDiscriminator(n, config.spectrum_channels) for n in config.resolutions]
        )
        if config.mel_channels:
            self.mel = MelDiscriminator(config.mel_channels)

    def forward(self, samples: Tensor, speaker: Tensor) -> tuple[list[Tensor], list[list[Tensor]]]:
        """Map (batch, samples) of ``speaker`` (batch, 256) to the logits and the feature maps of every member."""
        results = [member(samples) for member in self.members]
        if self.config.mel_channels:
            results.append(self.mel(samples, speaker))
        return [logits.float() for logits, _ in results], [maps for _, maps in results]
