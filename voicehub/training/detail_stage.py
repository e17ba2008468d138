"""Pretraining of the detail that text has: guessed from phones in their places, learned from what was heard."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from voicehub.model.detail import UNKNOWN_ACCENT, UNKNOWN_LANGUAGE, DetailModel, Spelling
from voicehub.model.device import autocast
from voicehub.text.phonemes import LANGUAGES
from voicehub.training.content_stage import Report
from voicehub.training.corpus import Corpus, Utterance
from voicehub.training.generator_batch import smooth
from voicehub.training.loop import Average, clip_and_step, learning_rate, set_learning_rate, world

CROP_FRAMES = 192
BATCH = 16
_PEAK_RATE = 1.5e-3
_UNKNOWN_SHARE = 0.3  # of crops whose accents and language are hidden, as where phones were decoded


class DetailStage:
    """Least squares from the spelling of a crop to its heard detail; the tap that hears stays as it is."""

    name = "detail"

    def __init__(
        self,
        corpus: Corpus,
        splits: tuple[Sequence[Utterance], Sequence[Utterance]],
        model: DetailModel,
        device: torch.device,
        steps: int,
        seed: int = 0,
    ) -> None:
        self.corpus, self.device, self.steps, self.seed = corpus, device, steps, seed
        self.model = model.to(device)
        self.spellings = Spellings(corpus)
        self.training, self.held_out = (
            [u for u in part if u.frames > CROP_FRAMES] for part in splits
        )
        learned = [p for n, p in model.named_parameters() if not n.startswith(("tap", "norm"))]
        self.optimiser = AdamW(learned, _PEAK_RATE, (0.9, 0.98), weight_decay=0.02, fused=True)
        self.average = Average(self.model)

    def modules(self) -> Mapping[str, nn.Module]:
        """Return the model and its average."""
        return {"detail": self.model, "average": self.average.module}

    def optimisers(self) -> Mapping[str, Optimizer]:
        """Return the one optimiser."""
        return {"detail": self.optimiser}

    def train_step(self, step: int) -> dict[str, float]:
        """Run one step on random crops."""
        rng = np.random.default_rng((self.seed, 11, step, world()[0]))
        set_learning_rate(self.optimiser, learning_rate(step, self.steps, _PEAK_RATE))
        self.model.train()
        loss, _ = self._loss(self.model, self.training, rng, _UNKNOWN_SHARE)
        loss.backward()
        clip_and_step(self.optimiser, self.model, 1.0)
        self.average.update(self.model, step)
        return {"squared_error": loss.item()}

    def _loss(
        self,
        model: nn.Module,
        utterances: Sequence[Utterance],
        rng: np.random.Generator,
        unknown: float,
    ) -> tuple[Tensor, Tensor]:
        """Return the mean squared error and the variance of what was to be guessed."""
        rows = []
        for chosen in rng.choice(len(utterances), BATCH):
            utterance = utterances[chosen]
            start = int(rng.integers(0, utterance.frames - CROP_FRAMES + 1))
            first = utterance.frame_start + start
            rows.append((utterance, slice(first, first + CROP_FRAMES)))
        spelling = self.spellings.batch(rows, rng, unknown)
        heard = np.stack([self.spellings.heard[frames] for _, frames in rows])
        target = torch.from_numpy(heard.astype(np.float32)).transpose(1, 2).to(self.device)
        with autocast(self.device):
            guess = model.spoken(to(spelling, self.device))
        return (guess.float() - target).square().mean(), target.var((0, 2)).mean()

    @torch.no_grad()
    def validate(self, step: int) -> dict[str, float]:
        """Return the share of variance that the averaged weights explain on held-out speakers."""
        rng = np.random.default_rng(17)
        losses = [self._loss(self.average.module, self.held_out, rng, 0.0) for _ in range(8)]
        error, variance = (float(torch.stack(part).mean()) for part in zip(*losses, strict=True))
        return {"squared_error": error, "explained": 1 - error / variance}


class Spellings:
    """The corpus as text knows it, and what was heard of it."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        frames = len(corpus.mel)
        self.hard = np.memmap(corpus.folder / "hard.i8", np.int8, "r")
        self.heard = np.memmap(corpus.folder / "heard.f16", np.float16, "r").reshape(frames, -1)

    def batch(
        self,
        rows: Sequence[tuple[Utterance, slice]],
        rng: np.random.Generator,
        unknown: float,
    ) -> Spelling:
        """Return the frames of ``rows``, all of one length; a share ``unknown`` of them as if decoded."""
        columns = [self._crop(*row, rng, unknown) for row in rows]
        phones, accents, languages, voiced, energy = (
            torch.from_numpy(np.stack(column)) for column in zip(*columns, strict=True)
        )
        return Spelling(phones, accents, languages, voiced, energy)

    def _crop(
        self, utterance: Utterance, frames: slice, rng: np.random.Generator, unknown: float
    ) -> tuple[NDArray, ...]:
        corpus = self.corpus
        phones = self.hard[frames].astype(np.int64)
        accents = corpus.accents[frames].astype(np.int64)
        hidden = accents[0] < 0 or rng.random() < unknown
        language = LANGUAGES.index(utterance.record["language"]) if not hidden else UNKNOWN_LANGUAGE
        accents = np.full_like(phones, UNKNOWN_ACCENT) if hidden else accents
        energy = smooth(corpus.energy[frames].astype(np.float32), int(rng.integers(1, 6)))
        return phones, accents, np.full_like(phones, language), corpus.f0[frames] > 0, energy


def to(spelling: Spelling, device: torch.device) -> Spelling:
    """Return ``spelling`` on ``device``."""
    return Spelling(*(getattr(spelling, field.name).to(device) for field in fields(spelling)))


@torch.inference_mode()
def write_spoken(corpus: Corpus, model: DetailModel, report: Report) -> None:
    """Write ``spoken.f16`` (frames, detail_width): the detail that each utterance would have as text."""
    device = next(model.parameters()).device
    shape = (len(corpus.mel), model.config.detail_width)
    spoken = np.memmap(corpus.folder / "spoken.f16", np.float16, "w+", shape=shape)
    for utterance, detail in _guess(corpus, model.eval(), device):
        spoken[utterance.frame_slice] = detail
        if utterance.number % 500 == 0:
            report(utterance.number / len(corpus.utterances), "guessed the detail of text")
    spoken.flush()


def _guess(
    corpus: Corpus, model: DetailModel, device: torch.device
) -> Iterator[tuple[Utterance, NDArray[np.float16]]]:
    spellings, rng = Spellings(corpus), np.random.default_rng(23)
    for utterance in corpus.utterances:
        spelling = spellings.batch([(utterance, utterance.frame_slice)], rng, _UNKNOWN_SHARE)
        with autocast(device):
            detail = model.spoken(to(spelling, device))[0]
        yield utterance, detail.float().T.numpy(force=True).astype(np.float16)
