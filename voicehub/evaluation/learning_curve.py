"""How good a voice is by the seconds of speech it is made from, by the steps of its tuning, and with known words."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError, SettingsError, VoiceHubError
from voicehub.evaluation.judges import load_judges
from voicehub.evaluation.learning_tables import curve_table
from voicehub.evaluation.protocol import (
    TUNING_SECONDS,
    Material,
    cut_to,
    speaker_material,
    tuning_readings,
)
from voicehub.evaluation.reading import read_aloud
from voicehub.evaluation.scoring import SecondOpinion, score_heard, score_mos
from voicehub.evaluation.similarity import similarity_ceiling, similarity_floor
from voicehub.model.base import Base, load_base
from voicehub.model.voice import VoiceModel
from voicehub.settings import TUNING_STEPS
from voicehub.speaker.embedding import default_encoder
from voicehub.synthesis.convert import convert
from voicehub.training.finetune import CloneOptions, clone_voice, zero_shot_voice
from voicehub.training.manifest import Entry
from voicehub.training.split import BENCHMARK_SPEAKERS

Report = Callable[[float, str], None]
# Of the six: a woman, a man, another woman; each has more than 300 s beside what is tested.
LEARNING_SPEAKERS = ("ls19", "ls3242", "ls4640")

_N_TAKEN_OVER = 3  # last test sentences that are copied and converted; hearing words takes longest


@dataclass(frozen=True)
class Point:
    """What a voice is made from; ``steps`` 0 is zero-shot.

    The recordings are cut to ``seconds`` exactly, or, where ``whole``, taken until they last that long, with their
    words where ``words``: a recording that was cut off has no transcript of its own.
    """

    seconds: float
    steps: int
    whole: bool = False
    words: bool = False


@dataclass(frozen=True)
class CurvePlan:
    """The points: all ``seconds`` at the usual steps, all ``steps`` at the usual seconds, known words at both.

    Each number of steps is a tuning of its own. The learning rate falls, and the critics come in, by the share of the
    steps that is done, so a long tuning looked at half way is not the voice that half the steps would have made.
    """

    seconds: tuple[float, ...]
    steps: tuple[int, ...]
    usual_seconds: float = TUNING_SECONDS
    usual_steps: int = TUNING_STEPS
    seed: int = 0

    def __post_init__(self) -> None:
        for seconds in (*self.seconds, self.usual_seconds):
            if not seconds > 0:
                raise SettingsError(f"need seconds > 0, got {seconds:g}")
        for steps in (*self.steps, self.usual_steps):
            if not 0 <= steps <= 100_000:
                raise SettingsError(f"need 0 <= steps <= 100000, got {steps}")

    def curves(self) -> dict[str, list[Point]]:
        """Return the points of each curve by its name."""
        usual = (self.usual_seconds, self.usual_steps)
        return {
            "seconds": [Point(seconds, self.usual_steps) for seconds in self.seconds],
            "steps": [Point(self.usual_seconds, steps) for steps in self.steps],
            "words": [Point(*usual, whole=True), Point(*usual, whole=True, words=True)],
        }


@dataclass(frozen=True)
class Target:
    """Whose voice is made and whose sentences it takes over, with their recordings in the manifest.

    And the wheel of the second judges, where these are asked.
    """

    speaker: str
    source: str
    entries: tuple[Entry, ...]
    wheel: Path | None = None


@dataclass(frozen=True)
class Job:
    """One voice to be made and measured in a process of its own."""

    base_folder: Path
    device: str
    target: Target
    point: Point
    seed: int


def run_learning_curve(
    base: Base,
    entries: Sequence[Entry],
    plan: CurvePlan,
    report: Report,
    speakers: Sequence[str] = LEARNING_SPEAKERS,
    wheel: Path | None = None,
) -> dict[str, Any]:
    """Return the table ("columns", "rows"), the scores of every voice ("points"), natural speech, and what failed.

    Test sentences and others to compare with are those of the benchmark; what is tuned on is disjoint from them. A
    point that cannot be made, as from 5 s with too little speech in them, is left out and said. With a ``wheel``, the
    networks of ``load_judges`` give a second opinion.

    Voices are shared out over one single-threaded process a core, so the seconds of tuning are those of one thread on
    a machine whose other cores do the same.
    """
    curves = plan.curves()
    points = list(dict.fromkeys(point for curve in curves.values() for point in curve))
    targets = list(_targets(entries, speakers, wheel))
    jobs = [
        Job(base.folder, base.device.type, target, point, plan.seed)
        for target in targets
        for point in points
    ]
    jobs.sort(key=_cost, reverse=True)  # a long one that began last would keep one core waiting
    measured: list[dict[str, Any]] = []
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        natural = pool.map(measure_natural, targets)
        for each in pool.map(measure_point, jobs):
            measured.append(each)
            report(len(measured) / len(jobs), f"measured {each['speaker']}")
        speech = list(natural)
    made = [each for each in measured if "failed" not in each]
    named = {name: [asdict(point) for point in curve] for name, curve in curves.items()}
    return {
        **curve_table(named, made, speech),
        "natural": speech,
        "points": made,
        "failed": [each for each in measured if "failed" in each],
    }


def _targets(
    entries: Sequence[Entry], speakers: Sequence[str], wheel: Path | None
) -> Iterator[Target]:
    """Yield each speaker with the next one, of these and then of the benchmark's, as source of conversions."""
    known = {entry.speaker for entry in entries}
    everybody = [s for s in dict.fromkeys((*speakers, *BENCHMARK_SPEAKERS)) if s in known]
    if len(everybody) < 2:
        raise InputError("the learning curve needs a second speaker, as source of conversions")
    for speaker in dict.fromkeys(speakers):
        source = everybody[(everybody.index(speaker) + 1) % len(everybody)]
        own = tuple(entry for entry in entries if entry.speaker in (speaker, source))
        yield Target(speaker, source, own, wheel)


