"""How well statements are heard: true ones, and ones whose words, code or half of it is another's.

A statement is played by two utterances of one speaker and their transcripts; six words of the second stand for
the code. An utterance may be part of several statements. Limits come from one half of the speakers and the
figures from the other (turn by turn). It is running speech and not statements that were really read, which are
slower and clearer.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.files import read_audio
from voicehub.consent.codes import new_code, words_of_language
from voicehub.consent.limits import WordLimits
from voicehub.consent.words import (
    Word,
    WordScores,
    code_words,
    phone_scores,
    score_words,
    words_of_phonemes,
)
from voicehub.evaluation.confidence import binomial_interval
from voicehub.model.base import Base
from voicehub.text.letters import guess_phones
from voicehub.text.pronounce import transcript_phonemes
from voicehub.training.corpus import Corpus
from voicehub.training.manifest import Entry
from voicehub.training.split import held_out_speakers, split

_CODE_WORDS = 6  # as a code has: four digits and two words
_MIN_PHONES = 3  # of a word that stands for one of a code
_SECONDS = (3.0, 15.0)  # of an utterance
_TELLING = ("true", "one word")  # the kinds of statements that limits of the code tell apart
_SWEEP = tuple(
    (accept, refuse) for accept in (-5.0, -10.0, -20.0, -30.0) for refuse in (-40.0, -60.0, -80.0)
)
Trials = dict[str, list[WordScores]]
Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Statement:
    """A statement as it is played: scores of its two halves, and the words of each."""

    speaker: str
    language: str
    first: NDArray[np.float32]
    second: NDArray[np.float32]
    words: tuple[Word, ...]  # those with rivals stand for the code
    said: frozenset[str]  # the two transcripts

    @property
    def scores(self) -> NDArray[np.float32]:
        """The scores of all of it."""
        return np.concatenate([self.first, self.second])

    @property
    def code(self) -> list[Word]:
        """The words that stand for the code."""
        return [word for word in self.words if word.rivals]

    def with_code(self, code: Sequence[Word]) -> list[Word]:
        """Return its words with another code in place of its own.

        What was said instead is a rival, as any word of another code is one of those of a real code.
        """
        fresh = iter(code)
        return [_instead(word, next(fresh)) if word.rivals else word for word in self.words]


def measure_words(
    base: Base, entries: Sequence[Entry], limits: WordLimits, count: int, seed: int, report: Report
) -> dict[str, Any]:
    """Return how many statements of each kind, ``count`` for each language, come to which verdict.

    ``sweep`` is what other limits of the code would do on the half of the speakers that they come from.
    """
    rng = random.Random(seed)
    halves: list[Trials] = [{}, {}]
    speakers: dict[str, list[str]] = {}
    for language in ("en", "zh"):
        ordered = sorted(_by_speaker(entries, language, rng))
        speakers[language] = ordered[1::2]
        for half, trials in enumerate(halves):
            mine = [each for each in entries if each.speaker in ordered[half::2]]
            made = make_statements(base, mine, language, count, rng, report)
            for each in made:
                for kind, found in _tried(each, _other(each, made, rng), rng).items():
                    trials.setdefault(f"{kind}, {language}", []).append(found)
    return {
        "measured_on": speakers,
        "sweep": [_swept(halves[0], replace(limits, code=code)) for code in _SWEEP],
        **verdicts(halves[1], limits),
    }


def unheard(entries: Sequence[Entry], prepared: Path) -> list[Entry]:
    """Return the entries that training on a prepared corpus leaves out; English by speaker."""
    corpus = Corpus(prepared)
    speakers = held_out_speakers(corpus)
    known = {(u.record["corpus"], u.record["path"]) for u in split(corpus)[1]}
    return [
        each
        for each in entries
        if (each.corpus, each.path.name) in known
        and (each.speaker in speakers or each.language == "zh")
    ]


def verdicts(trials: dict[str, list[WordScores]], limits: WordLimits) -> dict[str, Any]:
    """Return what each kind of statement comes to, and which limits true ones fall below."""
    judged = {kind: [limits.judge(each) for each in found] for kind, found in trials.items()}
    false = [
        verdict
        for kind, found in judged.items()
        if not kind.startswith(_TELLING)
        for verdict in found
    ]
    below = {
        kind: Counter(name for each in found for name in limits.refusing(each))
        for kind, found in trials.items()
        if kind.startswith("true")
    }
    return {
        "trials": {kind: _counts(found) for kind, found in sorted(judged.items())},
        "all_false": _counts(false),
        "true_refused_by": {kind: dict(sorted(found.items())) for kind, found in below.items()},
    }


def _swept(trials: Trials, limits: WordLimits) -> dict[str, Any]:
    """Return [accepted, to a person, refused] of those kinds that tell limits of the code apart."""
    told = {
        kind: [[limits.judge(each) for each in found].count(verdict)
               for verdict in ("accept", "wait", "refuse")]
        for kind, found in sorted(trials.items()) if kind.startswith(_TELLING)
    }  # fmt: skip
    return {"code": list(limits.code), **told}


def _other(each: Statement, made: Sequence[Statement], rng: random.Random) -> Statement:
    """Return a statement that was made of other utterances."""
    others = [other for other in made if other.said.isdisjoint(each.said)]
    return rng.choice(others)


def _tried(each: Statement, other: Statement, rng: random.Random) -> dict[str, WordScores]:
    fresh = _fresh_code(each.language, rng)
    at = rng.randrange(_CODE_WORDS)
    one = [new if number == at else old for number, (old, new) in
           enumerate(zip(each.code, fresh, strict=True))]  # fmt: skip
    spliced = np.concatenate([each.first, other.second])
    return {
        "true": score_words(each.scores, each.words),
        "other words": score_words(each.scores, other.words),
        "other code": score_words(each.scores, each.with_code(fresh)),
        "one word of the code is another": score_words(each.scores, each.with_code(one)),
        "without its code": score_words(each.first, each.words),
        "its code alone": score_words(each.second, each.words),
        "the end of another": score_words(spliced, each.words),
    }


def _fresh_code(language: str, rng: random.Random) -> list[Word]:
    return code_words(new_code(language, rng), language, words_of_language(language))


def make_statements(
    base: Base,
    entries: Sequence[Entry],
    language: str,
    count: int,
    rng: random.Random,
    report: Report,
) -> list[Statement]:
    """Return up to ``count`` statements, as many of each corpus as there are, in random order."""
    pairs = _pairs(entries, language, rng)[: 2 * count]
    made: list[Statement] = []
    for first, second in pairs:
        if len(made) >= count:
            break
        statement = _statement(base, first, second, language)
        if statement is not None:
            made.append(statement)
            report(len(made) / count, f"listening to statements in {language}")
    return made


def _by_speaker(
    entries: Sequence[Entry], language: str, rng: random.Random
) -> dict[str, list[Entry]]:
    by_speaker: dict[str, list[Entry]] = {}
    for entry in entries:
        fits = _SECONDS[0] <= entry.seconds <= _SECONDS[1]
        if entry.text and entry.language == language and fits:
            by_speaker.setdefault(entry.speaker, []).append(entry)
    for found in by_speaker.values():
        rng.shuffle(found)
    return {speaker: found for speaker, found in by_speaker.items() if len(found) > 1}


def _pairs(
    entries: Sequence[Entry], language: str, rng: random.Random
) -> list[tuple[Entry, Entry]]:
    """Pair each speaker's utterances: each with the next one first, then with the one after, and so on."""
    turns = [
        [(found[at], found[(at + step) % len(found)])
         for step in range(1, len(found)) for at in range(len(found))]
        for found in _by_speaker(entries, language, rng).values()
    ]  # fmt: skip
    rng.shuffle(turns)
    longest = max((len(each) for each in turns), default=0)
    return [each[turn] for turn in range(longest) for each in turns if turn < len(each)]


