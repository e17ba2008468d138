"""Batches for the generator: crops of speech with what drives them, some as invented speakers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.features.mel import HOP_LENGTH
from voicehub.model.analysis import GUARD
from voicehub.model.generator import Controls
from voicehub.model.timbre import (
    PhoneSpectra,
    estimate_timbre,
    phone_spectra,
    sum_spectra,
    usual_timbre,
)
from voicehub.text.phonemes import PHONES
from voicehub.training.content_stage import RATES
from voicehub.training.corpus import Corpus, Utterance
from voicehub.training.mel_augment import warp_vocal_tract

_VARIANT_SHARE = 0.35
_TEXT_SHARE = 0.5  # of crops driven by hard phones, as text to speech will
_PHONES_ALONE_SHARE = 0.1  # of all: without the detail of content
_SPEAKER_WEIGHT = {
    "aishell_sample": 2.0,
    "audio_cmn_hsk": 2.0,
    "ljspeech_part1": 2.0,
    "kathleen": 2.0,
}
_NARROW = 7600.0  # Hz: of half the timbres no more is told, as of most recordings
_USUAL = 1500  # utterances whose mean is what is usual


@dataclass(frozen=True)
class Batch:
    """``real`` (batch, (frames - 1) * 256) samples, its ``bandwidth`` (batch,) in Hz, and the controls."""

    controls: Controls
    real: Tensor
    bandwidth: Tensor


class GeneratorBatches:
    """Draws speakers evenly enough that many voices count more than much speech.

    ``nameless`` is the share of crops without the embedding, so that timbre alone must tell the speaker.
    """

    def __init__(
        self,
        corpus: Corpus,
        utterances: Sequence[Utterance],
        frames: int,
        nameless: float = 0.0,
    ) -> None:
        self.corpus, self.frames, self.nameless = corpus, frames, nameless
        self.utterances = [u for u in utterances if u.frames > int(frames * max(RATES)) + 4]
        folder, n_frames = corpus.folder, len(corpus.mel)
        shape = (n_frames, len(PHONES))
        self.content = np.memmap(folder / "content.f16", np.float16, "r", shape=shape)
        self.heard, self.spoken = (
            np.memmap(folder / f"{name}.f16", np.float16, "r").reshape(n_frames, -1)
            for name in ("heard", "spoken")
        )
        self.hard = np.memmap(folder / "hard.i8", np.int8, "r")
        with np.load(folder / "variants.npz") as file:
            self.variants = {name: file[name] for name in file.files}
        self._spectra: dict[int, PhoneSpectra] = {}
        self.usual = np.zeros((len(PHONES), self.corpus.mel.shape[1]), np.float32)
        total: dict[str, float] = {}
        for utterance in self.utterances:
            speaker = utterance.record["speaker"]
            total[speaker] = total.get(speaker, 0.0) + utterance.frames
        weight = [
            _SPEAKER_WEIGHT.get(u.record["corpus"], 1.0)
            * u.frames
            / total[u.record["speaker"]] ** 0.5
            for u in self.utterances
        ]
        self.probability = np.array(weight) / sum(weight)

    def draw(self, size: int, rng: np.random.Generator) -> Batch:
        """Return ``size`` random crops."""
        chosen = rng.choice(len(self.utterances), size, p=self.probability)
        return collate([self._crop(self.utterances[k], rng) for k in chosen])

    def _crop(self, utterance: Utterance, rng: np.random.Generator) -> tuple[NDArray, ...]:
        speaker = utterance.record["speaker"]
        kind = int(rng.integers(len(RATES))) if rng.random() < _VARIANT_SHARE else None
        rate = 1.0 if kind is None else RATES[kind]
        need = int(np.ceil((self.frames - 1) * rate)) + 2
        start = int(rng.integers(0, utterance.frames - need))
        if kind is None:
            real = self.corpus.waveform(utterance, start, self.frames)
            embedding = self.corpus.speaker_embedding(speaker, rng)
        else:
            real = self.corpus.waveform(utterance, start, need)
            real = resample(real, SAMPLE_RATE * rate, SAMPLE_RATE)
            embedding = self.variants[speaker][kind]
        length = (self.frames - 1) * HOP_LENGTH
        real = np.pad(real, (0, max(0, length - len(real))))[:length]
        rows = utterance.frame_start + start + np.rint(np.arange(self.frames) * rate).astype(int)
        f0 = self.corpus.f0[rows].astype(np.float32) * rate
        energy = self.corpus.energy[rows].astype(np.float32)
        if rng.random() < _TEXT_SHARE:
            content = np.eye(len(PHONES), dtype=np.float32)[self.hard[rows].astype(int)]
            energy = smooth(energy, int(rng.integers(1, 6)))
            detail = self.spoken[rows].astype(np.float32)
        else:
            content = self.content[rows].astype(np.float32)
            detail = self.heard[rows].astype(np.float32)
        if rng.random() < _PHONES_ALONE_SHARE:
            detail = np.zeros_like(detail)
        gain = np.float32(rng.uniform(-0.7, 0.5))  # natural log: -6 to +4 dB
        real = np.clip(real * np.exp(gain), -1, 1).astype(np.float32)
        bandwidth = np.float32(min(rate * _bandwidth(utterance), SAMPLE_RATE / 2))
        timbre = self._timbre(utterance, rate, rng)
        if rng.random() < self.nameless:
            embedding = np.zeros_like(embedding)
        return content.T, f0, energy + gain, embedding, detail.T, timbre, real, bandwidth

    def _timbre(
        self, utterance: Utterance, rate: float, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Return the timbre of the speaker from other utterances than this, played ``rate`` times as fast."""
        own = self.corpus.speakers[utterance.record["speaker"]]
        others = [number for number in own if number != utterance.number] or own
        chosen = rng.choice(others, min(len(others), int(rng.integers(1, 13))), replace=False)
        spectra = sum_spectra(self.spectra(self.corpus.utterances[k]) for k in chosen)
        if rng.random() < 0.5:
            spectra = spectra.below(_NARROW)
        timbre = estimate_timbre(spectra, self.usual)
        if rate == 1.0:
            return timbre
        warped = warp_vocal_tract(torch.from_numpy(timbre.T)[None], torch.tensor([rate]))
        return np.ascontiguousarray(warped[0].T.numpy())

    def spectra(self, utterance: Utterance) -> PhoneSpectra:
        """Return the sums of spectra by phone of an utterance, reckoned at first use."""
        known = self._spectra.get(utterance.number)
        if known is None:
            rows = utterance.frame_slice
            posteriors, mel = (
                np.asarray(part[rows], np.float32).T for part in (self.content, self.corpus.mel)
            )
            known = phone_spectra(posteriors, mel, _bandwidth(utterance))
            self._spectra[utterance.number] = known
        return known

    def measure_usual(self) -> NDArray[np.float32]:
        """Return the timbre of all speakers together, each counting alike."""
        count = min(_USUAL, len(self.utterances))
        numbers = np.random.default_rng(0).choice(len(self.utterances), count, p=self.probability)
        return usual_timbre(sum_spectra(self.spectra(self.utterances[k]) for k in numbers))


def _bandwidth(utterance: Utterance) -> float:
    return GUARD * min(utterance.record["source_rate"], SAMPLE_RATE) / 2


def smooth(values: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Return the moving average over ``width`` frames, the edges held."""
    if width <= 1:
        return values
    padded = np.pad(values, (width // 2, width - 1 - width // 2), mode="edge")
    return np.convolve(padded, np.full(width, 1 / width), "valid").astype(np.float32)


def collate(crops: Sequence[tuple[NDArray, ...]]) -> Batch:
    """Stack crops of (content, f0, energy, embedding, detail, timbre or None, real, bandwidth)."""
    *driving, real, bandwidth = (
        None if column[0] is None else torch.from_numpy(np.stack(column)).float()
        for column in zip(*crops, strict=True)
    )
    return Batch(Controls(*driving), real, bandwidth)
