"""Building blocks over frames, all on tensors (batch, channels, frames)."""

import copy
from collections.abc import Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from voicehub.model.device import precision_name

Module = TypeVar("Module", bound=nn.Module)


class ChannelNorm(nn.Module):
    """Root-mean-square normalisation over channels (Zhang and Sennrich 2019), one gain a channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (batch, channels, frames)."""
        scale = torch.rsqrt(x.float().square().mean(1, keepdim=True) + 1e-5)
        return x * scale.to(x.dtype) * self.gain.to(x.dtype)


class FrameConv(nn.Conv1d):
    """A convolution over frames as one product of matrices.

    On a CPU in bfloat16 that takes half the time of ``conv1d``, which moves its operands to other layouts and back.
    Its output lies in memory with channels last, as its input had better. Only for a stride of one and zeros around.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map (batch, channels, frames)."""
        return functional.linear(self.rows(x), self.matrix(), self.bias).transpose(1, 2)

    def rows(self, x: Tensor) -> Tensor:
        """Return what each frame is made of, (batch, frames, kernel * channels)."""
        rows, (kernel,) = x.transpose(1, 2), self.kernel_size
        if kernel == 1:
            return rows
        pad, apart = int(self.padding[0]), self.dilation[0]
        padded = functional.pad(rows, (0, 0, pad, pad))
        frames = padded.shape[1] - apart * (kernel - 1)
        return torch.cat([padded[:, k * apart : k * apart + frames] for k in range(kernel)], 2)

    def matrix(self) -> Tensor:
        """Return the weight as it multiplies ``rows``, (out channels, kernel * channels)."""
        return self.weight.transpose(1, 2).flatten(1)


def sharing_copy(module: Module, replaced: Mapping[int, Any] | None = None) -> Module:
    """Return a copy that shares all parameters and buffers, but those ``replaced`` by the ``id`` of what they were."""
    taken: dict[int, Any] = {id(each): each for each in (*module.parameters(), *module.buffers())}
    return copy.deepcopy(module, taken | dict(replaced or {}))


def in_bfloat16(module: Module) -> Module:
    """Return a copy for ``autocast`` whose products need no casting of weights each time; it shares all else.

    Their weights lie in memory in the order in which they are multiplied.
    """
    cast: dict[int, Any] = {}
    for part in module.modules():
        if isinstance(part, FrameConv | nn.Linear):
            for each in part.parameters(recurse=False):
                value = each.detach().bfloat16()
                if value.ndim == 3:
                    value = value.transpose(1, 2).contiguous().transpose(1, 2)
                cast[id(each)] = nn.Parameter(value, requires_grad=False)
    return sharing_copy(module, cast)


def cast_once(module: Module, device: torch.device) -> Module:
    """Return ``in_bfloat16`` of ``module`` where ``autocast`` on ``device`` uses bfloat16, else ``module``."""
    return in_bfloat16(module) if precision_name(device) == "bfloat16" else module


def unfolded(x: Tensor, frames: int) -> Tensor:
    """Return the first ``frames`` at twice the rate: (batch, 2 * width, half) holds two frames in each."""
    batch, double, half = x.shape
    rows = x.transpose(1, 2).reshape(batch, 2 * half, double // 2)
    return rows[:, :frames].transpose(1, 2)


class ConvBlock(nn.Module):
    """Residual: dilated convolution over three frames, then a two-layer map per frame."""

    def __init__(self, width: int, hidden: int, dilation: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.conv = FrameConv(width, width, 3, padding=dilation, dilation=dilation)
        self.norm = ChannelNorm(width)
        self.up = FrameConv(width, hidden, 1)
        self.down = FrameConv(hidden, width, 1)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.down.bias)

    def forward(
        self, x: Tensor, scale: Tensor | None = None, shift: Tensor | None = None
    ) -> Tensor:
        """Map (batch, width, frames); ``scale`` and ``shift`` (batch, width, 1) modulate (FiLM)."""
        y = self.norm(self.conv(x))
        if scale is not None and shift is not None:
            y = torch.addcmul(shift, y, 1 + scale)
        return x + self.dropout(self.down(functional.gelu(self.up(y))))


class SelfAttention(nn.Module):
    """Residual self-attention whose score falls linearly with distance (ALiBi, Press et al. 2022)."""

    def __init__(self, width: int, n_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norm = ChannelNorm(width)
        self.qkv = FrameConv(width, 3 * width, 1)
        self.out = FrameConv(width, width, 1)
        self.dropout = nn.Dropout(dropout)
        slopes = torch.tensor([2.0 ** (-8 * (h + 1) / n_heads) for h in range(n_heads)])
        self.register_buffer("slopes", slopes, persistent=False)

    def forward(self, x: Tensor, present: Tensor | None = None) -> Tensor:
        """Map (batch, width, frames); where ``present`` (batch, frames) is False, nothing attends."""
        batch, width, frames = x.shape
        qkv = self.qkv(self.norm(x)).view(batch, 3, self.n_heads, width // self.n_heads, frames)
        q, k, v = qkv.transpose(-1, -2).unbind(1)
        place = torch.arange(frames, device=x.device)
        distance = (place[:, None] - place[None, :]).abs()
        bias = (-self.slopes[:, None, None] * distance).to(q.dtype)[None]
        if present is not None:
            bias = bias.masked_fill(~present[:, None, None, :], -1e4)
        y = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        y = y.transpose(1, 2).reshape(batch, frames, width).transpose(1, 2)
        return x + self.dropout(self.out(y))
