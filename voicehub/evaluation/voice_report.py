"""The report card of one voice: its speech beside natural speech, baselines, ceiling and floor."""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.segment import cut_utterances
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError
from voicehub.evaluation.attacks import Attack, attacks
from voicehub.evaluation.baselines import griffin_lim_copy
from voicehub.evaluation.metrics import compare
from voicehub.evaluation.quality import predicted_mos
from voicehub.evaluation.reading import read_aloud
from voicehub.evaluation.recogniser import default_recogniser, word_error_rate
from voicehub.evaluation.similarity import (
    MIN_RECORDINGS,
    similarity_ceiling,
    similarity_floor,
    similarity_to_mean,
)
from voicehub.model.base import Base
from voicehub.model.voice import VoiceModel
from voicehub.speaker.embedding import default_encoder
from voicehub.synthesis.convert import convert
from voicehub.watermark import PAYLOAD_BITS, Marker

# Harvard sentences, list 1 (IEEE Recommended Practice for Speech Quality Measurements, 1969).
SENTENCES = (
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background.",
    "It is easy to tell the depth of a well.",
    "These days a chicken leg is a rare dish.",
    "Rice is often served in round bowls.",
    "The juice of lemons makes fine punch.",
)
_MAX_REFERENCES = 12
_MAX_STRANGERS = 6  # utterances
# What happens to speech every day and needs no ffmpeg, so that all machines measure the same.
_ON_ITS_WAY = ("mp3_64", "opus_32", "resample_16k", "noise_20dB", "g711_8k")


def evaluate_voice(
    base: Base,
    voice: VoiceModel,
    references: Sequence[Waveform],
    report: Callable[[float, str], None] = lambda fraction, message: None,
    strangers: Sequence[Waveform] = (),
) -> dict[str, Any]:
    """Return {"rows": one dict a system, "ceiling", "floor", "real_time_factor", and of the watermark}.

    ``references`` are natural recordings of the speaker that the voice was not tuned on; at least six utterances
    must be found in them. ``strangers`` are of other speakers; without any there is no floor.
    """
    natural = _utterances(references)
    if len(natural) <= MIN_RECORDINGS:
        raise AudioError(
            f"the references hold {len(natural)} utterances, {MIN_RECORDINGS + 1} are needed"
        )
    natural = natural[:_MAX_REFERENCES]
    zero_shot = replace(voice, adapter={})
    began = time.perf_counter()
    spoken = read_aloud(base, voice, SENTENCES)
    seconds = time.perf_counter() - began
    makers: list[tuple[str, Callable[[], list[Waveform]], bool]] = [
        ("natural", lambda: natural, True),
        ("griffin-lim copy", lambda: [griffin_lim_copy(w) for w in natural], True),
        ("zero-shot copy", lambda: [convert(base, zero_shot, w) for w in natural], True),
        ("this voice, copy", lambda: [convert(base, voice, w) for w in natural], True),
        ("zero-shot speech", lambda: read_aloud(base, zero_shot, SENTENCES), False),
        ("this voice, speech", lambda: spoken, False),
    ]
    rows = []
    for number, (name, make, is_copy) in enumerate(makers):
        report(number / len(makers), f"measuring {name}")
        rows.append({"system": name} | _row(make(), natural, is_copy))
    embed = default_encoder().embed
    embeddings = [embed(w) for w in natural]
    others = [embed(w) for w in _utterances(strangers)[:_MAX_STRANGERS]]
    return {
        "rows": rows,
        "ceiling": float(np.median(similarity_ceiling(embeddings))),
        "floor": float(np.median(similarity_floor(others, embeddings))) if others else None,
        "real_time_factor": seconds / sum(w.seconds for w in spoken),
        **watermark_shares(spoken),
    }


def _utterances(recordings: Sequence[Waveform]) -> list[Waveform]:
    return [piece for r in recordings for piece in cut_utterances(normalise_loudness(r))]


def watermark_shares(spoken: Sequence[Waveform]) -> dict[str, float]:
    """Return in what share of clips the mark is read as they are, and after what happens to speech.

    Each clip is marked with a payload by chance under a key of this test alone; read means all bits.
    """
    marker, changes = Marker(secrets.token_bytes(32)), attacks()
    clean = [each for each in changes if each.name == "clean"]
    everyday = [each for each in changes if each.name in _ON_ITS_WAY]
    found: dict[str, list[bool]] = {"watermark_found": [], "watermark_survived": []}
    for clip in spoken:
        payload = secrets.randbits(PAYLOAD_BITS)
        marked = marker.embed(clip, payload)
        found["watermark_found"] += [_read(marker, a, marked, payload) for a in clean]
        found["watermark_survived"] += [_read(marker, a, marked, payload) for a in everyday]
    return {name: float(np.mean(each)) for name, each in found.items()}


def _read(marker: Marker, change: Attack, marked: Waveform, payload: int) -> bool:
    heard = marker.detect(change(marked))
    return heard is not None and heard.exact and heard.payload == payload


def _row(fakes: Sequence[Waveform], natural: Sequence[Waveform], is_copy: bool) -> dict[str, Any]:
    """Return the measures; a copy is compared with its original, which is left out of the mean."""
    encoder = default_encoder()
    levelled = [normalise_loudness(fake) for fake in fakes]
    embeddings = [encoder.embed(w) for w in natural]
    similarity = []
    for number, fake in enumerate(levelled):
        others = [e for k, e in enumerate(embeddings) if not is_copy or k != number]
        similarity.append(similarity_to_mean(encoder.embed(fake), others))
    row: dict[str, Any] = {
        "similarity": float(np.median(similarity)),
        "mos": float(np.median([predicted_mos(fake).p808 for fake in levelled])),
    }
    if is_copy:
        pairs = [compare(fake, real) for fake, real in zip(levelled, natural, strict=True)]
        row["mel_mse"] = float(np.median([pair.mel_mse for pair in pairs]))
        row["mel_correlation"] = float(np.median([pair.mel_correlation for pair in pairs]))
        row["mcd_db"] = float(np.median([pair.mcd_db for pair in pairs]))
        cents = [p.pitch.rmse_cents for p in pairs if p.pitch.rmse_cents is not None]
        row["f0_rmse_cents"] = float(np.median(cents)) if cents else None
        row["voicing_error"] = float(np.median([pair.pitch.voicing_error for pair in pairs]))
    else:
        heard = [default_recogniser().transcribe(fake) for fake in levelled]
        counts = [word_error_rate(t, h) for t, h in zip(SENTENCES, heard, strict=True)]
        total = sum(counts[1:], counts[0])
        row["word_error_rate"] = total.errors / total.words
    return row
