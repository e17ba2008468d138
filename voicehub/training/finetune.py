"""Cloning: the base is tuned to one speaker's recordings, without transcripts, as a small adapter."""

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import AdamW

from voicehub.audio.waveform import Waveform
from voicehub.errors import SettingsError
from voicehub.model.adapter import extract_adapter, with_adapter
from voicehub.model.base import Base
from voicehub.model.device import autocast
from voicehub.model.losses import ALTERNATING, spectral_loss
from voicehub.model.voice import VoiceModel
from voicehub.settings import TUNING_STEPS
from voicehub.training.finetune_data import (
    SpeakerBatches,
    SpeakerData,
    speaker_data,
)
from voicehub.training.generator_batch import Batch
from voicehub.training.generator_stage import (
    GeneratorOptions,
    band_limited,
    critics_crop,
    critics_step,
    to_device,
)
from voicehub.training.loop import Report, learning_rate, set_learning_rate
from voicehub.training.state import load_state, save_state
from voicehub.training.traits import measure_traits, voice_from_traits

CROP_FRAMES = 48
_BATCH = 12
_SCORE_BATCHES = 3
_SCORE_EVERY = 40
_TELL_EVERY = (
    5  # steps: often enough to be seen falling, and nothing beside the half second of a step
)
_SAVE_SECONDS = 10.0
_PATIENCE = 4  # scores without improvement that end the tuning
_ADAPTER_RATE, _FULL_RATE, _CRITIC_RATE = 2e-3, 3e-4, 2e-4
# The critics make speech crisper at a small cost in spectral distance, which must stay under this ratio.
_CRITIC_TOLERANCE = 1.03


@dataclass(frozen=True)
class CloneOptions:
    """How long and what to tune; ``critics_share`` of it runs against the discriminators.

    It ends with ``steps``, or with ``seconds`` of tuning, of which the schedule then makes use in full.
    """

    steps: int = TUNING_STEPS
    seconds: float | None = None
    seed: int = 0
    full: bool = False
    critics_share: float = 0.4

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= 100_000:
            raise SettingsError(f"need 1 <= steps <= 100000, got {self.steps}")
        if self.seconds is not None and not self.seconds > 0:
            raise SettingsError(f"need seconds > 0, got {self.seconds}")
        if not 0 <= self.critics_share <= 1:
            raise SettingsError(f"need 0 <= critics_share <= 1, got {self.critics_share}")


@dataclass(frozen=True)
class Score:
    """One scoring along the way: the voice as it is at ``step``."""

    step: int
    seconds: float
    held_out: float
    voice: VoiceModel


@dataclass(frozen=True)
class Watch:
    """Who is told along the way: of every scoring, the first before any step, and of the losses.

    ``losses`` gets a step and the mean of each loss over the few steps up to it.
    """

    score: Callable[[Score], None]
    losses: Callable[[int, dict[str, float]], None]


@dataclass(frozen=True)
class CloneResult:
    """The tuned voice, what was measured, and a row per score along the way."""

    voice: VoiceModel
    metrics: dict[str, Any]
    history: list[dict[str, float]] = field(default_factory=list)


def zero_shot_voice(base: Base, recordings: Sequence[Waveform]) -> VoiceModel:
    """Return a voice from what its recordings show without training, usable at once."""
    return voice_from_traits(base, [measure_traits(base, recording) for recording in recordings])


def clone_voice(
    base: Base,
    recordings: Sequence[Waveform],
    options: CloneOptions,
    report: Report,
    stop: Callable[[], bool] = lambda: False,
    work: Path | None = None,
    transcripts: Sequence[str] | None = None,
    watch: Watch | None = None,
) -> CloneResult:
    """Tune ``base`` to the speaker of ``recordings`` and return the best voice found.

    ``stop`` is asked before every step; once true, the best so far is returned. With ``work`` the state is kept
    there and a later call with the same folder goes on from it. ``transcripts``, one a recording, make better
    labels of what is said; without them it is decoded. ``watch`` is told how it goes.
    """
    began = time.monotonic()
    report(0.0, "listening to the recordings")
    data = speaker_data(base, recordings, options.seed, transcripts)
    prepared = time.monotonic() - began
    tuner = Tuner(base, data, options, watch)
    tuner.run(report, stop, work)
    voice = VoiceModel(data.embedding, data.stats, base.id, tuner.best_adapter, data.timbre)
    metrics = {
        "speech_seconds": round(data.seconds, 2),
        "steps": tuner.step,
        "best_step": tuner.best_step,
        "held_out_before": round(tuner.history[0]["held_out"], 4) if tuner.history else None,
        "held_out_after": round(tuner.best_score, 4),
        "prepare_seconds": round(prepared, 2),
        "total_seconds": round(time.monotonic() - began, 2),
    }
    return CloneResult(voice, metrics, tuner.history)


