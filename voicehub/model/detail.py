"""The detail of content beside the phones: heard in a recording, or what a text would have had.

A few channels of the content encoder's last layer carry how a phone was said better than who said it, because the
generator learned from them with noise added and heard from other vocal tracts. Text has no recording; a small network
guesses the same channels from the phones in their places, so that one road of the generator serves both.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from voicehub.model.blocks import ChannelNorm, ConvBlock, FrameConv
from voicehub.model.encoder import EncoderConfig
from voicehub.model.prosody import ENERGY_MEAN, ENERGY_SPREAD
from voicehub.text.phonemes import ACCENT_COUNT, LANGUAGES, PHONES

UNKNOWN_ACCENT, UNKNOWN_LANGUAGE = ACCENT_COUNT, len(LANGUAGES)


@dataclass(frozen=True)
class DetailConfig:
    """Sizes; ``heard_width`` is the width of the content encoder's last layer."""

    heard_width: int = EncoderConfig.width
    detail_width: int = 32
    width: int = 160
    hidden: int = 448
    n_blocks: int = 5


@dataclass(frozen=True)
class Spelling:
    """Frames of speech as text knows them, all (batch, frames).

    ``phones``, ``accents`` and ``languages`` are indices, the last two UNKNOWN_... where only phones were heard;
    ``voiced`` is 0 or 1 and ``energy`` frame log energy.
    """

    phones: Tensor
    accents: Tensor
    languages: Tensor
    voiced: Tensor
    energy: Tensor


class DetailModel(nn.Module):
    """``heard`` reads the detail off the content encoder; ``spoken`` guesses it for text."""

    def __init__(self, config: DetailConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.norm = ChannelNorm(config.heard_width)
        self.tap = FrameConv(config.heard_width, config.detail_width, 1)
        sizes = (len(PHONES), ACCENT_COUNT + 1, len(LANGUAGES) + 1)
        self.embeddings = nn.ModuleList(nn.Embedding(size, width) for size in sizes)
        self.place = FrameConv(5, width, 1)
        self.blocks = nn.ModuleList(
            ConvBlock(width, config.hidden, (1, 2, 4)[k % 3], 0.05) for k in range(config.n_blocks)
        )
        self.out_norm = ChannelNorm(width)
        self.out = FrameConv(width, config.detail_width, 3, padding=1)
        nn.init.zeros_(self.tap.weight)  # fitted before anything is trained
        nn.init.zeros_(self.tap.bias)

    def heard(self, hidden: Tensor) -> Tensor:
        """Return the detail of ``hidden`` (batch, heard_width, frames): (batch, detail_width, frames) in -1..1."""
        return torch.tanh(self.tap(self.norm(hidden)))

    def spoken(self, spelling: Spelling) -> Tensor:
        """Return the detail that speech of ``spelling`` would have, (batch, detail_width, frames) in -1..1."""
        indices = (spelling.phones, spelling.accents, spelling.languages)
        tables = zip(self.embeddings, indices, strict=True)
        x = torch.stack([table(index) for table, index in tables]).sum(0).transpose(1, 2)
        energy = (spelling.energy.float() - ENERGY_MEAN) / ENERGY_SPREAD
        voiced = spelling.voiced.float()
        known = torch.cat(
            [places(spelling.phones), voiced[:, None], energy.clamp(min=-3.0)[:, None]], 1
        )
        x = x + self.place(known.to(x.dtype))
        for block in self.blocks:
            x = block(x)
        return torch.tanh(self.out(self.out_norm(x)))


def places(phones: Tensor) -> Tensor:
    """Return where each frame of ``phones`` (batch, frames) lies in its phone, (batch, 3, frames).

    The share of the phone gone, the share to come, and the log of its length in frames, as in ``prosody.expand``.
    """
    batch, frames = phones.shape
    grid = torch.arange(frames, device=phones.device).expand(batch, -1)
    change = phones[:, 1:] != phones[:, :-1]
    edge = torch.ones(batch, 1, dtype=torch.bool, device=phones.device)
    first = torch.where(torch.cat([edge, change], 1), grid, 0).cummax(1).values
    last = torch.where(torch.cat([change, edge], 1), grid, frames).flip(1).cummin(1).values.flip(1)
    length = (last - first + 1).float()
    gone = (grid - first + 0.5) / length
    return torch.stack([gone, 1 - gone, length.log() - 2.0], 1)
