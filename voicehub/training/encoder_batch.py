"""Batches for the content encoder and the listener: crops of many speakers, strung together where they are short."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from voicehub.features.mel import HOP_LENGTH
from voicehub.training.corpus import Corpus, Utterance
from voicehub.training.mel_augment import (
    add_noise,
    add_reverb,
    mask_spectrogram,
    warp_vocal_tract,
)

CROP_FRAMES = 352
SLOWEST, FASTEST = 0.88, 1.14  # rates at which a crop is spoken again
_CORPUS_WEIGHT = {
    "aishell_sample": 1.6, "audio_cmn_hsk": 1.3, "audio_cmn_syllabs": 0.8, "kathleen": 0.6,
    "ljspeech_part1": 0.8, "speechocean762": 0.6,
}  # fmt: skip


@dataclass(frozen=True)
class Crops:
    """``mel`` (batch, n_mels, frames), ``f0``, ``phones`` and ``tones`` (batch, frames), -1 where not known.

    ``rows`` (batch, about 1.15 frames) are the corpus' frames that they were cut from, ``rates`` (batch,) how many of
    these a frame of the crop goes on.
    """

    mel: Tensor
    f0: Tensor
    phones: Tensor
    tones: Tensor
    rows: NDArray[np.int64]
    rates: NDArray[np.float32]


class EncoderBatches:
    """Draws crops, some of them from utterances without a transcript where there are any."""

    def __init__(self, corpus: Corpus, utterances: Sequence[Utterance]) -> None:
        self.corpus = corpus
        self.known = _Pool([u for u in utterances if is_labelled(corpus, u)])
        self.unknown = _Pool(
            [u for u in utterances if not is_labelled(corpus, u) and u.frames > 1.2 * CROP_FRAMES]
        )

    def draw(self, rng: np.random.Generator, size: int, unknown: int = 0) -> Crops:
        """Return ``size`` crops; the last ``unknown`` of them have no transcript."""
        pools = [self.known] * (size - unknown) + [self.unknown] * unknown
        crops = [self._crop(pool, rng) for pool in pools]
        mel, f0, phones, tones = (
            torch.from_numpy(np.stack([crop[k] for crop in crops])) for k in range(4)
        )
        rows = np.stack([crop[4] for crop in crops])
        rates = np.array([crop[5] for crop in crops], np.float32)
        return Crops(mel.transpose(1, 2), f0, phones, tones, rows, rates)

    def waveforms(self, crops: Crops) -> NDArray[np.float32]:
        """Return the samples of the crops' rows, (batch, rows * 256), in [-1, 1]."""
        starts = self.corpus.row_samples[crops.rows][..., None] + np.arange(HOP_LENGTH)
        samples = self.corpus.samples[np.minimum(starts, len(self.corpus.samples) - 1)]
        return samples.reshape(len(crops.rows), -1).astype(np.float32) / 32767

    def _crop(self, pool: "_Pool", rng: np.random.Generator) -> tuple[NDArray, ...]:
        """Return mel, f0, phones and tones of CROP_FRAMES frames, spoken at a random rate, their rows and the rate."""
        first, rows = pool.draw(rng)
        rate = rng.uniform(SLOWEST, FASTEST)
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
        return mel, f0, phones, tones if chinese else np.full_like(tones, -1), rows, rate


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


def augmented(mel: Tensor, rng: np.random.Generator) -> Tensor:
    """Return (batch, n_mels, frames) through other vocal tracts, in rooms and noise, with holes."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    mel = warp_vocal_tract(mel, 0.84 + 0.32 * torch.rand(len(mel), generator=generator))
    if rng.random() < 0.4:
        mel = add_reverb(mel, generator)
    if rng.random() < 0.7:
        mel = add_noise(mel, generator)
    return mask_spectrogram(mel, generator)


def is_labelled(corpus: Corpus, utterance: Utterance) -> bool:
    """Return whether the phones of an utterance are known."""
    return utterance.number in corpus.tokens
