"""Losses of the generator and the discriminators; fake comes first everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.errors import SettingsError
from voicehub.features.mel import MelParams, mel_basis, mel_centres

ADVERSARIAL_KINDS = ("least_squares", "hinge", "classic")
_FLOOR = 1e-3  # of unnormalised STFT magnitude, about -75 dB under speech


@dataclass(frozen=True)
class SpectralScale:
    """One resolution of the spectral loss; ``n_mels`` 0 leaves the mel part out."""

    n_fft: int
    n_mels: int

    @property
    def hop_length(self) -> int:
        """Return a quarter of the window."""
        return self.n_fft // 4


SCALES = (
    SpectralScale(256, 0),
    SpectralScale(512, 48),
    SpectralScale(1024, 80),
    SpectralScale(2048, 128),
)

# Two scales a step, in turn, cost half as much as all four and see as much in the long run.
ALTERNATING = ((SCALES[0], SCALES[2]), (SCALES[1], SCALES[3]))


@lru_cache(maxsize=16)
def _window(n_fft: int, device: torch.device) -> Tensor:
    return torch.hann_window(n_fft, device=device)


@lru_cache(maxsize=16)
def _basis(scale: SpectralScale, device: torch.device) -> tuple[Tensor, Tensor]:
    params = MelParams(SAMPLE_RATE, scale.n_fft, scale.hop_length, scale.n_mels, 30.0, 12_000.0)
    return (
        torch.from_numpy(mel_basis(params)).to(device),
        torch.from_numpy(mel_centres(params)).to(device),
    )


def spectral_loss(
    fake: Tensor,
    real: Tensor,
    bandwidth: Tensor,
    scales: Sequence[SpectralScale] = SCALES,
) -> tuple[Tensor, dict[str, float]]:
    """Return the multi-resolution STFT and mel loss of (batch, samples), and its parts.

    Log-magnitude L1 and spectral convergence (Yamamoto, Song and Kim 2020, equations 4 to 6), and L1 on log mel.
    Nothing above ``bandwidth`` (batch,) in Hz counts: what a source never recorded must not be taught.
    """
    magnitude = convergence = mel = fake.new_zeros(())
    for scale in scales:
        window = _window(scale.n_fft, fake.device)
        both = torch.stft(
            torch.cat([fake, real]), scale.n_fft, scale.hop_length, window=window, return_complex=True
        )  # fmt: skip
        both = torch.sqrt(both.real.square() + both.imag.square() + 1e-7)
        frequency = torch.linspace(0, SAMPLE_RATE / 2, both.shape[1], device=fake.device)
        inside = (frequency[None] < bandwidth[:, None]).float()[:, :, None]
        a, b = (both * torch.cat([inside, inside])).chunk(2)
        share = inside.mean()
        magnitude = magnitude + ((a + _FLOOR).log() - (b + _FLOOR).log()).abs().mean() / share
        distance = (a - b).flatten(1).norm(dim=1) / b.flatten(1).norm(dim=1).clamp(min=1e-2)
        convergence = convergence + distance.mean()
        if scale.n_mels:
            basis, centres = _basis(scale, fake.device)
            keep = (centres[None] < 0.97 * bandwidth[:, None]).float()[:, :, None]
            gap = ((basis @ a).clamp(min=_FLOOR).log() - (basis @ b).clamp(min=_FLOOR).log()).abs()
            mel = mel + (gap * keep).mean() / keep.mean()
    magnitude, convergence = magnitude / len(scales), convergence / len(scales)
    mel = mel / max(1, sum(scale.n_mels > 0 for scale in scales))
    total = magnitude + convergence + mel
    parts = {
        "magnitude": magnitude.item(),
        "convergence": convergence.item(),
        "mel": mel.item(),
    }
    return total, parts


def discriminator_loss(fake: Sequence[Tensor], real: Sequence[Tensor], kind: str) -> Tensor:
    """Return the summed discriminator loss over the logits of all discriminators.

    ``least_squares``: Mao et al. 2017, equation 2. ``hinge``: Lim and Ye 2017. ``classic``: the -log D pair of
    Goodfellow et al. 2014.
    """
    _check(kind)
    total = fake[0].new_zeros(())
    for f, r in zip(fake, real, strict=True):
        if kind == "least_squares":
            total = total + f.square().mean() + (1 - r).square().mean()
        elif kind == "hinge":
            total = total + functional.relu(1 + f).mean() + functional.relu(1 - r).mean()
        else:
            total = total + functional.softplus(f).mean() + functional.softplus(-r).mean()
    return total


def generator_loss(fake: Sequence[Tensor], kind: str) -> Tensor:
    """Return the summed adversarial loss of the generator; ``classic`` is -log D(G(z))."""
    _check(kind)
    total = fake[0].new_zeros(())
    for f in fake:
        if kind == "least_squares":
            total = total + (1 - f).square().mean()
        elif kind == "hinge":
            total = total - f.mean()
        else:
            total = total + functional.softplus(-f).mean()
    return total


def feature_matching_loss(
    fake: Sequence[Sequence[Tensor]], real: Sequence[Sequence[Tensor]]
) -> Tensor:
    """Return the mean L1 distance of feature maps, relative to the real ones' size.

    Kong, Kim and Bae, "HiFi-GAN", 2020, equation 7, normalised as in EnCodec (Défossez et al. 2022).
    """
    gaps = [
        (f - r).abs().mean() / r.abs().mean().clamp(min=1e-4)
        for fake_maps, real_maps in zip(fake, real, strict=True)
        for f, r in zip(fake_maps, real_maps, strict=True)
    ]
    return torch.stack(gaps).mean()


def _check(kind: str) -> None:
    if kind not in ADVERSARIAL_KINDS:
        raise SettingsError(f"need a loss out of {', '.join(ADVERSARIAL_KINDS)}, got {kind!r}")
