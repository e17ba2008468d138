"""A prepared corpus in memory-mapped arrays, and random crops from it."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicehub.errors import InputError
from voicehub.features.mel import HOP_LENGTH, MODEL_MEL
from voicehub.speaker.embedding import EMBEDDING_SIZE, unit


@dataclass(frozen=True)
class Utterance:
    """Where one utterance lies in the flat arrays, and what is known of it."""

    number: int
    sample_start: int
    samples: int
    frame_start: int
    frames: int
    record: dict[str, Any]

    @property
    def frame_slice(self) -> slice:
        """Return the rows of the frame arrays that belong to it."""
        return slice(self.frame_start, self.frame_start + self.frames)


class Corpus:
    """Read-only access to what ``prepare`` wrote, with the alignment when it is there."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "index.json").exists():
            raise InputError(f"no prepared corpus in {folder}; run the prepare stage first")
        self.folder = folder
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        self.utterances = [
            Utterance(
                number, item["sample_start"], item["samples"], item["frame_start"], item["frames"],
                item,
            )
            for number, item in enumerate(index)
        ]  # fmt: skip
        self.samples = np.memmap(folder / "samples.i16", np.int16, "r")
        self.mel = np.memmap(folder / "mel.f16", np.float16, "r").reshape(-1, MODEL_MEL.n_mels)
        self.f0 = np.memmap(folder / "f0.f16", np.float16, "r")
        self.energy = np.memmap(folder / "energy.f16", np.float16, "r")
        embeddings = np.fromfile(folder / "embedding.f32", np.float32)
        self.embeddings = embeddings.reshape(-1, EMBEDDING_SIZE)

    @cached_property
    def phones(self) -> NDArray[np.int8]:
        """Phone index of each frame, -1 where there is no transcript."""
        return np.memmap(self.folder / "phones.i8", np.int8, "r")

    @cached_property
    def accents(self) -> NDArray[np.int8]:
        """Accent of each frame, -1 where there is no transcript."""
        return np.memmap(self.folder / "accents.i8", np.int8, "r")

    @cached_property
    def row_samples(self) -> NDArray[np.int64]:
        """Number of the first sample of each frame."""
        starts = [
            u.sample_start + np.arange(u.frames, dtype=np.int64) * HOP_LENGTH
            for u in self.utterances
        ]
        return np.concatenate(starts)

    @cached_property
    def tokens(self) -> dict[int, NDArray[np.int16]]:
        """Aligned tokens of each transcribed utterance: [phone, accent, boundary, zh, frames] rows."""
        with np.load(self.folder / "tokens.npz") as file:
            return {int(name): file[name] for name in file.files}

    @cached_property
    def speakers(self) -> dict[str, list[int]]:
        """Utterance numbers of each speaker."""
        groups: dict[str, list[int]] = {}
        for utterance in self.utterances:
            groups.setdefault(utterance.record["speaker"], []).append(utterance.number)
        return groups

    def transcribed(self) -> list[Utterance]:
        """Return the utterances whose words are known."""
        return [u for u in self.utterances if u.record["text"]]

    def speaker_embedding(self, speaker: str, rng: np.random.Generator) -> NDArray[np.float32]:
        """Return the mean embedding of up to eight random utterances of ``speaker``, (256,)."""
        numbers = self.speakers[speaker]
        count = min(len(numbers), int(rng.integers(1, 9)))
        return unit(self.embeddings[rng.choice(numbers, count, replace=False)].mean(0))

    def waveform(self, utterance: Utterance, frame: int, n_frames: int) -> NDArray[np.float32]:
        """Return the (n_frames - 1) * 256 samples between ``frame`` and the last, in [-1, 1]."""
        start = utterance.sample_start + frame * HOP_LENGTH
        raw = self.samples[start : start + (n_frames - 1) * HOP_LENGTH]
        return raw.astype(np.float32) / 32767
