"""The article's own system as a baseline: an LSTM GAN that makes MFCC sequences from noise.

Nothing tells the generator what to say or in whose voice: it can only learn to sound like its
training speech on the whole. Losses are those of Goodfellow et al., "Generative adversarial nets",
NeurIPS 2014, with the generator's in the non-saturating form of its section 3.

What it took to make it work: a fresh noise vector for every frame (one vector, repeated, gave a
standing sound that differs between samples but hardly moves); first outputs of the spread of the
data (with torch's small first weights the generator stayed at the mean frame); a discriminator that
learns faster than the generator (Heusel et al., "GANs trained by a two time-scale update rule",
NeurIPS 2017); samples from averaged weights (Yazici et al., "The unusual effectiveness of averaging
in GAN training", ICLR 2019); noise on what the discriminator sees (Arjovsky and Bottou, "Towards principled
methods for training generative adversarial networks", ICLR 2017) and no update of it while it wins, without
which it won for good within a minute.
"""

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import InputError, SettingsError, VoiceHubError
from voicehub.features.mfcc_inverse import (
    FRAMES_PER_SECOND,
    N_MFCC,
    mfcc_to_samples,
    samples_to_mfcc,
)

Report = Callable[[float, str], None]
_BOUND = (
    3.5  # deviations of a coefficient: speech hardly leaves it, a generator that runs away would
)


@dataclass(frozen=True)
class ArticleGanSettings:
    """Sizes and training settings."""

    noise_size: int = 100
    generator_size: int = 64
    discriminator_size: int = 64
    n_layers: int = 2
    batch_size: int = 16
    n_frames: int = 235  # 5.0 s
    generator_rate: float = 5e-4
    discriminator_rate: float = 1e-3
    betas: tuple[float, float] = (0.5, 0.9)
    instance_noise: float = 0.4  # deviations of a coefficient, see ``GanTraining.step``
    patience: float = (
        1.1  # the discriminator learns only while its loss is above; chance is 2 ln 2 = 1.39
    )
    averaging: float = 0.98  # what the averaged weights keep of themselves at each step
    max_steps: int | None = None

    def __post_init__(self) -> None:
        for name in (
            "noise_size",
            "generator_size",
            "discriminator_size",
            "n_layers",
            "batch_size",
            "n_frames",
        ):
            if getattr(self, name) < 1:
                raise SettingsError(f"need {name} >= 1, got {getattr(self, name)}")
        for name in ("generator_rate", "discriminator_rate"):
            if getattr(self, name) <= 0:
                raise SettingsError(f"need {name} > 0, got {getattr(self, name):g}")
        for name in ("instance_noise", "patience"):
            if getattr(self, name) < 0:
                raise SettingsError(f"need {name} >= 0, got {getattr(self, name):g}")
        if not 0 <= self.averaging < 1:
            raise SettingsError(f"need 0 <= averaging < 1, got {self.averaging:g}")


class MfccGenerator(nn.Module):
    """LSTM layers over noise and a linear layer to normalised MFCCs."""

    def __init__(self, settings: ArticleGanSettings) -> None:
        super().__init__()
        self.noise_size = settings.noise_size
        size = settings.generator_size
        self.lstm = nn.LSTM(settings.noise_size, size, settings.n_layers, batch_first=True)
        self.linear = nn.Linear(size, N_MFCC)
        _spread_inputs(self.lstm)
        self._match_spread()

    def forward(self, noise: Tensor) -> Tensor:
        """Map noise (batch, n_frames, noise_size) to MFCCs (batch, n_frames, 20) within ``_BOUND``."""
        mfcc: Tensor = self.linear(self.lstm(noise)[0])
        return _BOUND * torch.tanh(mfcc / _BOUND)

    @torch.no_grad()
    def _match_spread(self) -> None:
        """Scale the last layer so that each coefficient has deviation one, as real ones have."""
        nn.init.zeros_(self.linear.bias)
        first = self(torch.randn(16, 64, self.noise_size))
        self.linear.weight /= first.std((0, 1))[:, None] + 1e-6


