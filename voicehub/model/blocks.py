"""Building blocks over frames, all on tensors (batch, channels, frames)."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class ChannelNorm(nn.Module):
    """Root-mean-square normalisation over channels (Zhang and Sennrich 2019), one gain a channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (batch, channels, frames)."""
        scale = torch.rsqrt(x.float().square().mean(1, keepdim=True) + 1e-5)
        return x * scale.to(x.dtype) * self.gain.to(x.dtype)


def unfolded(x: Tensor, frames: int) -> Tensor:
    """Return the first ``frames`` at twice the rate: (batch, 2 * width, half) holds two frames in each."""
    batch, double, half = x.shape
    x = x.view(batch, 2, double // 2, half).permute(0, 2, 3, 1).reshape(batch, double // 2, -1)
    return x[..., :frames]


class ConvBlock(nn.Module):
    """Residual: dilated convolution over three frames, then a two-layer map per frame."""

    def __init__(self, width: int, hidden: int, dilation: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.conv = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.norm = ChannelNorm(width)
        self.up = nn.Conv1d(width, hidden, 1)
        self.down = nn.Conv1d(hidden, width, 1)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.down.bias)

    def forward(
        self, x: Tensor, scale: Tensor | None = None, shift: Tensor | None = None
    ) -> Tensor:
        """Map (batch, width, frames); ``scale`` and ``shift`` (batch, width, 1) modulate (FiLM)."""
        y = self.norm(self.conv(x))
        if scale is not None and shift is not None:
            y = y * (1 + scale) + shift
        return x + self.dropout(self.down(functional.gelu(self.up(y))))


class SelfAttention(nn.Module):
    """Residual self-attention whose score falls linearly with distance (ALiBi, Press et al. 2022)."""

    def __init__(self, width: int, n_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.norm = ChannelNorm(width)
        self.qkv = nn.Conv1d(width, 3 * width, 1)
        self.out = nn.Conv1d(width, width, 1)
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
        y = y.transpose(-1, -2).reshape(batch, width, frames)
        return x + self.dropout(self.out(y))
