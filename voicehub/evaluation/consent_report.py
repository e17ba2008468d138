"""The report of the checks of consent: words, voices and replays, each with its error rates."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from voicehub.audio.files import read_audio, write_audio
from voicehub.audio.waveform import Waveform
from voicehub.consent.fingerprint import SAME_BITS, FingerprintIndex, fingerprint
from voicehub.consent.limits import word_limits
from voicehub.evaluation.confidence import binomial_interval
from voicehub.evaluation.consent_voice import measure_voice, pieces_of
from voicehub.evaluation.consent_words import measure_words, unheard
from voicehub.model.base import Base, file_hash
from voicehub.settings import CHECKPOINTS
from voicehub.training.manifest import Entry

_KNOWN, _REPLAYED, _FRESH = 150, 30, 150  # sounds in the index, played again, and never heard
_SECONDS = (4.0, 12.0)
Report = Callable[[float, str], None]


PARTS = ("voice", "replays", "words")


def measure_consent(
    base: Base,
    entries: Sequence[Entry],
    prepared: Path | None,
    count: int,
    seed: int,
    report: Report,
    parts: Sequence[str] = PARTS,
) -> dict[str, Any]:
    """Return the figures of ``parts``; words are measured on what ``prepared``'s training left out."""
    made: dict[str, Any] = {}
    if "voice" in parts:
        weights = file_hash(CHECKPOINTS / "speaker" / "ge2e.safetensors")
        made["voice"] = measure_voice(pieces_of(entries, seed, report), f"ge2e-{weights[:12]}")
    if "replays" in parts:
        report(0.0, "comparing sounds")
        made["replays"] = measure_replays(entries, seed)
    if "words" in parts:
        limits = word_limits()
        chosen = unheard(entries, prepared) if prepared else entries
        found = measure_words(base, chosen, limits, count, seed, report)
        made["words"] = {"limits": asdict(limits), **found}
    return made


def measure_replays(entries: Sequence[Entry], seed: int) -> dict[str, Any]:
    """Return how many sounds are known again after each change, and how many new ones are."""
    rng = np.random.default_rng(seed)
    usable = [each for each in entries if _SECONDS[0] <= each.seconds <= _SECONDS[1]]
    chosen = [usable[at] for at in rng.permutation(len(usable))[: _KNOWN + _FRESH]]
    known, fresh = chosen[:_KNOWN], chosen[_KNOWN:]
    index = FingerprintIndex([(str(e.path), fingerprint(read_audio(e.path))) for e in known])
    found: dict[str, list[bool]] = {}
    with tempfile.TemporaryDirectory() as name:
        for entry in known[:_REPLAYED]:
            for change, waveform in _changed(read_audio(entry.path), Path(name), rng).items():
                hit = index.find(fingerprint(waveform))
                found.setdefault(change, []).append(hit is not None and hit[0] == str(entry.path))
    false = [index.find(fingerprint(read_audio(each.path))) is not None for each in fresh]
    shares = {change: _share(hits) for change, hits in found.items()}
    return {"bits": SAME_BITS, "known_again": shares, "new_taken_for_known": _share(false)}


def _changed(waveform: Waveform, folder: Path, rng: np.random.Generator) -> dict[str, Waveform]:
    samples, rate = waveform.samples, waveform.sample_rate
    noise = rng.standard_normal(len(samples)).astype(np.float32)
    noise *= 0.1 * np.float32(np.std(samples))  # 20 dB below
    made = {
        "unchanged": waveform,
        "gain -8 dB": Waveform(samples * np.float32(0.4), rate),
        "noise at 20 dB": Waveform(np.clip(samples + noise, -1, 1).astype(np.float32), rate),
        "cut by 1 s": Waveform(samples[rate + 777 :].copy(), rate),
    }
    for name, suffix in (("MP3", "mp3"), ("Ogg Vorbis", "ogg")):
        path = folder / f"replay.{suffix}"
        write_audio(path, waveform)
        made[name] = read_audio(path)
    return made


def _share(hits: Sequence[bool]) -> dict[str, Any]:
    n, count = len(hits), sum(hits)
    return {"n": n, "share": round(count / n, 5) if n else None, "95": binomial_interval(count, n)}