class MfccDiscriminator(nn.Module):
    """LSTM layers over normalised MFCCs and a logit for every frame, given all frames before it."""

    def __init__(self, settings: ArticleGanSettings) -> None:
        super().__init__()
        size = settings.discriminator_size
        self.lstm = nn.LSTM(N_MFCC, size, settings.n_layers, batch_first=True)
        self.linear = nn.Linear(size, 1)
        _spread_inputs(self.lstm)

    def forward(self, mfcc: Tensor) -> Tensor:
        """Map MFCCs (batch, n_frames, 20) to logits (batch, n_frames) that they are real."""
        # From the last frame's logit alone hardly any gradient reaches the first seconds.
        logits: Tensor = self.linear(self.lstm(mfcc)[0])[..., 0]
        return logits


def generator_loss(fake_logits: Tensor) -> Tensor:
    """Return -log D(G(z)), mean over batch and frames."""
    return binary_cross_entropy_with_logits(fake_logits, torch.ones_like(fake_logits))


def discriminator_loss(fake_logits: Tensor, real_logits: Tensor) -> Tensor:
    """Return -log D(x) - log(1 - D(G(z))), each a mean over batch and frames."""
    real = binary_cross_entropy_with_logits(real_logits, torch.ones_like(real_logits))
    fake = binary_cross_entropy_with_logits(fake_logits, torch.zeros_like(fake_logits))
    return real + fake


@dataclass(frozen=True)
class StepLosses:
    """The losses of one step, the discriminator's from before its update."""

    generator: float
    discriminator: float


@dataclass
class ArticleGan:
    """A trained generator with the mean and deviation of its MFCCs, both (20, 1)."""

    generator: MfccGenerator
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    losses: list[StepLosses] = field(default_factory=list)

    def sample_mfcc(self, count: int, seconds: float, seed: int = 0) -> NDArray[np.float32]:
        """Return ``count`` new MFCC sequences, (count, 20, n_frames)."""
        if count < 1 or seconds <= 0:
            raise InputError(f"need count >= 1 and seconds > 0, got {count} and {seconds:g}")
        n_frames = 1 + round(seconds * FRAMES_PER_SECOND)
        randomness = torch.Generator().manual_seed(seed)
        noise = draw_noise(count, n_frames, self.generator.noise_size, randomness)
        with torch.inference_mode():
            normalised: NDArray[np.float32] = self.generator(noise).transpose(1, 2).numpy()
        return normalised * self.deviation + self.mean

    def sample(self, count: int, seconds: float, seed: int = 0) -> list[Waveform]:
        """Return ``count`` new waveforms of about ``seconds``; those that would clip are scaled."""
        return [
            _within_full_scale(mfcc_to_samples(mfcc, seed))
            for mfcc in self.sample_mfcc(count, seconds, seed)
        ]


def draw_noise(count: int, n_frames: int, size: int, randomness: torch.Generator) -> Tensor:
    """Return Gaussian noise, (count, n_frames, size)."""
    return torch.randn(count, n_frames, size, generator=randomness)


def train_article_gan(
    waveforms: Sequence[Waveform],
    seconds_budget: float,
    seed: int,
    report: Report,
    settings: ArticleGanSettings | None = None,
) -> ArticleGan:
    """Train on ``waveforms`` for ``seconds_budget`` of wall-clock time or up to the step limit."""
    settings = settings or ArticleGanSettings()
    stream = mfcc_stream(waveforms, settings.n_frames)
    mean = stream.mean(1, keepdims=True)
    deviation = stream.std(1, keepdims=True) + np.float32(1e-6)
    frames = torch.from_numpy((stream - mean) / deviation).T.contiguous()
    randomness = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        training = GanTraining(settings)
    started = time.monotonic()
    losses: list[StepLosses] = []
    while len(losses) != settings.max_steps:
        spent = time.monotonic() - started
        if spent >= seconds_budget:
            break
        losses.append(training.step(_crops(frames, settings, randomness), randomness))
        _check_finite(losses)
        _report_step(report, spent / seconds_budget, losses)
    if not losses:
        raise InputError(f"no step fits into a budget of {seconds_budget:g} s")
    return ArticleGan(training.averaged.eval(), mean, deviation, losses)


