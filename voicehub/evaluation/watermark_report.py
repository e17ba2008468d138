"""What the mark is worth: how often it is found, read and wrongly seen, what it costs, and what is heard of it."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import numpy as np

from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError
from voicehub.evaluation.attacks import Attack, attacks
from voicehub.evaluation.confidence import binomial_interval, summarise
from voicehub.evaluation.quality import predicted_mos
from voicehub.evaluation.watermark_clips import (
    cut,
    natural_utterances,
    neural_utterances,
    three_seconds_of_speech,
)
from voicehub.model.base import Base
from voicehub.synthesis.speak import Speaker, SpeakOptions
from voicehub.text.frontend import Frontend
from voicehub.training.finetune import zero_shot_voice
from voicehub.training.manifest import Entry
from voicehub.watermark import PAYLOAD_BITS, Marker

Report = Callable[[float, str], None]
Save = Callable[[dict[str, Any]], None]
_CROP = "crop_3s"  # needs longer speech to cut from
_CROPPED_FROM_SECONDS = 4.5
_UNMARKED_SECONDS = 5.0  # of each clip at most
_REPEATS = 5
_KEY, _OTHER_KEY = bytes(range(32)), bytes(range(32, 64))
_SENTENCE = "It is easy to tell the depth of a well."


@dataclass(frozen=True)
class WatermarkOptions:
    """How many clips are marked, looked at unmarked, and rated; half natural and half neural each."""

    marked: int = 200
    unmarked: int = 1000
    rated: int = 24
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("marked", "unmarked", "rated"):
            if getattr(self, name) < 2:
                raise InputError(f"need 2 or more {name} clips, got {getattr(self, name)}")


def measure_watermark(
    base: Base, entries: Sequence[Entry], options: WatermarkOptions, report: Report, save: Save
) -> dict[str, Any]:
    """Return all figures of the mark; ``save`` gets those there are whenever there are more.

    What ffmpeg would have to do is left out, and named, where it is missing.
    """
    marker = Marker(_KEY)
    streams = {
        "natural": natural_utterances(entries, options.seed),
        "neural": neural_utterances(base, entries, options.seed),
    }
    results: dict[str, Any] = {
        "payload_bits": PAYLOAD_BITS,
        "left_out": [] if shutil.which("ffmpeg") else [a.name for a in attacks() if a.needs_ffmpeg],
        "unmarked": {},
        "survival": {},
        "inaudibility": {},
    }
    for number, (name, stream) in enumerate(streams.items()):
        done = number / len(streams)
        report(done, f"{name}: unmarked speech")
        unmarked = islice(stream, options.unmarked // 2)
        results["unmarked"][name] = _false_alarms(marker, unmarked)
        save(results)
        report(done + 0.2, f"{name}: marked speech")
        clips = _marked_clips(stream, options.marked // 2)  # goes on: no clip is used twice
        results["survival"][name] = _survival(marker, clips, options.seed)
        save(results)
        report(done + 0.4, f"{name}: quality")
        shorts = [short for short, _ in clips[: options.rated // 2]]
        results["inaudibility"][name] = _quality(marker, shorts)
        save(results)
    results["unmarked"]["all"] = {"found": _rate(*_summed(results["unmarked"], "found"))}
    results["survival"]["all"] = _pooled(results["survival"])
    results["cost"] = _cost(marker, base, entries)
    save(results)
    return results


def _marked_clips(stream: Iterator[Waveform], count: int) -> list[tuple[Waveform, Waveform]]:
    """Return (three seconds of speech, the longer utterance they are from) ``count`` times."""
    clips = []
    for whole in stream:
        short = three_seconds_of_speech(whole)
        if short is not None and whole.seconds >= _CROPPED_FROM_SECONDS:
            clips.append((short, whole))
        if len(clips) == count:
            return clips
    raise InputError(f"the manifest gives {len(clips)} clips of speech, {count} are needed")


def _survival(
    marker: Marker, clips: Sequence[tuple[Waveform, Waveform]], seed: int
) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    payloads = [int(random.integers(0, 1 << PAYLOAD_BITS)) for _ in clips]
    pairs = zip(clips, payloads, strict=True)
    marked = [
        (marker.embed(short, payload), marker.embed(whole, payload))
        for (short, whole), payload in pairs
    ]
    return {
        attack.name: _outcome(
            marker, attack, [pair[attack.name == _CROP] for pair in marked], payloads
        )
        for attack in attacks()
        if not attack.needs_ffmpeg or shutil.which("ffmpeg")
    }


def _outcome(
    marker: Marker, attack: Attack, marked: Sequence[Waveform], payloads: Sequence[int]
) -> dict[str, Any]:
    found = exact = misread = 0
    for waveform, payload in zip(marked, payloads, strict=True):
        detection = marker.detect(attack(waveform))
        if detection is not None:
            found += 1
            exact += detection.exact and detection.payload == payload
            misread += detection.exact and detection.payload != payload
    return {
        "found": _rate(found, len(marked)),
        "payload_exact": _rate(exact, len(marked)),
        "misread": misread,
    }


def _false_alarms(marker: Marker, clips: Iterator[Waveform]) -> dict[str, Any]:
    """Return how often a mark is seen where there is none, with the marker's key and one of nobody."""
    alarms: list[dict[str, Any]] = []
    trials, seconds = 0, 0.0
    stranger = Marker(_OTHER_KEY)
    for number, waveform in enumerate(clips):
        trials += 1
        clip = cut(waveform, 0.0, _UNMARKED_SECONDS)
        seconds += clip.seconds
        detection = (stranger if number % 2 else marker).detect(clip)
        if detection is not None:
            alarms.append({"clip": number, **asdict(detection)})
    return {"found": _rate(len(alarms), trials), "alarms": alarms, "hours": seconds / 3600}


