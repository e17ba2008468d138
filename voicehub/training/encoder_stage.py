"""Pretraining of the content encoder by cross-entropy on aligned frames, and on its own word for untranscribed ones."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW, Optimizer

from voicehub.model.content import encode_content
from voicehub.model.device import autocast
from voicehub.model.encoder import ContentEncoder, pitch_input
from voicehub.training.corpus import Corpus, Utterance
from voicehub.training.loop import Average, clip_and_step, learning_rate, set_learning_rate, world
from voicehub.training.mel_augment import (
    add_noise,
    add_reverb,
    mask_spectrogram,
    warp_vocal_tract,
)

CROP_FRAMES = 352
BATCH = 16
_UNTRANSCRIBED = 4  # of a batch, where there is speech without a transcript
_CORPUS_WEIGHT = {
    "aishell_sample": 1.6, "audio_cmn_hsk": 1.3, "audio_cmn_syllabs": 0.8, "kathleen": 0.6,
    "ljspeech_part1": 0.8, "speechocean762": 0.6,
}  # fmt: skip


class EncoderStage:
    """Trains on crops of transcribed utterances; short ones of a speaker are strung together.

    From step ``taught_from`` on, a part of each batch has no transcript: there the averaged weights hear the crop as
    it is, and what they say is what the trained weights must hear in it augmented (mean teacher, Tarvainen and
    Valpola 2017; noisy student, Xie and others 2020). Many more people speak without transcripts than with them.
    """

    name = "encoder"

    def __init__(
        self,
        corpus: Corpus,
        splits: tuple[Sequence[Utterance], Sequence[Utterance]],
        encoder: ContentEncoder,
        device: torch.device,
        steps: int,
        seed: int = 0,
        peak_rate: float = 2.0e-3,
        taught_from: int = 0,
    ) -> None:
        self.corpus, self.device, self.steps, self.seed = corpus, device, steps, seed
        self.peak_rate, self.taught_from = peak_rate, taught_from
        self.encoder = encoder.to(device)
        training, self.held_out = ([u for u in part if _labelled(corpus, u)] for part in splits)
        self.known = _Pool(training)
        untranscribed = [
            u for u in splits[0] if not _labelled(corpus, u) and u.frames > 1.2 * CROP_FRAMES
        ]
        self.unknown = _Pool(untranscribed)
        self.optimiser = AdamW(
            self.encoder.parameters(), peak_rate, betas=(0.9, 0.98), weight_decay=0.03
        )
        self.average = Average(self.encoder)

    def modules(self) -> Mapping[str, nn.Module]:
        """Return the encoder and its averaged copy."""
        return {"encoder": self.encoder, "average": self.average.module}

    def optimisers(self) -> Mapping[str, Optimizer]:
        """Return the one optimiser."""
        return {"encoder": self.optimiser}

    def train_step(self, step: int) -> dict[str, float]:
        """Run one step on a batch seeded by the step."""
        rank, _ = world()
        rng = np.random.default_rng((self.seed, step, rank))
        taught = _UNTRANSCRIBED if self.unknown.utterances and step >= self.taught_from else 0
        clean, f0, phones, tones = self._draw(rng, taught)
        mel = self._augmented(clean, rng)
        set_learning_rate(self.optimiser, learning_rate(step, self.steps, self.peak_rate))
        self.encoder.train()
        with autocast(self.device):
            phone_logits, tone_logits, _ = self.encoder(mel, pitch_input(f0))
        phone_loss = functional.cross_entropy(
            phone_logits.float(), phones, ignore_index=-1, label_smoothing=0.05
        )
        tone_loss = functional.cross_entropy(tone_logits.float(), tones, ignore_index=-1)
        tone_loss = torch.nan_to_num(tone_loss)  # a batch without Mandarin has no tones
        loss = phone_loss + tone_loss
        losses = {"phone": phone_loss.item(), "tone": tone_loss.item()}
        if taught:
            heard = self._teaching(clean[-taught:], f0[-taught:])
            own = functional.cross_entropy(phone_logits[-taught:].float(), heard)
            loss = loss + taught / BATCH * own
            losses["taught"] = own.item()
        loss.backward()
        clip_and_step(self.optimiser, self.encoder, 1.0)
        self.average.update(self.encoder, step)
        return losses

    @torch.no_grad()
    def _teaching(self, mel: Tensor, f0: Tensor) -> Tensor:
        """Return the phone posteriors that the averaged weights give for crops as they are."""
        teacher = self.average.module
        with autocast(self.device):
            logits = teacher(teacher.centre(mel).to(self.device), pitch_input(f0)).phones
        return logits.float().softmax(1)

    def _draw(self, rng: np.random.Generator, taught: int) -> tuple[Tensor, ...]:
        """Return mel (batch, n_mels, frames), f0, phones and tones; the last ``taught`` rows have no transcript."""
        crops = [self._crop(self.known, rng) for _ in range(BATCH - taught)]
        crops += [self._crop(self.unknown, rng) for _ in range(taught)]
        mel, f0, phones, tones = (
            torch.from_numpy(np.stack([crop[k] for crop in crops])) for k in range(4)
        )
        on_device = (x.to(self.device) for x in (f0, phones, tones))
        return mel.transpose(1, 2), *on_device

    def _augmented(self, mel: Tensor, rng: np.random.Generator) -> Tensor:
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        mel = warp_vocal_tract(mel, 0.84 + 0.32 * torch.rand(BATCH, generator=generator))
        if rng.random() < 0.4:
            mel = add_reverb(mel, generator)
        if rng.random() < 0.7:
            mel = add_noise(mel, generator)
        mel = mask_spectrogram(mel, generator)
        return self.encoder.centre(mel).to(self.device)

    def _crop(self, pool: "_Pool", rng: np.random.Generator) -> tuple[NDArray, ...]:
        """Return mel, f0, phones and tones of CROP_FRAMES frames, spoken at a random rate."""
        first, rows = pool.draw(rng)
        rate = rng.uniform(0.88, 1.14)
        places = np.arange(CROP_FRAMES) * rate
        nearest = np.minimum(np.rint(places).astype(int), len(rows) - 1)
        low = np.minimum(places.astype(int), len(rows) - 2)
        part = (places - low).astype(np.float32)[:, None]
        mel = self.corpus.mel[rows].astype(np.float32)
        mel = mel[low] * (1 - part) + mel[np.minimum(low + 1, len(rows) - 1)] * part
        phones = self.corpus.phones[rows[nearest]].astype(np.int64)
        accents = self.corpus.accents[rows[nearest]].astype(np.int64)
        chinese = first.record["language"] == "zh"
        tones = np.where(phones < 0, -1, np.where(accents > 5, 0, accents))
        f0 = self.corpus.f0[rows[nearest]].astype(np.float32)
        return mel, f0, phones, tones if chinese else np.full_like(tones, -1)

    def validate(self, step: int) -> dict[str, float]:
        """Return frame accuracy of the averaged weights on held-out speech, per language."""
        right: dict[str, list[float]] = {}
        for utterance in self.held_out[:: max(1, len(self.held_out) // 150)]:
            mel = self.corpus.mel[utterance.frame_slice].T
            f0 = self.corpus.f0[utterance.frame_slice]
            phone_logits, tone_logits, _ = encode_content(self.average.module, mel, f0)
            phones = torch.from_numpy(self.corpus.phones[utterance.frame_slice].astype(np.int64))
            hit = (phone_logits.argmax(0).cpu() == phones).float().mean()
            language = utterance.record["language"]
            right.setdefault(f"{language}_frames", []).append(float(hit))
            if language == "zh":
                tones = torch.from_numpy(
                    self.corpus.accents[utterance.frame_slice].astype(np.int64)
                )
                toned = tones.clamp(max=5) > 0
                match = (tone_logits.argmax(0).cpu() == tones)[toned]
                right.setdefault("zh_tones", []).append(float(match.float().mean()))
        return {key: float(np.mean(values)) for key, values in sorted(right.items())}


class _Pool:
    """Utterances to draw crops from, more often where there is more of them."""

    def __init__(self, utterances: Sequence[Utterance]) -> None:
        self.utterances = utterances
        weights = [
            _CORPUS_WEIGHT.get(u.record["corpus"], 1.0) * min(u.frames, CROP_FRAMES)
            for u in utterances
        ]
        self.probability = np.array(weights) / sum(weights)
        self.by_speaker: dict[str, list[Utterance]] = {}
        for utterance in utterances:
            self.by_speaker.setdefault(utterance.record["speaker"], []).append(utterance)

    def draw(self, rng: np.random.Generator) -> tuple[Utterance, NDArray[np.int64]]:
        """Return an utterance and the numbers of about 1.14 crops' frames, from it and others of its speaker."""
        first = self.utterances[rng.choice(len(self.utterances), p=self.probability)]
        need = int(CROP_FRAMES * 1.15) + 2
        start = int(rng.integers(0, max(1, first.frames - need + 1)))
        rows = [np.arange(first.frame_start + start, first.frame_start + first.frames)[:need]]
        companions = self.by_speaker[first.record["speaker"]]
        while sum(map(len, rows)) < need:
            other = companions[int(rng.integers(len(companions)))]
            rows.append(np.arange(other.frame_start, other.frame_start + other.frames))
        return first, np.concatenate(rows)[:need]


def _labelled(corpus: Corpus, utterance: Utterance) -> bool:
    return utterance.number in corpus.tokens
