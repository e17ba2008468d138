"""Voices that read a language their owners were not recorded in: whether they still sound like them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.waveform import Waveform
from voicehub.evaluation.confidence import estimate, median_of, pooled_ratio
from voicehub.evaluation.mandarin import ChineseSentence
from voicehub.evaluation.protocol import Material
from voicehub.evaluation.reading import read_aloud
from voicehub.evaluation.report import Column
from voicehub.evaluation.scoring import score_heard, score_mos
from voicehub.evaluation.similarity import (
    similarity_ceiling,
    similarity_floor,
    similarity_to_mean,
)
from voicehub.model.base import load_base
from voicehub.speaker.embedding import default_encoder
from voicehub.training.finetune import CloneOptions, clone_voice, zero_shot_voice

_IN_CHINESE = (
    Column("speaker", "voice of"),
    Column("native", "native"),
    Column("english", "similarity, English", 3),
    Column("chinese", "similarity, Chinese", 3),
    Column("lost", "lost", 3),
    Column("ceiling", "ceiling", 3),
    Column("floor", "floor", 3),
    Column("floor_chinese", "floor, Chinese speech", 3),
)
_IN_ENGLISH = (
    Column("speaker", "voice of"),
    Column("voice", "voice"),
    Column("english", "similarity, English", 3),
    Column("chinese", "similarity, Chinese", 3),
    Column("ceiling", "ceiling", 3),
    Column("floor", "floor", 3),
    Column("word_error_rate", "WER"),
    Column("word_error_ratio", "WER ÷ natural"),
    Column("mos", "DNSMOS"),
    Column("mos_gap", "− natural"),
)


@dataclass(frozen=True)
class Owner:
    """Whose voice reads: what is known of the natural speech; ``embeddings`` are of other recordings."""

    speaker: str
    native: str
    embeddings: Sequence[NDArray[np.float32]]
    fewest: int
    ceiling: float
    floor: float


def chinese_likeness(
    owner: Owner,
    english: Sequence[float],
    spoken: Sequence[Waveform],
    sentences: Sequence[ChineseSentence],
) -> dict[str, Any]:
    """Return the similarity of Chinese ``spoken`` to its owner beside that of the voice's ``english``.

    "floor_chinese" is that of the same sentences read by their natural Chinese readers: what any Chinese speech gets.
    """
    embed = default_encoder().embed
    natural = [embed(normalise_loudness(each.natural)) for each in sentences]
    heard = [embed(normalise_loudness(each)) for each in spoken]
    return {
        "speaker": owner.speaker,
        "native": owner.native,
        "english": list(english),
        "chinese": [similarity_to_mean(each, owner.embeddings, owner.fewest) for each in heard],
        "ceiling": owner.ceiling,
        "floor": owner.floor,
        "floor_chinese": similarity_floor(natural, owner.embeddings, owner.fewest).tolist(),
    }


def chinese_table(measured: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return "columns" and "rows": one for each of ``chinese_likeness``, then one for each native language."""
    rows = [_in_chinese(each["speaker"], [each]) for each in measured]
    for native in dict.fromkeys(each["native"] for each in measured):
        group = [each for each in measured if each["native"] == native]
        if len(group) > 1:
            rows.append(_in_chinese(f"all {len(group)}", group))
    return {"columns": [asdict(c) for c in _IN_CHINESE], "rows": rows, "speakers": list(measured)}


def _in_chinese(name: str, group: Sequence[dict[str, Any]]) -> dict[str, Any]:
    figures = {
        key: estimate(np.concatenate([each[key] for each in group]), median_of)
        for key in ("english", "chinese")
    }
    return {
        "speaker": name,
        "native": group[0]["native"],
        **{key: figure.as_dict() for key, figure in figures.items()},
        "lost": figures["english"].value - figures["chinese"].value,
        "ceiling": float(np.median([each["ceiling"] for each in group])),
        "floor": float(np.median([each["floor"] for each in group])),
        "floor_chinese": float(np.median(np.concatenate([e["floor_chinese"] for e in group]))),
    }


@dataclass(frozen=True)
class ChineseVoiceJob:
    """A speaker of Chinese recordings, a stranger for the floor, and the English ``texts`` to be read."""

    base_folder: Path
    device: str
    material: Material
    stranger: Material
    texts: Sequence[str]
    options: CloneOptions


def measure_chinese_voice(job: ChineseVoiceJob) -> dict[str, Any]:
    """Make a zero-shot and a tuned voice of Chinese recordings, and score what they read in both languages."""
    torch.set_num_threads(1)
    base, material = load_base(job.base_folder, job.device), job.material
    embed = default_encoder().embed
    others = [embed(each) for each in material.other]
    tuned = clone_voice(base, material.tuning, job.options, lambda fraction, message: None)
    voices = {"zero-shot": zero_shot_voice(base, material.tuning), "tuned": tuned.voice}
    systems = {}
    for name, voice in voices.items():
        english = read_aloud(base, voice, job.texts)
        chinese = read_aloud(base, voice, [reading.text for reading in material.test])
        systems[name] = {
            **score_heard(english, job.texts, others),
            "mos": score_mos(english),
            "chinese": [
                similarity_to_mean(embed(normalise_loudness(each)), others) for each in chinese
            ],
        }
    strangers = [embed(each) for each in job.stranger.other]
    return {
        "speaker": material.speaker,
        "ceiling": float(np.median(similarity_ceiling(others))),
        "floor": float(np.median(similarity_floor(strangers, others))),
        "clone": tuned.metrics,
        "systems": systems,
    }


def english_table(
    measured: Sequence[dict[str, Any]], natural: dict[str, list[float]]
) -> dict[str, Any]:
    """Return "columns" and "rows", one for each voice of ``measure_chinese_voice``.

    ``natural`` holds "word_errors", "words" and "mos" of the same sentences read by their natural English readers.
    """
    rows = [
        _in_english(each, name, score, natural)
        for each in measured
        for name, score in each["systems"].items()
    ]
    return {
        "columns": [asdict(column) for column in _IN_ENGLISH],
        "rows": rows,
        "natural": natural,
        "speakers": list(measured),
    }


def _in_english(
    each: dict[str, Any], name: str, score: dict[str, Any], natural: dict[str, list[float]]
) -> dict[str, Any]:
    words = np.array(
        [score["word_errors"], score["words"], natural["word_errors"], natural["words"]], float
    ).T
    mos = estimate(score["mos"], median_of)
    return {
        "speaker": each["speaker"],
        "voice": name,
        "english": estimate(score["similarity"], median_of).as_dict(),
        "chinese": estimate(score["chinese"], median_of).as_dict(),
        "ceiling": each["ceiling"],
        "floor": each["floor"],
        "word_error_rate": float(words[:, 0].sum() / words[:, 1].sum()),
        "word_error_ratio": estimate(words, pooled_ratio).as_dict(),
        "mos": mos.as_dict(),
        "mos_gap": mos.value - float(np.median(natural["mos"])),
    }
