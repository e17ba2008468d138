"""The whole protocol on held-out speakers: natural, baseline, zero-shot and tuned speech side by side."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from voicehub.audio.waveform import Waveform
from voicehub.evaluation.baselines import griffin_lim_copy, pitch_shift_conversion
from voicehub.evaluation.benchmark_tables import columns_of, system_rows
from voicehub.evaluation.cross_lingual import (
    ChineseVoiceJob,
    Owner,
    chinese_likeness,
    chinese_table,
    english_table,
    measure_chinese_voice,
)
from voicehub.evaluation.judges import Judges, load_judges
from voicehub.evaluation.mandarin import chinese_sentences, mandarin_shares
from voicehub.evaluation.protocol import Material, Reading, speaker_material
from voicehub.evaluation.reading import read_aloud, read_chinese
from voicehub.evaluation.scoring import SecondOpinion, score_system
from voicehub.evaluation.similarity import similarity_ceiling, similarity_floor
from voicehub.features.f0 import track_f0
from voicehub.model.base import Base, load_base
from voicehub.model.voice import VoiceModel
from voicehub.speaker.embedding import default_encoder
from voicehub.synthesis.convert import convert
from voicehub.training.finetune import CloneOptions, clone_voice, zero_shot_voice
from voicehub.training.manifest import Entry
from voicehub.training.split import BENCHMARK_SPEAKERS, CHINESE_SPEAKERS

Report = Callable[[float, str], None]
Job = tuple[Path, str, Material, Material, CloneOptions, Path | None]
# Hearing words takes longest: for the tables beside the first, fewer of the readers' test sentences do.
_N_ENGLISH = 1  # of each, that the Chinese voices read
_N_CONVERTED = 3  # of one, that a Chinese reader takes over


@dataclass(frozen=True)
class People:
    """Whom the benchmark measures.

    The ``readers`` of English make the table. ``chinese_readers``, natives of Mandarin who read English and were
    never trained on, and ``chinese_voices``, whose Chinese recordings training heard, have tables of their own.
    """

    readers: tuple[str, ...] = BENCHMARK_SPEAKERS
    chinese_readers: tuple[str, ...] = CHINESE_SPEAKERS
    chinese_voices: tuple[str, ...] = ("aishell_S0150", "aishell_S0252")


@dataclass(frozen=True)
class Measured:
    """What one process found of a speaker: the scores, the tuned voice, and embeddings of other recordings."""

    scores: dict[str, Any]
    voice: VoiceModel
    others: list[NDArray[np.float32]]
    fewest: int

    def owner(self, native: str) -> Owner:
        """Return what the voice's Chinese is compared with."""
        scores = self.scores
        return Owner(
            scores["speaker"], native, self.others, self.fewest, scores["ceiling"], scores["floor"]
        )


def run_benchmark(
    base: Base,
    entries: Sequence[Entry],
    options: CloneOptions,
    report: Report,
    people: People | None = None,
    wheel: Path | None = None,
) -> dict[str, Any]:
    """Return the table ("columns", "rows"), every speaker's scores, the Mandarin score, and what crosses languages.

    "chinese_readers" is a table like the first, "cross_lingual" and "chinese_voices" have columns of their own; where
    ``people`` names nobody for one of them, it is left out. Each Chinese reader's conversions have one of the English
    readers as source.

    With a ``wheel``, the networks of ``load_judges`` give a second opinion on the first two tables.

    Speakers are shared out over one single-threaded process a core: recogniser and metrics use one thread anyway.
    Speed is measured elsewhere, on an idle machine.
    """
    people = people or People()
    readers, chinese, voices = (
        [speaker_material(entries, speaker) for speaker in names]
        for names in (people.readers, people.chinese_readers, people.chinese_voices)
    )
    pairs = [*zip(readers, [*readers[1:], readers[0]], strict=True)]
    sources = [replace(each, test=each.test[-_N_CONVERTED:]) for each in readers]
    pairs += [(each, sources[k % len(sources)]) for k, each in enumerate(chinese)]
    strangers = [*voices[1:], *(voices[:1] if len(voices) > 1 else readers[:1])]
    where = (base.folder, base.device.type)
    texts = [reading.text for each in readers for reading in each.test[:_N_ENGLISH]]
    measured: list[Measured] = []
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        first = pool.map(_measure, [(*where, own, source, options, wheel) for own, source in pairs])
        crossing = pool.map(
            measure_chinese_voice,
            [
                ChineseVoiceJob(*where, each, stranger, texts, options)
                for each, stranger in zip(voices, strangers[: len(voices)], strict=True)
            ],
        )
        for each in first:
            measured.append(each)
            done = len(measured) / (len(pairs) + len(voices))
            report(done, f"measured speaker {each.scores['speaker']}")
        in_english = list(crossing)
    report(1.0, "Mandarin")
    english, native = measured[: len(readers)], measured[len(readers) :]
    results = _table(english)
    results |= _mandarin(base, entries, english, native)
    if native:
        results["chinese_readers"] = _table(native)
    if in_english:
        results["chinese_voices"] = english_table(in_english, _natural(english))
    return results


def _table(measured: Sequence[Measured]) -> dict[str, Any]:
    results = [each.scores for each in measured]
    rows = system_rows(results)
    return {
        "columns": [asdict(column) for column in columns_of(rows)],
        "rows": rows,
        "ceiling": float(np.median([row["ceiling"] for row in results])),
        "floor": float(np.median([row["floor"] for row in results])),
        "speakers": results,
    }


