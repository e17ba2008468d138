"""Content of a recording: phone posteriors by the encoder, and the hard phones decoded from them."""

import numpy as np
import torch
from numpy.typing import NDArray

from voicehub.features.mel import FRAMES_PER_SECOND
from voicehub.model.device import autocast
from voicehub.model.encoder import ContentEncoder, Encoded, pitch_input

SWITCH_PENALTY = 2.0  # nats that a change of phone costs where phones are decoded
_CHUNK_FRAMES = int(12 * FRAMES_PER_SECOND)  # attention was trained on seconds, not minutes
_MARGIN_FRAMES = int(1 * FRAMES_PER_SECOND)


@torch.inference_mode()
def encode_content(
    encoder: ContentEncoder, mel: NDArray[np.float32], f0: NDArray[np.float32]
) -> Encoded:
    """Return phone logits (n_phones, frames), tone logits (6, frames) and the hidden layer (width, frames).

    ``mel`` is (n_mels, frames) and ``f0`` (frames,) in Hz. Long input is encoded in overlapping chunks of 12 s.
    """
    device = next(encoder.parameters()).device
    mel_all = torch.from_numpy(np.ascontiguousarray(mel, np.float32))[None].to(device)
    f0_all = torch.from_numpy(np.ascontiguousarray(f0, np.float32))[None].to(device)
    frames = mel_all.shape[-1]
    chunks: list[Encoded] = []
    for start in range(0, frames, _CHUNK_FRAMES):
        low = max(0, start - _MARGIN_FRAMES)
        high = min(frames, start + _CHUNK_FRAMES + _MARGIN_FRAMES)
        with autocast(device):
            centred = encoder.centre(mel_all[..., low:high])
            encoded = encoder(centred, pitch_input(f0_all[:, low:high]))
        keep = slice(start - low, min(start + _CHUNK_FRAMES, frames) - low)
        chunks.append(Encoded(*(part[0, :, keep].float() for part in encoded)))
    return Encoded(*(torch.cat(parts, 1) for parts in zip(*chunks, strict=True)))


def decode_phones(
    logits: NDArray[np.float32], switch_penalty: float = SWITCH_PENALTY
) -> NDArray[np.int64]:
    """Return the best phone of each frame, (frames,), when every change of phone costs ``switch_penalty``.

    ``logits`` is (n_phones, frames); a Viterbi path through a free phone loop.
    """
    score = np.ascontiguousarray(logits.T, np.float32)
    frames, n_phones = score.shape
    back = np.empty((frames, n_phones), np.int16)
    stay = np.arange(n_phones)
    total = score[0].copy()
    for t in range(1, frames):
        best = int(total.argmax())
        jump = total[best] - switch_penalty
        back[t] = np.where(total >= jump, stay, best)
        total = np.maximum(total, jump) + score[t]
    path = np.empty(frames, np.int64)
    path[-1] = int(total.argmax())
    for t in range(frames - 1, 0, -1):
        path[t - 1] = back[t, path[t]]
    return path


def one_hot(phones: NDArray[np.int64], n_phones: int) -> NDArray[np.float32]:
    """Return (n_phones, frames) with a one for each frame's phone."""
    content = np.zeros((n_phones, len(phones)), np.float32)
    content[phones, np.arange(len(phones))] = 1.0
    return content
