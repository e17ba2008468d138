"""Pretraining of the listener: what the content encoder and the recogniser hear together, made into phones."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW, Optimizer

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.model import moonshine
from voicehub.model.content import encode_content
from voicehub.model.device import autocast
from voicehub.model.encoder import ContentEncoder, Encoded, pitch_input
from voicehub.model.listener import Listener
from voicehub.training.corpus import Corpus, Utterance
from voicehub.training.encoder_batch import (
    CROP_FRAMES,
    Crops,
    EncoderBatches,
    augmented,
    is_labelled,
)
from voicehub.training.encoder_stage import BATCH, UNTRANSCRIBED, frames_right
from voicehub.training.loop import Average, clip_and_step, learning_rate, set_learning_rate, world

_DISGUISED = 0.7  # of the crops
_SPEEDS = (0.86, 1.16)


class ListenerStage:
    """Trains the listener alone: the encoder and the recogniser stay as they are.

    A quarter of each batch has no transcript, as in the encoder's own training.
    """

    name = "listener"

    def __init__(
        self,
        corpus: Corpus,
        splits: tuple[Sequence[Utterance], Sequence[Utterance]],
        encoder: ContentEncoder,
        listener: Listener,
        device: torch.device,
        steps: int,
        peak_rate: float,
        seed: int = 0,
    ) -> None:
        self.corpus, self.device, self.steps, self.seed = corpus, device, steps, seed
        self.peak_rate = peak_rate
        self.encoder = encoder.to(device).eval().requires_grad_(False)
        self.listener = listener.to(device)
        self.batches = EncoderBatches(corpus, splits[0])
        self.held_out = [u for u in splits[1] if is_labelled(corpus, u)]
        trained = [p for p in self.listener.parameters() if p.requires_grad]
        self.optimiser = AdamW(trained, peak_rate, betas=(0.9, 0.98), weight_decay=0.03)
        self.average = Average(self.listener)

    def modules(self) -> Mapping[str, nn.Module]:
        """Return the listener and its averaged copy."""
        return {"listener": self.listener, "average": self.average.module}

    def optimisers(self) -> Mapping[str, Optimizer]:
        """Return the one optimiser."""
        return {"listener": self.optimiser}

    def train_step(self, step: int) -> dict[str, float]:
        """Run one step on a batch seeded by the step."""
        rng = np.random.default_rng((self.seed, 7, step, world()[0]))
        taught = UNTRANSCRIBED if self.batches.unknown.utterances else 0
        crops = self.batches.draw(rng, BATCH, taught)
        sounds = self.batches.waveforms(crops)
        set_learning_rate(self.optimiser, learning_rate(step, self.steps, self.peak_rate))
        self.listener.train()
        with torch.no_grad(), autocast(self.device):
            encoded = self._encoded(augmented(crops.mel, rng), crops)
            heard = self._heard(sounds, crops, rng)
        with autocast(self.device):
            logits = self.listener(encoded, heard)
        phones = crops.phones.to(self.device)
        loss = functional.cross_entropy(
            logits.float(), phones, ignore_index=-1, label_smoothing=0.05
        )
        losses = {"phone": loss.item()}
        if taught:
            own = functional.cross_entropy(
                logits[-taught:].float(), self._teaching(crops, sounds, taught)
            )
            loss = loss + taught / BATCH * own
            losses["taught"] = own.item()
        loss.backward()
        clip_and_step(self.optimiser, self.listener, 1.0)
        self.average.update(self.listener, step)
        return losses

    def _encoded(self, mel: Tensor, crops: Crops) -> Tensor:
        centred = self.encoder.centre(mel).to(self.device)
        return self.encoder(centred, pitch_input(crops.f0.to(self.device))).hidden

    def _heard(
        self, sounds: NDArray[np.float32], crops: Crops, rng: np.random.Generator | None
    ) -> Tensor:
        """Return what the recogniser hears in the crops, by other voices in noise where ``rng`` is given."""
        if rng is None or rng.random() > _DISGUISED:
            speed, changed = 1.0, at_16k(sounds)
        else:
            speed, changed = disguise(sounds, rng)
        pace = torch.from_numpy(crops.rates / np.float32(speed))
        return self.listener.listen(
            torch.from_numpy(changed).to(self.device), CROP_FRAMES, pace.to(self.device)
        )

    @torch.no_grad()
    def _teaching(self, crops: Crops, sounds: NDArray[np.float32], taught: int) -> Tensor:
        """Return the posteriors that the averaged listener gives for the last ``taught`` crops as they are."""
        last = Crops(*(part[-taught:] for part in vars(crops).values()))
        with autocast(self.device):
            heard = self._heard(sounds[-taught:], last, None)
            logits = self.average.module(self._encoded(last.mel, last), heard)
        return logits.float().softmax(1)

    def validate(self, step: int) -> dict[str, float]:
        """Return frame accuracy of the averaged weights on held-out speech, per language."""

        def hear(
            mel: NDArray[np.float16], f0: NDArray[np.float16], utterance: Utterance
        ) -> Encoded:
            samples = self.corpus.waveform(utterance, 0, utterance.frames)
            return encode_content(self.encoder, mel, f0, self.average.module, samples)

        return frames_right(self.corpus, self.held_out, hear)


def at_16k(samples: NDArray[np.float32], speed: float = 1.0) -> NDArray[np.float32]:
    """Return (batch, samples) at the recogniser's rate, played ``speed`` times as fast."""
    return np.stack([resample(row, SAMPLE_RATE * speed, moonshine.SAMPLE_RATE) for row in samples])


def disguise(
    samples: NDArray[np.float32], rng: np.random.Generator
) -> tuple[float, NDArray[np.float32]]:
    """Return (batch, samples) at the recogniser's rate as by another voice in noise, and how much faster it is.

    The voice by playing faster or slower; the noise is 0 to 45 dB softer, its spectrum falling by 0 to 6 dB an octave.
    """
    speed = float(rng.uniform(*_SPEEDS))
    fast = at_16k(samples, speed)
    white = np.fft.rfft(rng.standard_normal(fast.shape))
    tilt = np.arange(1, white.shape[1] + 1) ** -rng.uniform(0.0, 1.0, (len(fast), 1))
    noise = np.fft.irfft(white * tilt, fast.shape[1])
    level = np.sqrt(
        np.square(fast).mean(1, keepdims=True) / np.square(noise).mean(1, keepdims=True)
    )
    softer = 10 ** (-rng.uniform(0.0, 45.0, (len(fast), 1)) / 20)
    return speed, (fast + noise * level * softer).astype(np.float32)
