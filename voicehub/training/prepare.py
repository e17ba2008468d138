"""First stage of pretraining: decode a corpus once into flat arrays that training can crop from.

Written to a folder: ``samples.i16``, ``mel.f16`` (frames, 80), ``f0.f16``, ``energy.f16``, ``embedding.f32``
(utterances, 256) and ``index.json``. Finished parts are kept, so a killed preparation goes on where it was.
"""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from voicehub.audio.activity import trim_silence
from voicehub.audio.files import read_audio
from voicehub.audio.loudness import normalise_loudness
from voicehub.errors import AudioError
from voicehub.features.f0 import track_f0
from voicehub.features.mel import HOP_LENGTH, frame_log_energy, log_mel
from voicehub.speaker.embedding import default_encoder
from voicehub.text.phonemes import BOUNDARY_INDEX, PHONE_INDEX, Phoneme
from voicehub.text.pronounce import transcript_phonemes
from voicehub.training.manifest import Entry

Report = Callable[[float, str], None]
MAX_SECONDS = 18.0
MIN_SECONDS = 0.4
_PART = 200  # utterances a part


@dataclass(frozen=True)
class Prepared:
    """Features of one utterance; all frame arrays have 1 + len(samples) // 256 rows."""

    samples: np.ndarray
    mel: np.ndarray
    f0: np.ndarray
    energy: np.ndarray
    embedding: np.ndarray
    record: dict[str, Any]


def prepare_entry(entry: Entry) -> Prepared | None:
    """Decode and analyse one recording; None when it holds no usable speech."""
    try:
        waveform = normalise_loudness(trim_silence(read_audio(entry.path, MAX_SECONDS)))
    except AudioError:
        return None
    if waveform.seconds < MIN_SECONDS:
        return None
    samples = waveform.samples
    phonemes = None
    if entry.seconds <= MAX_SECONDS and entry.text:  # a cut recording no longer fits its text
        phonemes = transcript_phonemes(entry.text, entry.language)
    record = {
        "path": entry.path.name,
        "corpus": entry.corpus,
        "speaker": entry.speaker,
        "language": entry.language,
        "source_rate": waveform.source_rate,
        "text": entry.text,
        "samples": len(samples),
        "frames": 1 + len(samples) // HOP_LENGTH,
        "phones": pack_phonemes(phonemes) if phonemes else None,
    }
    return Prepared(
        samples=(samples * 32767).astype(np.int16),
        mel=log_mel(samples).T.astype(np.float16),
        f0=track_f0(samples).f0.astype(np.float16),
        energy=frame_log_energy(samples).astype(np.float16),
        embedding=default_encoder().embed(waveform, partials_per_second=0.8),
        record=record,
    )


def pack_phonemes(phonemes: Sequence[Phoneme]) -> list[list[int]]:
    """Return [phone, accent, boundary, is_chinese] of each phoneme as integers."""
    return [
        [PHONE_INDEX[p.symbol], p.accent, BOUNDARY_INDEX[p.boundary], int(p.language == "zh")]
        for p in phonemes
    ]


def prepare(entries: Sequence[Entry], folder: Path, workers: int, report: Report) -> None:
    """Prepare all ``entries`` into ``folder`` with ``workers`` processes."""
    parts = folder / "parts"
    parts.mkdir(parents=True, exist_ok=True)
    todo = [
        (parts / f"{start:06d}.npz", entries[start : start + _PART])
        for start in range(0, len(entries), _PART)
    ]
    missing = [(path, batch) for path, batch in todo if not path.exists()]
    with ProcessPoolExecutor(workers) as pool:
        for done, _ in enumerate(pool.map(_prepare_part, missing)):
            report((done + 1) / len(missing), f"prepared part {done + 1} of {len(missing)}")
    _join([path for path, _ in todo], folder)


def _prepare_part(job: tuple[Path, Sequence[Entry]]) -> None:
    path, entries = job
    torch.set_num_threads(1)
    made = [item for item in map(prepare_entry, entries) if item is not None]
    columns = {
        name: np.concatenate([getattr(item, name) for item in made])
        for name in ("samples", "mel", "f0", "energy")
    }
    columns["embedding"] = np.stack([item.embedding for item in made])
    records = json.dumps([item.record for item in made])
    partial = path.with_suffix(".tmp.npz")
    np.savez(partial, records=np.array(records), **columns)
    partial.rename(path)


def _join(parts: Sequence[Path], folder: Path) -> None:
    names = {
        "samples": "samples.i16", "mel": "mel.f16", "f0": "f0.f16", "energy": "energy.f16",
        "embedding": "embedding.f32",
    }  # fmt: skip
    files = {name: (folder / file).open("wb") for name, file in names.items()}
    index: list[dict[str, Any]] = []
    sample_start = frame_start = 0
    for path in parts:
        with np.load(path) as part:
            for name, file in files.items():
                part[name].tofile(file)
            for record in json.loads(str(part["records"])):
                index.append(record | {"sample_start": sample_start, "frame_start": frame_start})
                sample_start += record["samples"]
                frame_start += record["frames"]
    for file in files.values():
        file.close()
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