def _quality(marker: Marker, clips: Sequence[Waveform]) -> dict[str, Any]:
    ratios, changes = [], []
    for number, waveform in enumerate(clips):
        marked = marker.embed(waveform, number * 0x01010101)
        noise = np.sum((marked.samples - waveform.samples).astype(np.float64) ** 2)
        ratios.append(
            float(10 * np.log10(np.sum(waveform.samples.astype(np.float64) ** 2) / noise))
        )
        changes.append(predicted_mos(marked).p808 - predicted_mos(waveform).p808)
    return {
        "snr_db": summarise(ratios).as_dict(),
        "dnsmos_p808_change": summarise(changes).as_dict(),
    }


def _cost(marker: Marker, base: Base, entries: Sequence[Entry]) -> dict[str, float]:
    """Return processor seconds of speaking and of marking the same sentence, and of finding it in ten seconds."""
    recording = next(natural_utterances(entries, 0))
    speaker = Speaker(base, zero_shot_voice(base, [recording]))
    phonemes = next(iter(Frontend().sentences(_SENTENCE))).phonemes
    spoken = speaker.sentence(phonemes, SpeakOptions())
    speaking = _processor_seconds(lambda: speaker.sentence(phonemes, SpeakOptions()))
    marking = _processor_seconds(lambda: marker.embed(spoken, 1))
    tens = np.resize(spoken.samples, 240_000)
    return {
        "sentence_seconds": spoken.seconds,
        "speaking_seconds": speaking,
        "marking_seconds": marking,
        "marking_share": marking / speaking,
        "marking_times_real_time": spoken.seconds / marking,
        "detecting_unmarked_10s_seconds": _processor_seconds(lambda: marker.detect(Waveform(tens))),
    }


def _processor_seconds(work: Callable[[], object]) -> float:
    """Return the median of this process's time, which others on the machine disturb least."""
    work()
    spent = []
    for _ in range(_REPEATS):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return float(np.median(spent))


def _rate(hits: int, trials: int) -> dict[str, Any]:
    low, high = binomial_interval(hits, trials)
    return {"count": hits, "of": trials, "rate": hits / trials, "ci_low": low, "ci_high": high}


def _summed(parts: dict[str, Any], key: str) -> tuple[int, int]:
    rates = [part[key] for part in parts.values()]
    return sum(rate["count"] for rate in rates), sum(rate["of"] for rate in rates)


def _pooled(survival: dict[str, Any]) -> dict[str, Any]:
    names = next(iter(survival.values()))
    pooled = {}
    for name in names:
        parts = {source: outcomes[name] for source, outcomes in survival.items()}
        pooled[name] = {
            "found": _rate(*_summed(parts, "found")),
            "payload_exact": _rate(*_summed(parts, "payload_exact")),
            "misread": sum(part["misread"] for part in parts.values()),
        }
    return pooled