def mfcc_stream(waveforms: Sequence[Waveform], min_frames: int) -> NDArray[np.float32]:
    """Return the MFCCs of all ``waveforms`` one after the other, (20, n_frames).

    Crops may then cross from one utterance into the next, as read sentences follow each other.
    """
    parts = [
        samples_to_mfcc(resample(waveform.samples, waveform.sample_rate, SAMPLE_RATE))
        for waveform in waveforms
    ]
    n_frames = sum(part.shape[1] for part in parts)
    if n_frames < min_frames:
        raise InputError(
            f"the article's GAN needs {min_frames / FRAMES_PER_SECOND:.1f} s of speech, "
            f"got {n_frames / FRAMES_PER_SECOND:.1f} s"
        )
    return np.concatenate(parts, axis=1)


class GanTraining:
    """Both networks, their optimisers, and the running average of the generator."""

    def __init__(self, settings: ArticleGanSettings) -> None:
        self.settings = settings
        self.generator = MfccGenerator(settings)
        self.discriminator = MfccDiscriminator(settings)
        self.averaged = copy.deepcopy(self.generator).requires_grad_(False)
        self._generator_optimiser = torch.optim.Adam(
            self.generator.parameters(), settings.generator_rate, settings.betas
        )
        self._discriminator_optimiser = torch.optim.Adam(
            self.discriminator.parameters(), settings.discriminator_rate, settings.betas
        )

    def step(self, real: Tensor, randomness: torch.Generator) -> StepLosses:
        """Update the discriminator, then the generator, on one batch (batch, n_frames, 20)."""
        batch, n_frames, _ = real.shape
        noise = draw_noise(batch, n_frames, self.generator.noise_size, randomness)
        fake = self.generator(noise)
        # On both sides, so that the two overlap: without, the discriminator soon knows every sample for sure.
        blur = torch.randn((2, *real.shape), generator=randomness) * self.settings.instance_noise
        fake_seen, real_seen = fake + blur[0], real + blur[1]
        d_loss = discriminator_loss(
            self.discriminator(fake_seen.detach()), self.discriminator(real_seen)
        )
        if float(d_loss.detach()) > self.settings.patience:
            _update(self._discriminator_optimiser, d_loss)
        g_loss = generator_loss(self.discriminator(fake_seen))
        _update(self._generator_optimiser, g_loss)
        self._average()
        return StepLosses(float(g_loss.detach()), float(d_loss.detach()))

    def _average(self) -> None:
        pairs = zip(self.averaged.parameters(), self.generator.parameters(), strict=True)
        for average, current in pairs:
            average.lerp_(current.detach(), 1 - self.settings.averaging)


def _spread_inputs(lstm: nn.LSTM) -> None:
    """Draw weights for gates of spread one on inputs of spread one: smaller ones start linear."""
    for name, weights in lstm.named_parameters():
        if name.startswith("weight_ih"):
            nn.init.normal_(weights, std=weights.shape[1] ** -0.5)
        elif name.startswith("weight_hh"):
            nn.init.orthogonal_(weights)
        else:
            nn.init.zeros_(weights)


def _update(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()


def _crops(frames: Tensor, settings: ArticleGanSettings, randomness: torch.Generator) -> Tensor:
    """Return a batch of random crops of ``frames`` (total, 20), (batch, n_frames, 20)."""
    starts = torch.randint(
        len(frames) - settings.n_frames + 1, (settings.batch_size, 1), generator=randomness
    )
    return frames[starts + torch.arange(settings.n_frames)]


def _check_finite(losses: Sequence[StepLosses]) -> None:
    last = losses[-1]
    if not np.isfinite([last.generator, last.discriminator]).all():
        raise VoiceHubError(f"training of the article's GAN diverged at step {len(losses)}")


def _report_step(report: Report, fraction: float, losses: Sequence[StepLosses]) -> None:
    last = losses[-1]
    report(
        min(1.0, fraction),
        f"step {len(losses)}: generator {last.generator:.3f}, "
        f"discriminator {last.discriminator:.3f}",
    )


def _within_full_scale(samples: NDArray[np.float32]) -> Waveform:
    peak = float(np.abs(samples).max(initial=0.0))
    return Waveform(samples if peak <= 1 else (samples / peak).astype(np.float32))
