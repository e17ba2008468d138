"""Pretraining of the prosody model on aligned transcripts."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW, Optimizer

from voicehub.model.device import autocast
from voicehub.model.prosody import ENERGY_MEAN, ENERGY_SPREAD, ProsodyModel, SpeakerStats
from voicehub.training.corpus import Corpus, Utterance
from voicehub.training.loop import Average, clip_and_step, learning_rate, set_learning_rate, world
from voicehub.training.speaker_stats import measure_stats

BATCH = 16
_MAX_FRAMES = 1500
_MIN_SCALE, _MAX_SCALE = -3.0, 2.0


class ProsodyStage:
    """Learns durations, F0, voicing and energy as Laplace distributions."""

    name = "prosody"

    def __init__(
        self,
        corpus: Corpus,
        splits: tuple[Sequence[Utterance], Sequence[Utterance]],
        model: ProsodyModel,
        device: torch.device,
        steps: int,
        seed: int = 0,
        peak_rate: float = 1.5e-3,
    ) -> None:
        self.corpus, self.device, self.steps, self.seed = corpus, device, steps, seed
        self.peak_rate = peak_rate
        self.model = model.to(device)
        self.training, self.held_out = (self._usable(part) for part in splits)
        self.stats = {
            speaker: corpus_stats(corpus, speaker)
            for speaker in {u.record["speaker"] for u in (*self.training, *self.held_out)}
        }
        self.optimiser = AdamW(
            self.model.parameters(), peak_rate, betas=(0.9, 0.98), weight_decay=0.03, fused=True
        )
        self.average = Average(self.model)

    def _usable(self, utterances: Sequence[Utterance]) -> list[Utterance]:
        tokens = self.corpus.tokens
        kept = [u for u in utterances if u.number in tokens and u.frames <= _MAX_FRAMES]
        return sorted(kept, key=lambda u: u.frames)

    def modules(self) -> Mapping[str, nn.Module]:
        """Return the model and its average."""
        return {"prosody": self.model, "average": self.average.module}

    def optimisers(self) -> Mapping[str, Optimizer]:
        """Return the one optimiser."""
        return {"prosody": self.optimiser}

    def train_step(self, step: int) -> dict[str, float]:
        """Run one step on utterances of about the same length."""
        rng = np.random.default_rng((self.seed, 7, step, world()[0]))
        centre = int(rng.integers(len(self.training)))
        low = max(0, min(centre, len(self.training) - 4 * BATCH))
        near = rng.choice(np.arange(low, min(low + 4 * BATCH, len(self.training))), BATCH)
        set_learning_rate(self.optimiser, learning_rate(step, self.steps, self.peak_rate))
        self.model.train()
        total, parts = self._losses(self.model, [self.training[k] for k in near], rng)
        total.backward()
        clip_and_step(self.optimiser, self.model, 1.0)
        self.average.update(self.model, step)
        return parts

    def _losses(
        self, model: nn.Module, utterances: Sequence[Utterance], rng: np.random.Generator
    ) -> tuple[Tensor, dict[str, float]]:
        corpus, device = self.corpus, self.device
        rows = [corpus.tokens[u.number].astype(np.int64) for u in utterances]
        tokens = _pad([torch.from_numpy(row[:, :4]) for row in rows]).to(device)
        durations = _pad([torch.from_numpy(row[:, 4]) for row in rows]).to(device)
        present = durations > 0
        speaker = np.stack([corpus.speaker_embedding(u.record["speaker"], rng) for u in utterances])
        stats = [self.stats[u.record["speaker"]] for u in utterances]
        vectors = torch.tensor([s.vector() for s in stats], device=device)
        f0 = _pad(
            [torch.from_numpy(corpus.f0[u.frame_slice].astype(np.float32)) for u in utterances]
        )
        energy = _pad(
            [torch.from_numpy(corpus.energy[u.frame_slice].astype(np.float32)) for u in utterances]
        )
        f0, energy = f0.to(device), energy.to(device)
        with autocast(device):
            hidden, log_duration = model.encode(
                tokens, torch.from_numpy(speaker).to(device), vectors, present
            )
            plan = model.decode(hidden, durations)
        real = torch.arange(f0.shape[1], device=device)[None] < durations.sum(1, keepdim=True)
        voiced = (f0 > 0) & real
        mean = torch.tensor([s.log_f0_mean for s in stats], device=device)[:, None]
        spread = torch.tensor([s.log_f0_std for s in stats], device=device)[:, None]
        normal_f0 = ((f0.clamp(min=1.0).log() - mean) / spread).clamp(-4, 4)
        target = durations.clamp(min=1).float().log()
        parts = {
            "duration": laplace(log_duration[:, 0], log_duration[:, 1], target, present),
            "f0": laplace(plan.f0, plan.f0_scale, normal_f0, voiced),
            "energy": laplace(
                plan.energy, plan.energy_scale, (energy - ENERGY_MEAN) / ENERGY_SPREAD, real
            ),
            "voicing": functional.binary_cross_entropy_with_logits(plan.voiced[real], (f0 > 0)[real].float()),
        }  # fmt: skip
        total = torch.stack(list(parts.values())).sum()
        return total, {name: value.item() for name, value in parts.items()}

    @torch.no_grad()
    def validate(self, step: int) -> dict[str, float]:
        """Return the losses of the averaged weights on held-out utterances."""
        rng = np.random.default_rng(5)
        chosen = self.held_out[:: max(1, len(self.held_out) // 96)]
        rows = []
        for start in range(0, len(chosen), BATCH):
            batch = chosen[start : start + BATCH]
            rows.append(self._losses(self.average.module, batch, rng)[1])
        return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}


def laplace(location: Tensor, log_scale: Tensor, target: Tensor, where: Tensor) -> Tensor:
    """Return the mean negative log likelihood of a Laplace distribution, up to a constant."""
    log_scale = log_scale.clamp(_MIN_SCALE, _MAX_SCALE)
    loss = (target - location).abs() * torch.exp(-log_scale) + log_scale
    return loss[where].mean()


def corpus_stats(corpus: Corpus, speaker: str) -> SpeakerStats:
    """Return the statistics of a corpus speaker over its aligned utterances."""
    numbers = [n for n in corpus.speakers[speaker] if n in corpus.tokens]
    slices = [corpus.utterances[n].frame_slice for n in numbers]
    f0 = np.concatenate([corpus.f0[rows] for rows in slices]).astype(np.float32)
    phones = np.concatenate([corpus.phones[rows] for rows in slices])
    energy = np.concatenate([corpus.energy[rows] for rows in slices]).astype(np.float32)
    return measure_stats(f0, phones, energy)


def _pad(items: Sequence[Tensor]) -> Tensor:
    return nn.utils.rnn.pad_sequence(list(items), batch_first=True)