def _natural(measured: Sequence[Measured]) -> dict[str, list[float]]:
    """Return what natural speech scored in the sentences that the Chinese voices read."""
    natural = [each.scores["systems"]["natural"] for each in measured]
    return {
        key: [value for score in natural for value in score[key][:_N_ENGLISH]]
        for key in ("word_errors", "words", "mos")
    }


def _measure(job: Job) -> Measured:
    folder, device, material, source, options, wheel = job
    torch.set_num_threads(1)
    judges = load_judges(wheel) if wheel else None
    return _speaker(load_base(folder, device), material, source, options, judges)


def _speaker(
    base: Base,
    material: Material,
    source: Material,
    options: CloneOptions,
    judges: Judges | None,
) -> Measured:
    zero_shot = zero_shot_voice(base, material.tuning)
    result = clone_voice(base, material.tuning, options, lambda fraction, message: None)
    encoder, test = default_encoder(), material.test
    others = [encoder.embed(w) for w in material.other]
    strangers = [encoder.embed(w) for w in source.other]
    of_test, of_source = _compared(material, source, others)
    second_test = second_source = None
    if judges:
        again = [judges.embed(w) for w in material.other]
        second_test, second_source = (
            SecondOpinion(judges, part) for part in _compared(material, source, again)
        )
    scores = {
        name: score_system(fakes, test, of_test, material.fewest, second_test)
        for name, fakes in _own_sentences(base, zero_shot, result.voice, test).items()
    } | {
        name: score_system(fakes, source.test, of_source, material.fewest, second_source)
        for name, fakes in _conversions(base, zero_shot, result.voice, source.test).items()
    }
    # Pieces of one recording are alike, so they cannot be each other's ceiling.
    ceiling = scores["natural"].similarity if material.cut_from else similarity_ceiling(others)
    row = {
        "speaker": material.speaker,
        "gender": material.gender,
        "source": source.speaker,
        "ceiling": float(np.median(ceiling)),
        "floor": float(np.median(similarity_floor(strangers, others, material.fewest))),
        "clone": result.metrics,
        "history": result.history,
        "systems": {name: score.as_dict() for name, score in scores.items()},
    }
    return Measured(row, result.voice, others, material.fewest)


def _compared(
    material: Material, source: Material, others: Sequence[NDArray[np.float32]]
) -> tuple[list[list[NDArray[np.float32]]], list[list[NDArray[np.float32]]]]:
    """Return which of ``others`` each test sentence and each of the source's is compared with."""
    of_test = [
        [others[k] for k in material.others_of(number)] for number in range(len(material.test))
    ]
    return of_test, [list(others)] * len(source.test)


def _own_sentences(
    base: Base, zero_shot: VoiceModel, tuned: VoiceModel, test: Sequence[Reading]
) -> dict[str, list[Waveform]]:
    """Return the speaker's test sentences by each system: as they are, spoken, and copied."""
    texts = [reading.text for reading in test]
    return {
        "natural": [r.waveform for r in test],
        "griffin-lim copy": [griffin_lim_copy(r.waveform) for r in test],
        "zero-shot speech": read_aloud(base, zero_shot, texts),
        "tuned speech": read_aloud(base, tuned, texts),
        "zero-shot copy": [convert(base, zero_shot, r.waveform) for r in test],
        "tuned copy": [convert(base, tuned, r.waveform) for r in test],
    }


def _conversions(
    base: Base, zero_shot: VoiceModel, tuned: VoiceModel, source: Sequence[Reading]
) -> dict[str, list[Waveform]]:
    """Return another speaker's sentences as they are and taken over by the speaker."""
    target_f0 = float(np.exp(tuned.stats.log_f0_mean))
    return {
        "source of conversion": [r.waveform for r in source],
        "pitch shift only": [_shifted(r.waveform, target_f0) for r in source],
        "zero-shot conversion": [convert(base, zero_shot, r.waveform) for r in source],
        "tuned conversion": [convert(base, tuned, r.waveform) for r in source],
    }


def _shifted(waveform: Waveform, target_f0: float) -> Waveform:
    return pitch_shift_conversion(waveform, track_f0(waveform.samples).median(), target_f0)


def _mandarin(
    base: Base, entries: Sequence[Entry], english: Sequence[Measured], native: Sequence[Measured]
) -> dict[str, Any]:
    """Return the Mandarin score of the tuned English voices, and how like their owners all voices stay in Chinese.

    The sentences are shared out among the English voices; the native ones read the shares of the first of these.
    """
    sentences = chinese_sentences(entries)
    shares = [[s for s in sentences if s.number % len(english) == k] for k in range(len(english))]
    spoken, likeness = [], []
    for number, each in enumerate([*english, *native]):
        is_native = number >= len(english)
        share = shares[(number - len(english)) % len(english) if is_native else number]
        if not share:
            continue
        heard = read_chinese(base, each.voice, share)
        if not is_native:
            spoken += list(zip(share, heard, strict=True))
        own = each.scores["systems"]["tuned speech"]["similarity"]
        owner = each.owner("Mandarin" if is_native else "English")
        likeness.append(chinese_likeness(owner, own, heard, share))
    found: dict[str, Any] = {"mandarin": mandarin_shares(base, spoken)}
    return found | ({"cross_lingual": chinese_table(likeness)} if likeness else {})
