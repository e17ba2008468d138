"""Pretraining of the generator: spectral losses first, then against the discriminators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.features.mel import HOP_LENGTH
from voicehub.model.device import autocast
from voicehub.model.discriminators import Discriminators
from voicehub.model.encoder import ContentEncoder
from voicehub.model.generator import Controls, Generator
from voicehub.model.listener import Listener
from voicehub.model.losses import (
    ALTERNATING,
    discriminator_loss,
    feature_matching_loss,
    generator_loss,
    spectral_loss,
)
from voicehub.training.content_loss import ContentLoss
from voicehub.training.corpus import Corpus, Utterance
from voicehub.training.generator_batch import Batch, GeneratorBatches
from voicehub.training.loop import Average, clip_and_step, learning_rate, set_learning_rate, world

CROP_FRAMES = 48
DISCRIMINATOR_SAMPLES = 32 * HOP_LENGTH


@dataclass(frozen=True)
class LossWeights:
    """Weights of the generator's losses in the adversarial phase."""

    adversarial: float = 1.0
    matching: float = 16.0
    spectral: float = 8.0
    content: float = 4.0


@dataclass(frozen=True)
class GeneratorOptions:
    """How one phase trains."""

    steps: int
    batch: int = 16
    peak_rate: float = 1.2e-3
    critic_lead: float = (
        3.0  # the small critics learn this many times faster, or they tell nothing apart
    )
    adversarial: bool = False
    kind: str = "least_squares"
    weights: LossWeights = LossWeights()
    weight_decay: float = 0.01
    seed: int = 0


class GeneratorStage:
    """One phase over crops; ``adversarial`` in the options turns the discriminators on."""

    def __init__(
        self,
        corpus: Corpus,
        splits: tuple[Sequence[Utterance], Sequence[Utterance]],
        generator: Generator,
        discriminators: Discriminators,
        encoder: ContentEncoder,
        listener: Listener,
        device: torch.device,
        options: GeneratorOptions,
    ) -> None:
        self.name = "adversarial" if options.adversarial else "generator"
        self.device, self.options = device, options
        self.batches = GeneratorBatches(corpus, splits[0], CROP_FRAMES, nameless=0.15)
        self.held_out = GeneratorBatches(corpus, splits[1], CROP_FRAMES)
        self.generator = generator.to(device)
        if generator.config.timbre:
            if not generator.timbre.any():
                usual = self.batches.measure_usual()
                generator.timbre.copy_(torch.from_numpy(usual).to(device))
            self.batches.usual = self.held_out.usual = generator.timbre.numpy(force=True).copy()
        self.discriminators = discriminators.to(device)
        self.content = ContentLoss(encoder, listener).to(device)
        betas = (0.8, 0.99)
        self.optimiser = AdamW(
            self.generator.parameters(),
            options.peak_rate,
            betas,
            weight_decay=options.weight_decay,
            fused=True,
        )
        self.critic = AdamW(
            self.discriminators.parameters(),
            options.peak_rate,
            betas,
            weight_decay=0.01,
            fused=True,
        )
        self.average = Average(self.generator)

    def modules(self) -> Mapping[str, nn.Module]:
        """Return the generator, its average and the discriminators."""
        return {
            "generator": self.generator,
            "average": self.average.module,
            "discriminators": self.discriminators,
        }

    def optimisers(self) -> Mapping[str, Optimizer]:
        """Return both optimisers."""
        return {"generator": self.optimiser, "discriminators": self.critic}

    def train_step(self, step: int) -> dict[str, float]:
        """Run one step on a batch seeded by the step."""
        options = self.options
        rng = np.random.default_rng((options.seed, int(options.adversarial), step, world()[0]))
        batch = to_device(self.batches.draw(options.batch, rng), self.device)
        rate = learning_rate(step, options.steps, options.peak_rate)
        set_learning_rate(self.optimiser, rate)
        set_learning_rate(self.critic, rate * options.critic_lead)
        with autocast(self.device):
            fake = self.generator(batch.controls)
        scales = ALTERNATING[step % 2]
        spectral, parts = spectral_loss(fake, batch.real, batch.bandwidth, scales)
        loss = spectral
        if options.adversarial:
            pair = band_limited(fake, batch)
            crop = critics_crop(pair, batch.controls.speaker, rng)
            adversarial, extra = critics_step(
                self.discriminators, self.critic, crop, options, self.device
            )
            content = self.content(*pair)
            weights = options.weights
            loss = weights.spectral * spectral + weights.content * content + adversarial
            parts |= extra | {"content": content.item()}
        loss.backward()
        clip_and_step(self.optimiser, self.generator, 50.0 if options.adversarial else 5.0)
        self.average.update(self.generator, step)
        return {"spectral": spectral.item()} | parts

    @torch.no_grad()
    def validate(self, step: int) -> dict[str, float]:
        """Return the spectral and content losses of the averaged weights on held-out speakers."""
        rng = np.random.default_rng(1234)
        spectral, content = [], []
        for _ in range(8):
            batch = to_device(self.held_out.draw(16, rng), self.device)
            with autocast(self.device):
                fake = self.average.module(batch.controls, torch.Generator().manual_seed(0))
            spectral.append(spectral_loss(fake, batch.real, batch.bandwidth)[0].item())
            content.append(self.content(*band_limited(fake, batch)).item())
        return {"spectral": float(np.mean(spectral)), "content": float(np.mean(content))}


