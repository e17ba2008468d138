"""The content encoder: a mel spectrogram becomes phone posteriors, and tones where they are Mandarin."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from voicehub.features.mel import MODEL_MEL
from voicehub.model.blocks import ChannelNorm, ConvBlock, FrameConv, SelfAttention, unfolded
from voicehub.text.phonemes import PHONES

N_TONES = 6  # none and the five of Mandarin
_MEAN_WEIGHT = 150.0  # frames' worth of belief in the global mean when a short recording is centred


@dataclass(frozen=True)
class EncoderConfig:
    """Sizes of the content encoder."""

    n_mels: int = MODEL_MEL.n_mels
    width: int = 256
    hidden: int = 768
    n_blocks: int = 8
    n_heads: int = 4
    dropout: float = 0.1
    mel_mean: float = -5.4  # of log mel at -23 LUFS, over the corpus
    mel_std: float = 2.0


class Encoded(NamedTuple):
    """What the encoder gives for a batch; all at the full frame rate.

    ``phones`` (batch, n_phones, frames) and ``tones`` (batch, 6, frames) are logits; ``hidden`` (batch, width,
    frames) is what both were read from.
    """

    phones: Tensor
    tones: Tensor
    hidden: Tensor


class ContentEncoder(nn.Module):
    """Convolutions and self-attention at half the frame rate; logits at the full rate."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.stem = nn.Conv1d(config.n_mels, width, 6, stride=2, padding=2)
        self.blocks = nn.ModuleList(
            ConvBlock(width, config.hidden, (1, 2, 4, 1)[k % 4]) for k in range(config.n_blocks)
        )
        self.attention = nn.ModuleList(
            SelfAttention(width, config.n_heads, config.dropout)
            for _ in range(config.n_blocks // 2)
        )
        self.norm = ChannelNorm(width)
        self.unfold = FrameConv(width, 2 * width, 1)
        self.phone_head = FrameConv(width, len(PHONES), 3, padding=1)
        self.tone_in = FrameConv(width + 2, 128, 5, padding=2)
        self.tone_mid = FrameConv(128, 128, 5, padding=4, dilation=2)
        self.tone_head = FrameConv(128, N_TONES, 5, padding=8, dilation=4)

    def forward(self, mel: Tensor, pitch: Tensor, present: Tensor | None = None) -> Encoded:
        """Map a centred mel (batch, n_mels, frames) to phone and tone logits and what they were read from.

        ``pitch`` (batch, 2, frames) holds log F0 around its mean (0 where unvoiced) and voicing; only the
        tones see it. Nothing attends to frames where ``present`` (batch, frames) is False.
        """
        frames = mel.shape[-1]
        mel = nn.functional.pad(mel, (0, frames % 2))
        half_present = None if present is None else present[:, ::2]
        x = self.stem(mel)
        for k, block in enumerate(self.blocks):
            x = block(x)
            if k % 2 == 1:
                x = self.attention[k // 2](x, half_present)
        x = nn.functional.gelu(unfolded(self.unfold(self.norm(x)), frames))
        tone = nn.functional.gelu(self.tone_in(torch.cat([x.detach(), pitch.to(x.dtype)], 1)))
        tone = nn.functional.gelu(self.tone_mid(tone))
        return Encoded(self.phone_head(x), self.tone_head(tone), x)

    def centre(self, mel: Tensor) -> Tensor:
        """Remove a recording's mean spectrum: (batch, n_mels, frames) of log mel, scaled to unit spread."""
        frames = mel.shape[-1]
        total = mel.sum(-1, keepdim=True) + _MEAN_WEIGHT * self.config.mel_mean
        return (mel - total / (frames + _MEAN_WEIGHT)) / self.config.mel_std


def pitch_input(f0: Tensor) -> Tensor:
    """Return (batch, 2, frames): log F0 around the utterance's mean, and voicing, from f0 in Hz."""
    voiced = (f0 > 0).float()
    log_f0 = torch.log(f0.clamp(min=1.0)) * voiced
    mean = log_f0.sum(-1, keepdim=True) / voiced.sum(-1, keepdim=True).clamp(min=1.0)
    return torch.stack([(log_f0 - mean) * voiced, voiced], 1)
