"""Augmentation of log mel spectrograms for the content encoder: other vocal tracts, rooms, noise, holes."""

import torch
from torch import Tensor
from torch.nn import functional

from voicehub.features.mel import MODEL_MEL, MelParams, mel_centres


def warp_vocal_tract(mel: Tensor, factor: Tensor, params: MelParams = MODEL_MEL) -> Tensor:
    """Stretch the frequency axis by ``factor`` (batch,), as another vocal tract length would.

    ``mel`` is (batch, n_mels, frames). Vocal tract length perturbation: Jaitly and Hinton, 2013.
    """
    hz = torch.from_numpy(mel_centres(params)).to(mel)
    source_hz = hz[None] / factor[:, None]
    place = torch.searchsorted(hz, source_hz).clamp(1, len(hz) - 1)
    low, high = hz[place - 1], hz[place]
    weight = ((source_hz - low) / (high - low)).clamp(0, 1)[..., None]
    index = place[..., None].expand(-1, -1, mel.shape[-1])
    return mel.gather(1, index - 1) * (1 - weight) + mel.gather(1, index) * weight


def add_noise(mel: Tensor, generator: torch.Generator) -> Tensor:
    """Add stationary noise of a random smooth spectrum, 0 to 45 dB under the utterance's level."""
    batch, n_mels, _ = mel.shape
    level = mel.exp().square().mean((1, 2), keepdim=True).sqrt().log()
    snr = torch.rand(batch, 1, 1, generator=generator) * 5.2 + 0.3  # natural log of amplitude
    shape = functional.interpolate(
        torch.randn(batch, 1, 5, generator=generator), size=n_mels, mode="linear"
    ).transpose(1, 2)
    noise = level - snr.to(mel) + 0.7 * shape.to(mel)
    jitter = 0.4 * torch.randn(mel.shape, generator=generator).to(mel)
    return torch.logaddexp(2 * mel, 2 * (noise + jitter)) / 2


def add_reverb(mel: Tensor, generator: torch.Generator) -> Tensor:
    """Smear each band's power with an exponential tail of 0.1 to 0.6 s, at random strength."""
    length = 24  # frames
    seconds = torch.rand(mel.shape[0], generator=generator) * 0.5 + 0.1
    decay = 10 ** (-6 * (256 / 24_000) / seconds)  # of power a frame; 60 dB in `seconds`
    tail = decay[:, None] ** torch.arange(1, length + 1)
    strength = torch.rand(mel.shape[0], 1, generator=generator) * 0.12
    kernel = torch.cat([torch.ones(mel.shape[0], 1), tail * strength], 1).flip(1).to(mel)
    power = functional.pad((2 * mel).exp(), (length, 0)).transpose(0, 1)
    smeared = functional.conv1d(power, kernel[:, None], groups=mel.shape[0]).transpose(0, 1)
    return smeared.clamp(min=1e-10).log() / 2


def mask_spectrogram(mel: Tensor, generator: torch.Generator) -> Tensor:
    """Blank two bands of up to 10 mels and two stretches of up to 12 frames (SpecAugment, 2019)."""
    mel = mel.clone()
    fill = mel.mean((1, 2))
    for row in range(mel.shape[0]):
        for axis, widest in ((0, 10), (0, 10), (1, 12), (1, 12)):
            width = int(torch.randint(0, widest + 1, (1,), generator=generator))
            start = int(torch.randint(0, mel.shape[1 + axis] - width, (1,), generator=generator))
            mel[row].narrow(axis, start, width).fill_(fill[row])
    return mel
