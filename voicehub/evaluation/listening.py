"""A blind comparison of two systems by people: which of two sounds of the same words is better.

Comparison category rating (ITU-T P.800, annex E): both sounds of a pair are heard, and the second is rated against
the first from -3, much worse, to 3, much better. Which system comes first is drawn for each pair, and so is the order
of the pairs. Some pairs are controls, the same sound twice: who hears great differences there was guessing.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from voicehub.audio.files import read_audio, write_audio
from voicehub.audio.loudness import normalise_loudness
from voicehub.errors import InputError, NotFoundError
from voicehub.evaluation.confidence import binomial_interval, bootstrap_interval

WORST, BEST = -3, 3
_CONTROL_EVERY = 6  # pairs, one more is a control
_SUFFIXES = frozenset({".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a"})
_SOUND_SUFFIX = ".flac"


@dataclass(frozen=True)
class Pair:
    """What a listener hears as one pair; ``first`` is "before", "after", or "control" where both are one sound."""

    name: str
    first: str


def sound_names(number: int) -> tuple[str, str]:
    """Return the files of a pair, counted from 1, as the page plays them."""
    return f"{number:02d}-a{_SOUND_SUFFIX}", f"{number:02d}-b{_SOUND_SUFFIX}"


def prepare_test(before: Path, after: Path, folder: Path, seed: int = 0) -> dict[str, Any]:
    """Write the sounds of a test to ``folder`` and return its key: "test", "seed" and "pairs".

    A pair is made of every two files that have one name, whatever their suffix, in ``before`` and ``after``; both are
    brought to one loudness. Raises ``InputError`` where no name is in both.
    """
    old, new = _sounds_of(before), _sounds_of(after)
    names = sorted(set(old) & set(new))
    if not names:
        raise InputError(
            f"{before} ({len(old)} sounds) and {after} ({len(new)} sounds) have no name in common; "
            "a pair needs the same words under the same name, as speech-1.wav in both"
        )
    rng = np.random.default_rng(seed)
    pairs = [Pair(name, ("before", "after")[int(rng.integers(2))]) for name in names]
    controls = rng.choice(len(names), -(-len(names) // _CONTROL_EVERY), replace=False)
    pairs += [Pair(names[int(k)], "control") for k in sorted(controls)]
    pairs = [pairs[int(k)] for k in rng.permutation(len(pairs))]
    folder.mkdir(parents=True, exist_ok=True)
    for number, pair in enumerate(pairs, 1):
        order = {"before": (old, new), "after": (new, old), "control": (new, new)}[pair.first]
        for name, sounds in zip(sound_names(number), order, strict=True):
            write_audio(folder / name, normalise_loudness(read_audio(sounds[pair.name])))
    test = f"{rng.integers(2**48):012x}"
    return {"test": test, "seed": seed, "pairs": [asdict(pair) for pair in pairs]}


def _sounds_of(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise NotFoundError(f"there is no folder {folder}")
    return {path.stem: path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES}


def read_key(path: Path) -> dict[str, Any]:
    """Read a key that ``prepare_test`` made; raise ``NotFoundError`` or ``InputError`` where it is none."""
    return _read(path, "key", _as_key)


def read_answers(path: Path) -> dict[str, Any]:
    """Read what the page of a test saved: "test", "listener", and "answers" by the number of the pair.

    Raises ``NotFoundError`` or ``InputError`` where there is no such file or it holds something else.
    """
    read = _read(path, "answers", _as_answers)
    answers = read["answers"]
    if not all(WORST <= rating <= BEST for rating in answers.values()):
        raise InputError(f"{path} has ratings outside {WORST} to {BEST}")
    return read


def _read(path: Path, what: str, form: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    try:
        return form(json.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise NotFoundError(
            f"there is no file {path}, need the {what} of a listening test"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} holds no {what} of a listening test: {error}") from error


def _as_key(found: Any) -> dict[str, Any]:
    pairs = [{"name": each["name"], "first": each["first"]} for each in found["pairs"]]
    return {"test": str(found["test"]), "pairs": pairs}


def _as_answers(found: Any) -> dict[str, Any]:
    answers = {int(number): int(rating) for number, rating in found["answers"].items()}
    return {"test": str(found["test"]), "listener": str(found["listener"]), "answers": answers}


def score_test(key: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what listeners preferred, from the ``key`` of a test and what each saved.

    "cmos" is the mean rating of "after" against "before", -3 to 3, with a 95 % bootstrap interval over listeners where
    there are two or more, else over pairs. "preferred_after", "preferred_before" and "no_difference" are shares of
    the ratings; the interval and the p-value of the first are of the ratings that prefer one (exact binomial test), as
    if all were independent. "control" is the mean size of the ratings where both sounds were the same.
    """
    listeners = [each["listener"] for each in answers]
    if len(set(listeners)) < len(listeners):
        raise InputError("two files of answers are of one listener: give each once")
    foreign = [each["listener"] for each in answers if each["test"] != key["test"]]
    if foreign:
        raise InputError(f"the answers of {', '.join(foreign)} belong to another test")
    by_listener = [_ratings(key, each["answers"]) for each in answers]
    ratings = np.array([rating for each in by_listener for _, rating in each[0]], np.float64)
    if not len(ratings):
        raise InputError("need the rating of one pair at least, got none")
    better, worse = int((ratings > 0).sum()), int((ratings < 0).sum())
    decided = better + worse
    controls = [abs(rating) for each in by_listener for rating in each[1]]
    return {
        "listeners": len(answers),
        "ratings": len(ratings),
        "cmos": float(ratings.mean()),
        "cmos_95": _mean_interval([np.array([r for _, r in each[0]]) for each in by_listener]),
        "preferred_after": better / len(ratings),
        "preferred_before": worse / len(ratings),
        "no_difference": 1 - decided / len(ratings),
        "after_of_decided_95": list(binomial_interval(better, decided)),
        "p_value": float(binomtest(better, decided).pvalue) if decided else 1.0,
        "control": float(np.mean(controls)) if controls else None,
        "by_sound": _by_sound(by_listener),
    }


def _ratings(
    key: Mapping[str, Any], answers: Mapping[int, int]
) -> tuple[list[tuple[str, int]], list[int]]:
    """Return the ratings of "after" against "before" with the names of the sounds, and those of controls."""
    rated, controls = [], []
    for number, pair in enumerate(key["pairs"], 1):
        if number not in answers:
            continue
        rating = answers[number]  # of the second sound against the first
        if pair["first"] == "control":
            controls.append(rating)
        else:
            rated.append((str(pair["name"]), rating if pair["first"] == "before" else -rating))
    return rated, controls


def _mean_interval(by_listener: Sequence[NDArray[np.int64]]) -> list[float]:
    heard = [each for each in by_listener if len(each)]
    rows = [float(each.mean()) for each in heard] if len(heard) > 1 else heard[0].tolist()
    return list(bootstrap_interval(rows, lambda values: float(values.mean()), 0))


def _by_sound(
    by_listener: Sequence[tuple[list[tuple[str, int]], list[int]]],
) -> dict[str, float]:
    found: dict[str, list[int]] = {}
    for rated, _ in by_listener:
        for name, rating in rated:
            found.setdefault(name, []).append(rating)
    return {name: float(np.mean(values)) for name, values in sorted(found.items())}
