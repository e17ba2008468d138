"""The listener: phone posteriors from what the content encoder and a recogniser of English hear together."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.features.mel import HOP_LENGTH
from voicehub.model import moonshine
from voicehub.model.blocks import ChannelNorm, ConvBlock, FrameConv, unfolded
from voicehub.model.moonshine import MoonshineConfig, MoonshineEncoder
from voicehub.text.phonemes import PHONES

# Frames of the recogniser a frame of ours: 256 samples at 24 kHz, 384 at 16 kHz.
RATIO = (HOP_LENGTH / SAMPLE_RATE) / (moonshine.HOP_LENGTH / moonshine.SAMPLE_RATE)


@dataclass(frozen=True)
class ListenerConfig:
    """Sizes of the listener."""

    encoded: int = 256  # channels of the content encoder's last layer
    width: int = 256
    hidden: int = 512
    n_blocks: int = 4
    dropout: float = 0.1
    heard_width: int = 288  # of the recogniser, as all that follows
    heard_hidden: int = 1152
    heard_layers: int = 6
    heard_heads: int = 8
    heard_rotated: int = 32

    @property
    def moonshine(self) -> MoonshineConfig:
        """Return the sizes of the recogniser."""
        return MoonshineConfig(
            self.heard_width,
            self.heard_hidden,
            self.heard_layers,
            self.heard_heads,
            self.heard_rotated,
        )


class Listener(nn.Module):
    """Convolutions over both, at half the frame rate; the recogniser's own weights are never trained."""

    def __init__(self, config: ListenerConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.moonshine = MoonshineEncoder(config.moonshine).requires_grad_(False)
        self.fold = nn.Conv1d(config.encoded, width, 4, stride=2, padding=1)
        self.join = FrameConv(config.heard_width, width, 3, padding=1)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(
            ConvBlock(width, config.hidden, (1, 2)[k % 2], config.dropout)
            for k in range(config.n_blocks)
        )
        self.norm = ChannelNorm(width)
        self.unfold = FrameConv(width, 2 * width, 1)
        self.head = FrameConv(width, len(PHONES), 3, padding=1)

    def listen(self, samples: Tensor, frames: int, pace: Tensor | None = None) -> Tensor:
        """Return what the recogniser hears at every second of ``frames``, (batch, 288, (frames + 1) // 2).

        ``samples`` (batch, samples) at 16 kHz. ``pace`` (batch,) says how many frames of the sound one of ours goes on.
        """
        heard = self.moonshine(samples)
        place = (torch.arange((frames + 1) // 2, device=heard.device) * 2 + 0.5) * RATIO
        if pace is None:
            pace = torch.ones(len(heard))
        return _at_places(heard, pace.to(place)[:, None] * place)

    def forward(self, encoded: Tensor, heard: Tensor) -> Tensor:
        """Return phone logits (batch, n_phones, frames).

        ``encoded`` (batch, encoded, frames) is the content encoder's last layer, ``heard`` what ``listen`` returned.
        """
        frames = encoded.shape[-1]
        encoded = functional.pad(encoded, (0, frames % 2))
        x = self.fold(self.dropout(encoded)) + self.join(self.dropout(heard))
        for block in self.blocks:
            x = block(x)
        return self.head(functional.gelu(unfolded(self.unfold(self.norm(x)), frames)))


def _at_places(x: Tensor, place: Tensor) -> Tensor:
    """Return ``x`` (batch, channels, frames) between its frames, at ``place`` (batch, n); the edges are held."""
    last = x.shape[-1] - 1
    place = place.clamp(0, last)
    low = place.long().clamp(max=max(0, last - 1))
    part = (place - low).to(x.dtype)[:, None]
    index = low[:, None].expand(-1, x.shape[1], -1)
    return x.gather(2, index) * (1 - part) + x.gather(2, (index + 1).clamp(max=last)) * part