def _statement(base: Base, first: Entry, second: Entry, language: str) -> Statement | None:
    words = [_words(entry) for entry in (first, second)]
    if not all(words):
        return None
    second_words = _as_code(words[1], language)
    if second_words is None:
        return None
    scores = [phone_scores(base, read_audio(entry.path)) for entry in (first, second)]
    said = (*words[0], *second_words)
    texts = frozenset((first.text, second.text))
    return Statement(first.speaker, language, scores[0], scores[1], said, texts)


def _instead(said: Word, asked: Word) -> Word:
    if said.phones in (asked.phones, *asked.rivals):
        return asked
    return replace(asked, rivals=(*asked.rivals, said.phones))


def _words(entry: Entry) -> list[Word]:
    phonemes = transcript_phonemes(entry.text, entry.language, guess_phones)
    return words_of_phonemes(phonemes) if phonemes else []


def _as_code(words: Sequence[Word], language: str) -> list[Word] | None:
    """Let the last six words that are long enough stand for a code; None where there are fewer."""
    choice = words_of_language(language)
    rivals = [code_words(word, language, choice)[0].phones for word in choice]
    if language == "zh":  # two syllables, as the words of a code have
        tail = [words[-1]] if len(words) % 2 else []
        pairs = zip(words[::2], words[1::2], strict=False)
        words = [*(Word(one.phones + two.phones) for one, two in pairs), *tail]
    long = [at for at, word in enumerate(words) if len(word.phones) >= _MIN_PHONES][-_CODE_WORDS:]
    if len(long) < _CODE_WORDS:
        return None
    return [
        replace(word, rivals=tuple(r for r in rivals if r != word.phones)) if at in long else word
        for at, word in enumerate(words)
    ]


def _counts(found: Sequence[str]) -> dict[str, Any]:
    n = len(found)
    refused = found.count("refuse")
    return {
        "n": n,
        "accepted": found.count("accept"),
        "waiting": found.count("wait"),
        "refused": refused,
        "refused_95": binomial_interval(refused, n),
    }
