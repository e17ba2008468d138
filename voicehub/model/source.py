"""The excitation of the voice: a band-limited pulse train that follows F0, in closed form."""

import math

import torch
from torch import Tensor

from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.features.mel import HOP_LENGTH

_HIGHEST = 0.96 * SAMPLE_RATE / 2  # Hz; harmonics above it would alias


def pulse_train(f0: Tensor, phase: Tensor | None = None) -> Tensor:
    """Return the sum of all harmonics of ``f0``, of unit power where voiced, zero elsewhere.

    ``f0`` (batch, frames) in Hz, 0 where unvoiced; ``phase`` (batch,) starts the train, in cycles. The
    result is (batch, (frames - 1) * 256). With K harmonics, sum cos(k p) is the Dirichlet kernel
    sin((K + 1/2) p) / (2 sin(p / 2)) - 1/2.
    """
    voiced = (f0 > 0).float()
    amplitude = _to_samples(voiced)
    per_sample = _to_samples(_bridge_unvoiced(f0)).double()
    cycles = torch.cumsum(per_sample / SAMPLE_RATE, 1)
    if phase is not None:
        cycles = cycles + phase[:, None].double()
    # Folded to [-1/2, 1/2] so that the kernel keeps its precision in float32.
    angle = (2 * math.pi * (cycles - cycles.round())).float()
    count = torch.floor(_HIGHEST / per_sample).clamp(min=1).float()
    half = torch.sin(angle / 2)
    near = half.abs() < 1e-4
    kernel = torch.sin((count + 0.5) * angle) / (2 * torch.where(near, torch.ones_like(half), half))
    kernel = torch.where(near, count + 0.5, kernel) - 0.5
    return kernel * torch.sqrt(2 / count) * amplitude


def _bridge_unvoiced(f0: Tensor) -> Tensor:
    """Fill unvoiced frames with the last voiced value, so that the phase runs on through them."""
    frames = torch.arange(f0.shape[1], device=f0.device).expand_as(f0)
    last = torch.where(f0 > 0, frames, torch.zeros_like(frames)).cummax(1).values
    held = f0.gather(1, last)
    first = torch.where(f0 > 0, f0, torch.full_like(f0, 1e9)).min(1, keepdim=True).values
    fallback = torch.where(first < 1e8, first, torch.full_like(first, 150.0))
    return torch.where(held > 0, held, fallback)


def _to_samples(values: Tensor) -> Tensor:
    """Interpolate linearly from frames to samples, (batch, frames) to (batch, (frames - 1) * 256)."""
    left, right = values[:, :-1, None], values[:, 1:, None]
    ramp = torch.arange(HOP_LENGTH, device=values.device, dtype=values.dtype) / HOP_LENGTH
    return (left + (right - left) * ramp).flatten(1)
