"""A corpus with a manifest, cut from the bundled recordings: small, but with all that a protocol asks for."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from tiny import demo_clips

from voicehub.audio.files import read_audio, write_audio
from voicehub.audio.waveform import Waveform
from voicehub.training.manifest import COLUMNS

READERS = ("reader-f", "reader-m")
SCARCE = "scarce"  # five recordings of seven seconds
CHINESE = "chinese"  # as much as a reader; said to be Chinese
ENGLISH_TEXT = "It is easy to tell the depth of a well."
CHINESE_TEXT = "今天天气很好"


def write_corpus(folder: Path) -> Path:
    """Write sounds and manifest to ``folder`` and return the manifest's path.

    A reader has three recordings of 10.5 s to tune on, eight of 3.1 s to compare with, and five of 3.1 s to test.
    """
    rows = []
    for speaker, reader in (*((r, r) for r in READERS), (CHINESE, "reader-f")):
        language = ("aishell_sample", "zh", CHINESE_TEXT)
        kind = language if speaker == CHINESE else ("readers", "en", ENGLISH_TEXT)
        clips = [read_audio(path) for path in demo_clips(reader)]
        pieces = [_cut(clip, 0.0, 10.5) for clip in clips[:3]]
        pieces += [_cut(clips[3], 1.0 * k, 3.1) for k in range(8)]
        pieces += [_cut(clips[4], 1.5 * k, 3.1) for k in range(5)]
        rows += [_write(folder, speaker, k, piece, kind) for k, piece in enumerate(pieces)]
    scarce = [_cut(read_audio(path), 2.0, 7.0) for path in demo_clips("reader-m")]
    kind = ("natives", "en", ENGLISH_TEXT)
    rows += [_write(folder, SCARCE, k, piece, kind) for k, piece in enumerate(scarce)]
    return write_manifest(folder / "manifest.tsv", rows)


def write_manifest(path: Path, rows: Iterable[Sequence[object]]) -> Path:
    """Write a manifest of ``rows``, each with a value for every one of COLUMNS, and return ``path``."""
    lines = ("\t".join(map(str, row)) for row in (COLUMNS, *rows))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _cut(waveform: Waveform, start: float, seconds: float) -> Waveform:
    first = round(start * waveform.sample_rate)
    last = first + round(seconds * waveform.sample_rate)
    return Waveform(np.ascontiguousarray(waveform.samples[first:last]), waveform.sample_rate)


def _write(
    folder: Path, speaker: str, number: int, piece: Waveform, kind: tuple[str, str, str]
) -> tuple[str, ...]:
    name = f"{speaker}-{number:02}.wav"
    write_audio(folder / name, piece)
    corpus, language, text = kind
    return name, corpus, speaker, language, "f", f"{piece.seconds:.2f}", text