def critics_step(
    discriminators: Discriminators,
    optimiser: Optimizer,
    crop: tuple[Tensor, Tensor, Tensor],
    options: GeneratorOptions,
    device: torch.device,
) -> tuple[Tensor, dict[str, float]]:
    """Train the discriminators on (fake, real, speaker) once; return the generator's adversarial loss and parts."""
    fake, real, speaker = crop
    both = torch.cat([fake.detach(), real])
    with autocast(device):
        logits, maps = discriminators(both, torch.cat([speaker, speaker]))
    n_fake = len(fake)
    critic_loss = discriminator_loss(
        [each[:n_fake] for each in logits], [each[n_fake:] for each in logits], options.kind
    )
    critic_loss.backward()
    clip_and_step(optimiser, discriminators, 50.0)
    # What is real looks as it did a step ago: to look again would cost a fifth of the critics' time.
    real_maps = [[each[n_fake:].detach() for each in own] for own in maps]
    discriminators.requires_grad_(False)
    with autocast(device):
        fake_logits, fake_maps = discriminators(fake, speaker)
    discriminators.requires_grad_(True)
    adversarial = generator_loss(fake_logits, options.kind)
    matching = feature_matching_loss(fake_maps, real_maps)
    weights = options.weights
    loss = weights.adversarial * adversarial + weights.matching * matching
    return loss, {
        "critic": critic_loss.item(),
        "adversarial": adversarial.item(),
        "matching": matching.item(),
    }


def critics_crop(
    pair: tuple[Tensor, Tensor], speaker: Tensor, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Return a random window of half of a batch, of (fake, real) with ``speaker``: the critics are most of a step."""
    fake, real = pair
    start = int(rng.integers(0, fake.shape[1] - DISCRIMINATOR_SAMPLES + 1))
    window = slice(start, start + DISCRIMINATOR_SAMPLES)
    half = slice(0, max(1, len(fake) // 2))
    return fake[half, window], real[half, window], speaker[half]


def band_limited(fake: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return (fake, real) without what lies above the bandwidth of the recordings of ``batch``."""
    return low_pass(fake, batch.bandwidth), low_pass(batch.real, batch.bandwidth)


def low_pass(samples: Tensor, bandwidth: Tensor) -> Tensor:
    """Remove what lies above ``bandwidth`` (batch,) Hz from (batch, samples), so that no critic can see it."""
    spectrum = torch.fft.rfft(samples)
    frequency = torch.linspace(0, SAMPLE_RATE / 2, spectrum.shape[1], device=samples.device)
    return torch.fft.irfft(spectrum * (frequency[None] < bandwidth[:, None]), samples.shape[1])


def to_device(batch: Batch, device: torch.device) -> Batch:
    """Return ``batch`` on ``device``."""
    controls = batch.controls
    names = [field.name for field in fields(controls)]
    given = {name: getattr(controls, name) for name in names}
    moved = {name: value.to(device) for name, value in given.items() if value is not None}
    return Batch(Controls(**moved), batch.real.to(device), batch.bandwidth.to(device))
