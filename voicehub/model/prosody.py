"""The prosody model: phonemes and a speaker become durations, then F0, voicing and energy per frame."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from voicehub.model.blocks import ChannelNorm, ConvBlock, FrameConv, SelfAttention
from voicehub.speaker.embedding import EMBEDDING_SIZE
from voicehub.text.phonemes import ACCENT_COUNT, BOUNDARIES, LANGUAGES, PHONES

ENERGY_MEAN, ENERGY_SPREAD = -3.7, 1.5  # of frame log energy at -23 LUFS


@dataclass(frozen=True)
class ProsodyConfig:
    """Sizes of the prosody model."""

    width: int = 192
    hidden: int = 512
    token_blocks: int = 4
    frame_blocks: int = 4
    n_heads: int = 4
    speaker_width: int = 32
    dropout: float = 0.1


@dataclass(frozen=True)
class SpeakerStats:
    """How somebody speaks: mean and spread of log F0 (natural log of Hz), mean log frames a phone, and mean and
    spread of frame log energy outside silence, of a recording at -23 LUFS.
    """

    log_f0_mean: float
    log_f0_std: float
    log_duration: float
    energy_mean: float = -3.0
    energy_std: float = 0.85

    def vector(self) -> list[float]:
        """Return the numbers the model sees, each of about unit size."""
        return [
            (self.log_f0_mean - 5.0) / 0.3,
            (self.log_f0_std - 0.2) / 0.1,
            (self.log_duration - 2.0) / 0.3,
        ]

    def as_dict(self) -> dict[str, float]:
        """Return the fields for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class FramePlan:
    """Predicted per frame, all (batch, frames): location and log scale of normalised F0 and energy, voicing."""

    f0: Tensor
    f0_scale: Tensor
    voiced: Tensor
    energy: Tensor
    energy_scale: Tensor


class ProsodyModel(nn.Module):
    """A token network for durations and a frame network for the contours."""

    def __init__(self, config: ProsodyConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        sizes = (len(PHONES), ACCENT_COUNT, len(BOUNDARIES), len(LANGUAGES))
        self.embeddings = nn.ModuleList(nn.Embedding(size, width) for size in sizes)
        self.speaker = nn.Sequential(
            nn.Linear(EMBEDDING_SIZE, config.speaker_width), nn.Tanh(), nn.Dropout(0.2)
        )
        self.style = nn.Linear(config.speaker_width + 3, 2 * width)
        self.token_blocks = nn.ModuleList(
            ConvBlock(width, config.hidden, 1, config.dropout) for _ in range(config.token_blocks)
        )
        self.token_attention = nn.ModuleList(
            SelfAttention(width, config.n_heads, config.dropout)
            for _ in range(config.token_blocks // 2)
        )
        self.token_norm = ChannelNorm(width)
        self.duration = FrameConv(width, 2, 1)
        self.place = FrameConv(3, width, 1)
        self.frame_blocks = nn.ModuleList(
            ConvBlock(width, config.hidden, 2**k, config.dropout)
            for k in range(config.frame_blocks)
        )
        self.frame_norm = ChannelNorm(width)
        self.contours = FrameConv(width, 5, 3, padding=1)

    def encode(
        self, tokens: Tensor, speaker: Tensor, stats: Tensor, present: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return hidden tokens (batch, width, tokens) and log durations (batch, 2, tokens).

        ``tokens`` (batch, tokens, 4) holds phone, accent, boundary and language; ``speaker`` (batch, 256);
        ``stats`` (batch, 3) a ``SpeakerStats.vector``; ``present`` (batch, tokens) marks what is not padding.
        The two rows of the result are the location and the log scale of ln(frames).
        """
        embedded = [table(tokens[..., k]) for k, table in enumerate(self.embeddings)]
        x = torch.stack(embedded).sum(0).transpose(1, 2)
        style = self.style(torch.cat([self.speaker(speaker * 8.0), stats], 1))[..., None]
        scale, shift = style.chunk(2, 1)
        mask = present[:, None].to(x.dtype)
        for k, block in enumerate(self.token_blocks):
            x = block(x, scale, shift) * mask
            if k % 2 == 1:
                x = self.token_attention[k // 2](x, present) * mask
        hidden = self.token_norm(x)
        return hidden, self.duration(hidden).float()

    def decode(self, hidden: Tensor, durations: Tensor) -> FramePlan:
        """Return the contours of frames laid out by ``durations`` (batch, tokens) in whole frames."""
        index, place = expand(durations)
        frames = hidden.gather(2, index[:, None].expand(-1, hidden.shape[1], -1))
        x = frames + self.place(place.to(frames.dtype))
        for block in self.frame_blocks:
            x = block(x)
        out = self.contours(self.frame_norm(x)).float()
        return FramePlan(out[:, 0], out[:, 1], out[:, 2], out[:, 3], out[:, 4])


def expand(durations: Tensor) -> tuple[Tensor, Tensor]:
    """Return each frame's token (batch, frames) and its place in it (batch, 3, frames).

    The place is the share of the token gone, the share to come, and the log of its length. Frames past the end
    of a shorter row belong to its last token.
    """
    ends = durations.cumsum(1)
    frames = torch.arange(int(ends[:, -1].max()), device=durations.device)
    grid = frames.expand(len(durations), -1).contiguous()
    index = torch.searchsorted(ends.contiguous(), grid, right=True).clamp(
        max=durations.shape[1] - 1
    )
    length = durations.gather(1, index).clamp(min=1).float()
    start = (ends - durations).gather(1, index).float()
    gone = ((grid - start + 0.5) / length).clamp(0, 1)
    return index, torch.stack([gone, 1 - gone, length.log() - 2.0], 1)
