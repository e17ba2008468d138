"""The speaker embedding: the GE2E encoder of Resemblyzer, from its published weights in safetensors.

Wan, Wang, Papir and Moreno, "Generalized end-to-end loss for speaker verification", ICASSP 2018. The weights
are those of the resemblyzer 0.1.4 package (Apache-2.0, Resemble AI); only their container was changed.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from voicehub.audio.resample import resample
from voicehub.audio.waveform import Waveform
from voicehub.features.mel import MelParams, mel_basis, stft_magnitude
from voicehub.settings import CHECKPOINTS

EMBEDDING_SIZE = 256
_RATE = 16_000  # Hz
_PARTIAL_FRAMES = 160  # 1.6 s, the length the encoder was trained on
_TARGET_DBFS = -30.0
_MEL = MelParams(_RATE, 400, 160, 40, 0.0, 8000.0)


class SpeakerNetwork(nn.Module):
    """Three LSTM layers over 40 mel bands; the last state, projected and normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(40, EMBEDDING_SIZE, 3, batch_first=True)
        self.linear = nn.Linear(EMBEDDING_SIZE, EMBEDDING_SIZE)

    def forward(self, mels: Tensor) -> Tensor:
        """Map power mels (batch, frames, 40) to unit vectors (batch, 256)."""
        _, (hidden, _) = self.lstm(mels)
        return nn.functional.normalize(torch.relu(self.linear(hidden[-1])), dim=1)


class SpeakerEncoder:
    """Loads the network once and embeds waveforms."""

    def __init__(self, path: Path = CHECKPOINTS / "speaker" / "ge2e.safetensors") -> None:
        self.network = SpeakerNetwork()
        self.network.load_state_dict({k: v.float() for k, v in load_file(path).items()})
        self.network.eval().requires_grad_(False)

    def embed(self, waveform: Waveform, partials_per_second: float = 1.3) -> NDArray[np.float32]:
        """Return the unit embedding, (256,): the mean over overlapping stretches of 1.6 s."""
        mel = power_mel(waveform)
        step = max(1, round(100 / partials_per_second))
        starts = list(range(0, max(1, len(mel) - _PARTIAL_FRAMES // 4), step))
        need = starts[-1] + _PARTIAL_FRAMES
        mel = np.pad(mel, ((0, max(0, need - len(mel))), (0, 0)))
        batch = np.stack([mel[s : s + _PARTIAL_FRAMES] for s in starts])
        with torch.inference_mode():
            partials = self.network(torch.from_numpy(batch)).numpy()
        return unit(partials.mean(0))


def power_mel(waveform: Waveform) -> NDArray[np.float32]:
    """Return the power mel spectrogram the encoder expects, (n_frames, 40), 100 frames a second."""
    samples = resample(waveform.samples, waveform.sample_rate, _RATE)
    rms = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) if len(samples) else 0.0
    gain = 10 ** (_TARGET_DBFS / 20) / max(rms, 1e-6)
    if gain > 1:  # quiet speech is raised, loud speech left, as the encoder was trained
        samples = samples * np.float32(gain)
    power = stft_magnitude(samples, _MEL.n_fft, _MEL.hop_length) ** 2
    return np.ascontiguousarray((mel_basis(_MEL) @ power).T)


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale ``vector`` to length one."""
    return (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)


@lru_cache(maxsize=1)
def default_encoder() -> SpeakerEncoder:
    """Return the shared encoder, loaded at first use."""
    return SpeakerEncoder()
