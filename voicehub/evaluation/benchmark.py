"""The whole protocol on held-out speakers: natural, baseline, zero-shot and tuned speech side by side."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import Waveform
from voicehub.evaluation.baselines import griffin_lim_copy, pitch_shift_conversion
from voicehub.evaluation.benchmark_tables import COLUMNS, system_rows
from voicehub.evaluation.mandarin import MandarinScore, score_mandarin
from voicehub.evaluation.protocol import Material, Reading, speaker_material
from voicehub.evaluation.scoring import score_system
from voicehub.evaluation.similarity import similarity_ceiling, similarity_floor
from voicehub.features.f0 import track_f0
from voicehub.model.base import Base, load_base
from voicehub.model.voice import VoiceModel
from voicehub.speaker.embedding import default_encoder
from voicehub.synthesis.convert import convert
from voicehub.synthesis.speak import Speaker, SpeakOptions, speak
from voicehub.text.frontend import Frontend
from voicehub.text.pronounce import transcript_phonemes
from voicehub.training.finetune import CloneOptions, clone_voice, zero_shot_voice
from voicehub.training.manifest import Entry
from voicehub.training.split import BENCHMARK_SPEAKERS

Report = Callable[[float, str], None]
Job = tuple[Path, str, Material, Material, CloneOptions]
_N_CHINESE = 36  # sentences


def run_benchmark(
    base: Base,
    entries: Sequence[Entry],
    options: CloneOptions,
    report: Report,
    speakers: Sequence[str] = BENCHMARK_SPEAKERS,
) -> dict[str, Any]:
    """Return the table ("columns", "rows"), every speaker's scores, and the Mandarin score.

    Speakers are shared out over one single-threaded process a core: recogniser and metrics use one thread anyway.
    Speed is measured elsewhere, on an idle machine.
    """
    materials = [speaker_material(entries, speaker) for speaker in speakers]
    jobs = [
        (base.folder, base.device.type, material, materials[(number + 1) % len(materials)], options)
        for number, material in enumerate(materials)
    ]
    results: list[dict[str, Any]] = []
    voices = []
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for scores, voice in pool.map(_measure, jobs):
            results.append(scores)
            voices.append(voice)
            report(len(results) / len(jobs), f"measured speaker {scores['speaker']}")
    report(1.0, "Mandarin")
    return {
        "columns": [asdict(column) for column in COLUMNS],
        "rows": system_rows(results),
        "ceiling": float(np.median([row["ceiling"] for row in results])),
        "floor": float(np.median([row["floor"] for row in results])),
        "mandarin": _mandarin(base, entries, voices),
        "speakers": results,
    }


def _measure(job: Job) -> tuple[dict[str, Any], VoiceModel]:
    folder, device, material, source, options = job
    torch.set_num_threads(1)
    return _speaker(load_base(folder, device), material, source, options)


def _speaker(
    base: Base, material: Material, source: Material, options: CloneOptions
) -> tuple[dict[str, Any], VoiceModel]:
    zero_shot = zero_shot_voice(base, material.tuning)
    result = clone_voice(base, material.tuning, options, lambda fraction, message: None)
    tuned = result.voice
    test, frontend = material.test, Frontend()
    target_f0 = float(np.exp(tuned.stats.log_f0_mean))
    systems: dict[str, tuple[list[Waveform], Sequence[Reading]]] = {
        "natural": ([r.waveform for r in test], test),
        "griffin-lim copy": ([griffin_lim_copy(r.waveform) for r in test], test),
        "zero-shot speech": (_read_aloud(base, zero_shot, test, frontend), test),
        "tuned speech": (_read_aloud(base, tuned, test, frontend), test),
        "zero-shot copy": ([convert(base, zero_shot, r.waveform) for r in test], test),
        "tuned copy": ([convert(base, tuned, r.waveform) for r in test], test),
        "source of conversion": ([r.waveform for r in source.test], source.test),
        "pitch shift only": (
            [_shifted(r.waveform, target_f0) for r in source.test],
            source.test,
        ),
        "zero-shot conversion": (
            [convert(base, zero_shot, r.waveform) for r in source.test],
            source.test,
        ),
        "tuned conversion": (
            [convert(base, tuned, r.waveform) for r in source.test],
            source.test,
        ),
    }
    encoder = default_encoder()
    others = [encoder.embed(w) for w in material.other]
    strangers = [encoder.embed(w) for w in source.other]
    scores = {
        name: score_system(fakes, readings, others) for name, (fakes, readings) in systems.items()
    }
    row = {
        "speaker": material.speaker,
        "gender": material.gender,
        "source": source.speaker,
        "ceiling": float(np.median(similarity_ceiling(others))),
        "floor": float(np.median(similarity_floor(strangers, others))),
        "clone": result.metrics,
        "history": result.history,
        "systems": {name: score.as_dict() for name, score in scores.items()},
    }
    return row, tuned


def _read_aloud(
    base: Base, voice: VoiceModel, test: Sequence[Reading], frontend: Frontend
) -> list[Waveform]:
    spoken = []
    for reading in test:
        parts = speak(base, voice, reading.text.lower(), SpeakOptions(), frontend)
        spoken.append(Waveform(np.concatenate([part.samples for part in parts])))
    return spoken


def _shifted(waveform: Waveform, target_f0: float) -> Waveform:
    return pitch_shift_conversion(waveform, track_f0(waveform.samples).median(), target_f0)


def _mandarin(
    base: Base, entries: Sequence[Entry], voices: Sequence[VoiceModel]
) -> dict[str, float] | None:
    """Score held-out Chinese readings and the same texts spoken by the tuned (English) voices."""
    chinese = [e for e in entries if e.corpus == "aishell_sample" and 3 < e.seconds < 8]
    totals = {"natural": MandarinScore(0, 0, 0), "spoken": MandarinScore(0, 0, 0)}
    for number, entry in enumerate(chinese[:: max(1, len(chinese) // _N_CHINESE)]):
        phonemes = transcript_phonemes(entry.text, "zh")
        if phonemes is None:
            continue
        totals["natural"] += score_mandarin(base, read_audio(entry.path), phonemes)
        speaker = Speaker(base, voices[number % len(voices)])
        spoken = speaker.sentence(phonemes, SpeakOptions())
        totals["spoken"] += score_mandarin(base, spoken, phonemes)
    if not totals["natural"].syllables:
        return None
    return {
        f"{kind}_{name}": getattr(score, field) / score.syllables
        for kind, score in totals.items()
        for name, field in (("syllables", "right"), ("tones", "tones_right"))
    } | {"syllable_count": float(totals["natural"].syllables)}
