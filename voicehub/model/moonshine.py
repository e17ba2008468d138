"""The encoder of the speech recogniser Moonshine tiny: a waveform becomes what a recogniser of English hears in it.

Jeffries, King, Kudlur, Nicholson, Wang and Warden, "Moonshine: speech recognition for live transcription and voice
commands" (arXiv 2410.15608, 2024), section 3.1; its weights are MIT-licensed. It was trained on some 200,000 hours,
twenty thousand times what the rest of the base checkpoint has heard. Our own code; the weights come by
``voicehub.training.moonshine_weights``.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

SAMPLE_RATE = 16_000  # Hz
HOP_LENGTH = 384  # samples a frame, 24 ms
_FIELD = 127 + 64 * 6 + 192 * 2  # samples that a frame of the three convolutions sees
_LEAD = (
    _FIELD // 2
)  # put before the first sample, so that frame k is centred on sample k * HOP_LENGTH


@dataclass(frozen=True)
class MoonshineConfig:
    """Sizes of the encoder; the defaults are those of Moonshine tiny."""

    width: int = 288
    hidden: int = 1152
    n_layers: int = 6
    n_heads: int = 8
    n_rotated: int = 32  # of the channels of a head, turned by their place


class MoonshineEncoder(nn.Module):
    """Three convolutions over the waveform, then a transformer that sees all of it."""

    def __init__(self, config: MoonshineConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.conv1 = nn.Conv1d(1, width, 127, stride=64, bias=False)
        self.norm = nn.GroupNorm(1, width)
        self.conv2 = nn.Conv1d(width, 2 * width, 7, stride=3)
        self.conv3 = nn.Conv1d(2 * width, width, 3, stride=2)
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.n_layers))
        self.final_norm = nn.LayerNorm(width, bias=False)

    def forward(self, samples: Tensor) -> Tensor:
        """Map (batch, samples) at 16 kHz, in [-1, 1], to (batch, width, 1 + samples // 384)."""
        n_frames = 1 + samples.shape[1] // HOP_LENGTH
        behind = (n_frames - 1) * HOP_LENGTH + _FIELD - _LEAD - samples.shape[1]
        x = functional.pad(samples, (_LEAD, behind))[:, None]
        x = self.norm(torch.tanh(self.conv1(x)))
        x = functional.gelu(self.conv3(functional.gelu(self.conv2(x)))).transpose(1, 2)
        turn = _rotation(x.shape[1], self.config.n_rotated, x)
        for layer in self.layers:
            x = layer(x, turn)
        return self.final_norm(x).transpose(1, 2)


class _Layer(nn.Module):
    """Self-attention with rotary places, then two layers a frame; both residual, normalised before."""

    def __init__(self, config: MoonshineConfig) -> None:
        super().__init__()
        width = config.width
        self.n_heads, self.n_rotated = config.n_heads, config.n_rotated
        self.attention_norm = nn.LayerNorm(width, bias=False)
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.map_norm = nn.LayerNorm(width, bias=False)
        self.up = nn.Linear(width, config.hidden)
        self.down = nn.Linear(config.hidden, width)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        batch, frames, width = x.shape
        normal = self.attention_norm(x)
        query, key, value = (
            part(normal).view(batch, frames, self.n_heads, -1).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        heard = functional.scaled_dot_product_attention(
            self._turned(query, turn), self._turned(key, turn), value
        )
        x = x + self.out(heard.transpose(1, 2).reshape(batch, frames, width))
        return x + self.down(functional.gelu(self.up(self.map_norm(x))))

    def _turned(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """Turn pairs of neighbouring channels by angles that grow with the place (RoPE, Su et al. 2021, eq. 34)."""
        cosine, sine = turn
        first, rest = x[..., : self.n_rotated], x[..., self.n_rotated :]
        even, odd = first[..., ::2], first[..., 1::2]
        turned = torch.stack([even * cosine - odd * sine, odd * cosine + even * sine], -1)
        return torch.cat([turned.flatten(-2), rest], -1)


def _rotation(frames: int, n_rotated: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Return the cosines and sines, (frames, n_rotated / 2), of the angles by which places are turned."""
    rate = 10_000.0 ** (-torch.arange(0, n_rotated, 2, device=like.device) / n_rotated)
    angle = torch.arange(frames, device=like.device)[:, None] * rate[None]
    return angle.cos().to(like.dtype), angle.sin().to(like.dtype)
