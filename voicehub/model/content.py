"""Content of a recording: phone posteriors by the encoder, and the hard phones decoded from them."""

import numpy as np
import torch
from numpy.typing import NDArray

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.features.mel import FRAMES_PER_SECOND, HOP_LENGTH
from voicehub.model import moonshine
from voicehub.model.device import autocast
from voicehub.model.encoder import ContentEncoder, Encoded, pitch_input
from voicehub.model.listener import Listener

SWITCH_PENALTY = 2.0  # nats that a change of phone costs where phones are decoded
_CHUNK_FRAMES = int(12 * FRAMES_PER_SECOND)  # attention was trained on seconds, not minutes
_MARGIN_FRAMES = int(1 * FRAMES_PER_SECOND)
_SAMPLES_A_FRAME = HOP_LENGTH / SAMPLE_RATE * moonshine.SAMPLE_RATE  # of the listener's sound


@torch.inference_mode()
def encode_content(
    encoder: ContentEncoder,
    mel: NDArray[np.float32],
    f0: NDArray[np.float32],
    listener: Listener | None = None,
    samples: NDArray[np.float32] | None = None,
) -> Encoded:
    """Return phone logits (n_phones, frames), tone logits (6, frames) and the hidden layer (width, frames).

    ``mel`` is (n_mels, frames) and ``f0`` (frames,) in Hz. The phones are the listener's where there is one, which
    hears the same sound as ``samples`` (samples,) at 24 kHz. Long input is encoded in overlapping chunks of 12 s.
    """
    device = next(encoder.parameters()).device
    mel_all = torch.from_numpy(np.ascontiguousarray(mel, np.float32))[None].to(device)
    f0_all = torch.from_numpy(np.ascontiguousarray(f0, np.float32))[None].to(device)
    sound = None
    if listener is not None and samples is not None:
        sound = torch.from_numpy(resample(samples, SAMPLE_RATE, moonshine.SAMPLE_RATE)).to(device)
    frames = mel_all.shape[-1]
    chunks: list[Encoded] = []
    for start in range(0, frames, _CHUNK_FRAMES):
        low = max(0, start - _MARGIN_FRAMES)
        high = min(frames, start + _CHUNK_FRAMES + _MARGIN_FRAMES)
        with autocast(device):
            centred = encoder.centre(mel_all[..., low:high])
            encoded = encoder(centred, pitch_input(f0_all[:, low:high]))
            if listener is not None and sound is not None:
                first, last = (round(n * _SAMPLES_A_FRAME) for n in (low, high))
                heard = listener.listen(sound[None, first:last], high - low)
                encoded = encoded._replace(phones=listener(encoded.hidden, heard))
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
