"""The report of the content encoder: how well it hears phones, and how much of the speaker it lets through."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from voicehub.audio.files import read_audio
from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.waveform import Waveform
from voicehub.errors import InputError
from voicehub.evaluation.confidence import bootstrap_interval, pooled_rate
from voicehub.evaluation.mandarin import MandarinScore, score_mandarin
from voicehub.evaluation.phone_errors import (
    PhoneErrors,
    count_errors,
    heard_phones,
    phone_numbers,
)
from voicehub.evaluation.report import Column, bare_table, render_table
from voicehub.evaluation.speaker_leak import Excerpt, listen, measure_leak
from voicehub.model.analysis import analyse
from voicehub.model.base import Base
from voicehub.model.content import SWITCH_PENALTY
from voicehub.text.pronounce import transcript_phonemes
from voicehub.training.manifest import Entry
from voicehub.training.split import BENCHMARK_SPEAKERS, is_set_aside, unheard_speakers

PENALTIES = (0.0, 0.5, 1.0, 1.5, SWITCH_PENALTY, 2.5, 3.0, 4.0, 6.0)
_READERS = "mini_librispeech"
_UNHEARD, _HEARD = "readers never heard in training", "readers heard in training"
_LEARNERS = "learners of English never heard in training"
_MANDARIN = "Mandarin, unheard sentences of speakers heard in training"
_FEWEST = 4  # recordings of a reader, two in each half
Report = Callable[[float, str], None]

PHONE_COLUMNS = (
    Column("speakers", "speech"),
    Column("utterances", "utterances"),
    Column("phones", "phones"),
    Column("chosen", "errors, %", 1),
    Column("chosen_95", "95 %"),
    Column("substituted", "substituted", 1),
    Column("deleted", "deleted", 1),
    Column("inserted", "inserted", 1),
    Column("product", "as the product decodes", 1),
    Column("product_95", "95 %"),
    Column("tones", "tones wrong", 1),
)
LEAK_COLUMNS = (
    Column("heard", "what is heard"),
    Column("speakers", "readers"),
    *(
        column
        for level, label in (
            ("utterance", "utterance"),
            ("covariances", "with covariances"),
            ("second", "1 s"),
        )
        for column in (
            Column(level, f"{label}, %", 1),
            Column(f"{level}_95", "95 %"),
            Column(f"{level}_ratio", "÷ chance", 1),
        )
    ),
)


@dataclass(frozen=True)
class ContentOptions:
    """How much is measured: utterances of each speaker for phones; and for the leak, with their longest seconds."""

    utterances: int = 20
    leak_utterances: int = 12
    leak_seconds: float = 8.0

    def __post_init__(self) -> None:
        if self.utterances < 1:
            raise InputError(f"need 1 or more utterances of a speaker, got {self.utterances}")
        if self.leak_utterances < _FEWEST or self.leak_seconds < 2:
            raise InputError(
                f"the leak needs {_FEWEST} utterances of a speaker and 2 s or more, "
                f"got {self.leak_utterances} and {self.leak_seconds:g} s"
            )


@dataclass(frozen=True)
class Scored:
    """One utterance: its phone errors by switch penalty, and its tones where they are Mandarin."""

    speaker: str
    errors: Mapping[float, PhoneErrors]
    tones: MandarinScore | None = None


def measure_content(
    base: Base, entries: Sequence[Entry], options: ContentOptions, report: Report
) -> dict[str, Any]:
    """Return "phones" and "leak", each with the "columns" and "rows" of its table.

    Raises ``InputError`` where ``entries`` lack readers of either kind, heard in training and not.
    """
    return {
        "phones": measure_phones(base, entries, options, report),
        "leak": measure_speakers(base, entries, options, report),
    }


def render_content(results: Mapping[str, Any]) -> str:
    """Return the two Markdown tables of what ``measure_content`` gave, and how they were made."""
    return f"{bare_table(results['phones'])}\n{render_table({**results, **results['leak']})}"


def measure_phones(
    base: Base, entries: Sequence[Entry], options: ContentOptions, report: Report
) -> dict[str, Any]:
    """Return the phone errors of each group of speech, at the penalty that is best for readers heard in training."""
    groups = _groups(entries)
    lacking = [name for name in (_UNHEARD, _HEARD) if not groups[name]]
    if lacking:
        raise InputError(
            f"the manifest has no transcribed recordings of {' and of '.join(lacking)}"
        )
    few = max(1, options.utterances // 5)
    heard = _scored(base, groups.pop(_HEARD), PENALTIES, few, report)
    totals = {p: sum((each.errors[p] for each in heard), _NOTHING) for p in PENALTIES}
    chosen = min(PENALTIES, key=lambda p: totals[p].errors)
    rows = [_row(_named(_HEARD, heard), heard, chosen)]
    for name, found in groups.items():
        scored = _scored(base, found, (chosen, SWITCH_PENALTY), options.utterances, report)
        if name in (_UNHEARD, _MANDARIN):
            for speaker in dict.fromkeys(each.speaker for each in scored):
                rows.append(_row(speaker, [s for s in scored if s.speaker == speaker], chosen))
        if scored:
            rows.append(_row(_named(name, scored), scored, chosen))
    return {
        "penalty": {
            "chosen": chosen,
            "product": SWITCH_PENALTY,
            "phones": totals[chosen].phones,
            "errors": {f"{p:g}": totals[p].errors for p in PENALTIES},
        },
        "columns": [asdict(column) for column in PHONE_COLUMNS],
        "rows": rows,
    }


def _groups(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    unheard = unheard_speakers((e.corpus, e.speaker) for e in entries)
    readers = [e for e in entries if e.corpus == _READERS and e.text]
    return {
        _UNHEARD: [e for e in readers if e.speaker in BENCHMARK_SPEAKERS],
        _HEARD: [e for e in readers if e.speaker not in unheard],
        _LEARNERS: [e for e in entries if e.corpus == "speechocean762" and e.speaker in unheard],
        # Preparation numbers utterances in the order of the manifest.
        _MANDARIN: [
            e
            for number, e in enumerate(entries)
            if e.corpus == "aishell_sample" and is_set_aside(e.corpus, number)
        ],
    }


_NOTHING = PhoneErrors(0, 0, 0, 0)


def _scored(
    base: Base, entries: Sequence[Entry], penalties: Sequence[float], count: int, report: Report
) -> list[Scored]:
    """Decode up to ``count`` utterances of each speaker whose words are all in the dictionary."""
    transcribed = [(e, transcript_phonemes(e.text, e.language)) for e in entries if e.text]
    spoken = {entry.path: phonemes for entry, phonemes in transcribed if phonemes}
    chosen = _spread_out([e for e in entries if e.path in spoken], count)
    found = []
    for number, entry in enumerate(chosen):
        waveform, phonemes = _read(entry), spoken[entry.path]
        logits = analyse(base, waveform).logits
        errors = {
            p: count_errors(phone_numbers(phonemes), heard_phones(logits, p)) for p in penalties
        }
        tones = score_mandarin(base, waveform, phonemes) if entry.language == "zh" else None
        found.append(Scored(entry.speaker, errors, tones))
        report((number + 1) / len(chosen), f"decoded {entry.speaker}")
    return found


def _named(group: str, found: Sequence[Scored | Excerpt]) -> str:
    return f"{group}, {len({each.speaker for each in found})}"


def _row(name: str, scored: Sequence[Scored], chosen: float) -> dict[str, Any]:
    """Return one line of the table; rates are in percent of the phones of the transcripts."""
    total = sum((each.errors[chosen] for each in scored), _NOTHING)
    row: dict[str, Any] = {"speakers": name, "utterances": len(scored), "phones": total.phones}
    for key, penalty in (("chosen", chosen), ("product", SWITCH_PENALTY)):
        pairs = np.array([(s.errors[penalty].errors, s.errors[penalty].phones) for s in scored])
        row[key] = 100 * pooled_rate(pairs)
        row[f"{key}_95"] = _interval(bootstrap_interval(pairs, pooled_rate, seed=0))
    for key in ("substituted", "deleted", "inserted"):
        row[key] = 100 * getattr(total, key) / total.phones
    tones = sum((s.tones for s in scored if s.tones is not None), MandarinScore(0, 0, 0))
    right = tones.tones_right / tones.syllables if tones.syllables else None
    return row | {"tones": None if right is None else 100 * (1 - right)}


def measure_speakers(
    base: Base, entries: Sequence[Entry], options: ContentOptions, report: Report
) -> dict[str, Any]:
    """Return how often readers are told apart by what is heard of them: all, and those never heard in training."""
    fitting = [e for e in entries if e.corpus == _READERS and e.seconds >= options.leak_seconds / 2]
    known = Counter(entry.speaker for entry in fitting)
    fitting = [entry for entry in fitting if known[entry.speaker] >= _FEWEST]
    chosen = _spread_out(fitting, options.leak_utterances)
    excerpts: list[Excerpt] = []
    for number, entry in enumerate(chosen):
        excerpts.append(listen(base, _read(entry, options.leak_seconds), entry.speaker))
        report((number + 1) / len(chosen), f"listened to {entry.speaker}")
    unheard = [each for each in excerpts if each.speaker in BENCHMARK_SPEAKERS]
    if len({each.speaker for each in unheard}) < 2:
        raise InputError(
            f"need two or more readers never heard in training with {_FEWEST} recordings of "
            f"{options.leak_seconds / 2:g} s, the manifest has {len({e.speaker for e in unheard})}"
        )
    rows = [
        _leak_row(_named(name, group), found)
        for name, group in (("all", excerpts), ("never heard in training", unheard))
        for found in measure_leak(group)
    ]
    return {
        "utterances_each": options.leak_utterances,
        "longest_seconds": options.leak_seconds,
        "columns": [asdict(column) for column in LEAK_COLUMNS],
        "rows": rows,
    }


def _leak_row(name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"heard": found["heard"], "speakers": name}
    for level in ("utterance", "covariances", "second"):
        share = found.get(level)
        row[level] = None if share is None else 100 * share["accuracy"]
        row[f"{level}_95"] = None if share is None else _interval(share["95"])
        row[f"{level}_ratio"] = None if share is None else share["ratio"]
    return row


def _interval(bounds: Sequence[float]) -> str:
    return f"{100 * bounds[0]:.1f}–{100 * bounds[1]:.1f}"


def _spread_out(entries: Sequence[Entry], count: int) -> list[Entry]:
    """Return up to ``count`` of each speaker's recordings, from the first of its paths to the last."""
    by_speaker: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda e: (e.speaker, e.path)):
        by_speaker.setdefault(entry.speaker, []).append(entry)
    return [
        own[at]
        for own in by_speaker.values()
        for at in np.linspace(0, len(own) - 1, min(count, len(own))).round().astype(int)
    ]


def _read(entry: Entry, max_seconds: float | None = None) -> Waveform:
    return normalise_loudness(read_audio(entry.path, max_seconds=max_seconds))