def _cost(job: Job) -> float:
    return job.point.steps + job.point.seconds / 10


@lru_cache(maxsize=1)
def _loaded(folder: Path, device: str) -> Base:
    return load_base(folder, device)


@lru_cache(maxsize=4)
def _materials(target: Target) -> tuple[Material, Material, list[NDArray[np.float32]]]:
    """Return what speaker and source are tested with, and the embeddings of the speaker's other recordings."""
    own, source = (speaker_material(target.entries, s) for s in (target.speaker, target.source))
    if own.cut_from or source.cut_from:
        raise InputError(f"the manifest holds too little of {target.speaker} or {target.source}")
    return own, source, [default_encoder().embed(each) for each in own.other]


@lru_cache(maxsize=4)
def _judged(target: Target) -> Callable[[Sequence[Waveform], Sequence[str]], dict[str, list[Any]]]:
    """Return what scores sounds with their texts against the speaker of ``target``."""
    own, _, others = _materials(target)
    judges = load_judges(target.wheel) if target.wheel else None
    again = [judges.embed(each) for each in own.other] if judges else []

    def score(fakes: Sequence[Waveform], texts: Sequence[str]) -> dict[str, list[Any]]:
        second = SecondOpinion(judges, [again] * len(fakes)) if judges else None
        return score_heard(fakes, texts, others, second)

    return score


def measure_natural(target: Target) -> dict[str, Any]:
    """Return the scores of natural speech by what is made of it: "speech", "copy", and of the source "conversion"."""
    torch.set_num_threads(1)
    own, source, others = _materials(target)
    strangers = [default_encoder().embed(each) for each in source.other]
    sounds = [reading.waveform for reading in own.test]
    score = _judged(target)
    speech = score(sounds, [reading.text for reading in own.test])
    taken = source.test[-_N_TAKEN_OVER:]
    return {
        "speaker": target.speaker,
        "gender": own.gender,
        "source": target.source,
        "ceiling": float(np.median(similarity_ceiling(others))),
        "floor": float(np.median(similarity_floor(strangers, others))),
        "speech": {**speech, "mos": score_mos(sounds)},
        "copy": {key: values[-_N_TAKEN_OVER:] for key, values in speech.items()},
        "conversion": score([r.waveform for r in taken], [r.text for r in taken]),
    }


def measure_point(job: Job) -> dict[str, Any]:
    """Make the voice of ``job`` and return what it scored, or under "failed" why it could not be made."""
    torch.set_num_threads(1)
    told = {"speaker": job.target.speaker, "point": asdict(job.point)}
    base = _loaded(job.base_folder, job.device)
    try:
        own, source, _ = _materials(job.target)
        voice, metrics = _voice(base, job)
    except VoiceHubError as error:
        return {**told, "failed": str(error)}
    score = _judged(job.target)
    texts = [reading.text for reading in own.test]
    spoken = read_aloud(base, voice, texts)
    copied, taken = own.test[-_N_TAKEN_OVER:], source.test[-_N_TAKEN_OVER:]
    copies = [convert(base, voice, reading.waveform) for reading in copied]
    conversions = [convert(base, voice, reading.waveform) for reading in taken]
    return {
        **told,
        **metrics,
        "speech": {**score(spoken, texts), "mos": score_mos(spoken)},
        "copy": score(copies, [reading.text for reading in copied]),
        "conversion": score(conversions, [reading.text for reading in taken]),
    }


def _voice(base: Base, job: Job) -> tuple[VoiceModel, dict[str, Any]]:
    """Return the voice, the seconds of recordings it was given, the seconds it took, and its best step."""
    point = job.point
    readings = tuning_readings(job.target.entries, job.target.speaker, point.seconds)
    recordings = (
        [reading.waveform for reading in readings]
        if point.whole
        else cut_to(readings, point.seconds)
    )
    metrics: dict[str, Any] = {"seconds": round(sum(each.seconds for each in recordings), 2)}
    began = time.monotonic()
    if not point.steps:
        voice, best_step = zero_shot_voice(base, recordings), 0
    else:
        transcripts = [reading.text.lower() for reading in readings] if point.words else None
        result = clone_voice(
            base,
            recordings,
            CloneOptions(steps=point.steps, seed=job.seed),
            lambda fraction, message: None,
            transcripts=transcripts,
        )
        voice, best_step = result.voice, result.metrics["best_step"]
    took = round(time.monotonic() - began, 2)
    return voice, {**metrics, "tuning_seconds": took, "best_step": best_step}