class Tuner:
    """Tunes one voice; the adapter with the best held-out score is kept."""

    def __init__(
        self, base: Base, data: SpeakerData, options: CloneOptions, watch: Watch | None = None
    ) -> None:
        self.base, self.options, self.device = base, options, base.device
        self.data, self.watch = data, watch
        torch.manual_seed(options.seed)
        self.tuned = _trainable_copy(base, options.full)
        self.discriminators = base.load_discriminators().train()
        parameters = [p for p in self.tuned.parameters() if p.requires_grad]
        self.rate = _FULL_RATE if options.full else _ADAPTER_RATE
        self.optimiser = AdamW(parameters, self.rate, (0.8, 0.99), weight_decay=0.0, fused=True)
        self.critic = AdamW(self.discriminators.parameters(), _CRITIC_RATE, (0.8, 0.99), fused=True)
        self.batches = SpeakerBatches(data.training, data.embedding, data.timbre, CROP_FRAMES)
        score_rng = np.random.default_rng(99)
        held_out = SpeakerBatches(data.held_out, data.embedding, data.timbre, CROP_FRAMES)
        self.score_batches = [held_out.draw(_BATCH, score_rng) for _ in range(_SCORE_BATCHES)]
        self.step = self.best_step = 0
        self.best_score = float("inf")
        self.best_adapter = self._adapter()
        self.history: list[dict[str, float]] = []
        self.losses: dict[str, list[float]] = {}  # since they were last told

    def run(self, report: Report, stop: Callable[[], bool], work: Path | None) -> None:
        """Train to the end of the budget, a plateau, or ``stop``."""
        state = work / "tuning.safetensors" if work else None
        modules = {"tuned": self.tuned, "discriminators": self.discriminators}
        optimisers = {"tuned": self.optimiser, "critic": self.critic}
        if state and state.exists():
            self.step = load_state(state, modules, optimisers)
        began = saved = time.monotonic()
        first, total = self.step, self.options.steps
        self._score(0.0)
        stale = 0
        while self.step < total and not stop():
            self._train(self._progress(time.monotonic() - began))
            self.step += 1
            elapsed = time.monotonic() - began
            progress = self._progress(elapsed)
            left = elapsed / (self.step - first) * (total - self.step)
            if self.options.seconds is not None:
                left = min(left, max(0.0, self.options.seconds - elapsed))
            report(
                min(1.0, progress), f"tuning step {self.step} of {total}, about {left:.0f} s left"
            )
            if self.step % _TELL_EVERY == 0 or progress >= 1:
                self._tell_losses()
            if self.step % _SCORE_EVERY == 0 or progress >= 1:
                stale = 0 if self._score(elapsed) else stale + 1
                if progress >= 1 or stale >= _PATIENCE:
                    break
            if state and (stop() or time.monotonic() - saved > _SAVE_SECONDS):
                save_state(state, modules, optimisers, self.step)
                saved = time.monotonic()

    def _progress(self, elapsed: float) -> float:
        """Return the share of the budget that is used, of steps or of seconds, whichever ends first."""
        share = self.step / self.options.steps
        return share if self.options.seconds is None else max(share, elapsed / self.options.seconds)

    def _train(self, progress: float) -> None:
        options = self.options
        rng = np.random.default_rng((options.seed, 3, self.step))
        torch.manual_seed(options.seed * 1_000_003 + self.step)
        batch = to_device(self.batches.draw(_BATCH, rng), self.device)
        set_learning_rate(self.optimiser, learning_rate(int(progress * 1000), 1000, self.rate, 30))
        with autocast(self.device):
            fake = self.tuned(batch.controls)
        scales = ALTERNATING[self.step % 2]
        loss, _ = spectral_loss(fake, batch.real, batch.bandwidth, scales)
        self.losses.setdefault("spectral", []).append(loss.item())
        if progress >= 1 - options.critics_share:
            adversarial = self._adversarial(fake, batch, rng)
            self.losses.setdefault("adversarial", []).append(adversarial.item())
            loss = 8.0 * loss + adversarial
        loss.backward()
        nn.utils.clip_grad_norm_(self.tuned.parameters(), 5.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)

    def _adversarial(self, fake: Tensor, batch: Batch, rng: np.random.Generator) -> Tensor:
        loss, _ = critics_step(
            self.discriminators,
            self.critic,
            critics_crop(band_limited(fake, batch), batch.controls.speaker, rng),
            GeneratorOptions(self.options.steps),
            self.device,
        )
        return loss

    @torch.no_grad()
    def _score(self, seconds: float) -> bool:
        """Score the held-out speech, keep the adapter if it is the best, and return whether it is."""
        losses = []
        for batch in self.score_batches:
            moved = to_device(batch, self.device)
            with autocast(self.device):
                fake = self.tuned(moved.controls, torch.Generator().manual_seed(0))
            losses.append(spectral_loss(fake, moved.real, moved.bandwidth)[0].item())
        score = float(np.mean(losses))
        self.history.append({"step": self.step, "seconds": round(seconds, 2), "held_out": score})
        critics = self._progress(seconds) > 1 - self.options.critics_share
        good = score < self.best_score * (_CRITIC_TOLERANCE if critics else 1.0)
        if good:
            self.best_score = min(score, self.best_score)
            self.best_step, self.best_adapter = self.step, self._adapter()
        if self.watch:
            data = self.data
            voice = VoiceModel(
                data.embedding, data.stats, self.base.id, self._adapter(), data.timbre
            )
            self.watch.score(Score(self.step, round(seconds, 2), score, voice))
        return good

    def _tell_losses(self) -> None:
        if self.watch:
            means = {name: float(np.mean(values)) for name, values in self.losses.items()}
            self.watch.losses(self.step, means)
        self.losses.clear()

    def _adapter(self) -> dict[str, Tensor]:
        if not self.options.full:
            return extract_adapter(self.tuned)
        parameters = self.tuned.named_parameters()
        return {f"{name}/value": p.detach().half().cpu().clone() for name, p in parameters}


def _trainable_copy(base: Base, full: bool) -> Any:
    if full:
        return copy.deepcopy(base.generator).requires_grad_(True)
    return with_adapter(base.generator)
