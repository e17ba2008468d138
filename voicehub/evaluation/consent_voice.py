"""How well voices are told apart: statement against recording, of one person and of two, by length.

Speakers are split in two halves by turns: thresholds come from one, the figures from the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.consent.limits import VoiceBand, VoiceLimits
from voicehub.evaluation.confidence import binomial_interval
from voicehub.speaker.embedding import default_encoder
from voicehub.training.manifest import Entry

BANDS = (2.0, 3.0, 4.0, 6.0, 8.0)  # seconds of a recording; the last stands for all that are longer
_MOST = 6  # statements of each speaker
_FALSE_ACCEPTS = 0.003  # of pairs of the same corpus, in the half that thresholds come from
_FALSE_REFUSALS = 0.005
_OTHER_ROOM = 0.05  # below: corpora were recorded in one room each, owners are not
_IMPOSTOR_ROOM = 0.003  # above the most alike two people
_FEW = ("audio_cmn_syllabs",)  # syllables of half a second make no statement

Vector = NDArray[np.float32]
Report = Callable[[float, str], None]


@dataclass(frozen=True)
class Piece:
    """At least eight seconds of a speaker: the voiceprint of all of it, and of its first seconds."""

    speaker: str
    corpus: str
    statement: Vector
    recordings: tuple[Vector, ...]  # one for each of `BANDS`


@dataclass(frozen=True)
class Pairs:
    """Cosines of a statement and a recording, of one person and of two; ``close``: of one corpus."""

    genuine: NDArray[np.float64]
    impostor: NDArray[np.float64]
    close: NDArray[np.float64]


def pieces_of(entries: Sequence[Entry], seed: int, report: Report) -> list[Piece]:
    """Put utterances together to pieces of eight seconds and more, and listen to each."""
    rng = np.random.default_rng(seed)
    by_speaker: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.corpus not in _FEW:
            by_speaker.setdefault(entry.speaker, []).append(entry)
    groups: list[list[Entry]] = []
    for _, found in sorted(by_speaker.items()):
        group: list[Entry] = []
        made = 0
        for at in rng.permutation(len(found)):
            group.append(found[at])
            if sum(each.seconds for each in group) >= BANDS[-1] and made < _MOST:
                groups.append(group)
                group, made = [], made + 1
    pieces = []
    for number, group in enumerate(groups):
        pieces.append(_piece(group))
        report(number / len(groups), "comparing voices")
    return pieces


def measure_voice(pieces: Sequence[Piece], encoder: str) -> dict[str, Any]:
    """Return calibrated thresholds and the errors they make on the other half of the speakers."""
    speakers = sorted({piece.speaker for piece in pieces})
    first = set(speakers[::2])
    mine = [each for each in pieces if each.speaker in first]
    theirs = [each for each in pieces if each.speaker not in first]
    bands = [_band(seconds, _pairs(mine, at)) for at, seconds in enumerate(BANDS)]
    most = float(_pairs(mine).impostor.max()) + _IMPOSTOR_ROOM
    limits = VoiceLimits(tuple(bands), round(most, 3), encoder)
    measured = {
        f"{band.seconds:g} s": _measured(_pairs(theirs, at), band) for at, band in enumerate(bands)
    }
    return {
        "limits": asdict(limits),
        "speakers": {"calibrated_on": len(first), "measured_on": len(speakers) - len(first)},
        "measured": measured,
        "newcomers": _newcomers(_pairs(theirs), limits.impostor),
    }


def _piece(group: Sequence[Entry]) -> Piece:
    samples = np.concatenate([read_audio(each.path).samples for each in group])
    parts = [Waveform(samples[: round(s * SAMPLE_RATE)].copy()) for s in BANDS]
    embed = default_encoder().embed
    return Piece(
        group[0].speaker, group[0].corpus, embed(Waveform(samples)), tuple(map(embed, parts))
    )


def _band(seconds: float, pairs: Pairs) -> VoiceBand:
    accept = float(np.quantile(pairs.close, 1 - _FALSE_ACCEPTS))
    refuse = float(np.quantile(pairs.genuine, _FALSE_REFUSALS)) - _OTHER_ROOM
    return VoiceBand(seconds, round(accept, 3), round(min(refuse, accept), 3))


def _measured(pairs: Pairs, band: VoiceBand) -> dict[str, Any]:
    return {
        "impostor_accepted": _share(pairs.impostor, band.accept),
        "impostor_accepted_same_corpus": _share(pairs.close, band.accept),
        "impostor_not_refused": _share(pairs.impostor, band.refuse),
        "owner_refused": _share(pairs.genuine, -2.0, band.refuse),
        "owner_between": _share(pairs.genuine, band.refuse, band.accept),
        "owner_accepted": _share(pairs.genuine, band.accept),
        "equal_error_rate": round(_equal_error(pairs.genuine, pairs.close), 5),
    }


def _newcomers(pairs: Pairs, impostor: float) -> dict[str, Any]:
    return {
        "newcomer_taken_for_another": _share(pairs.impostor, impostor),
        "person_known_again": _share(pairs.genuine, impostor),
        "most_alike_two_people": round(float(pairs.impostor.max()), 4),
    }


def _share(scores: NDArray[np.float64], low: float, high: float = 2.0) -> dict[str, Any]:
    hits = int(((scores >= low) & (scores < high)).sum())
    interval = [round(each, 5) for each in binomial_interval(hits, len(scores))]
    return {"n": len(scores), "share": round(hits / len(scores), 5), "95": interval}


def _equal_error(genuine: NDArray[np.float64], impostor: NDArray[np.float64]) -> float:
    thresholds = np.quantile(np.concatenate([genuine, impostor]), np.linspace(0, 1, 2001))
    gaps = [(abs((genuine < t).mean() - (impostor >= t).mean()), t) for t in thresholds]
    best = min(gaps)[1]
    return float(((genuine < best).mean() + (impostor >= best).mean()) / 2)


def _pairs(pieces: Sequence[Piece], band: int | None = None) -> Pairs:
    """Compare every statement with the recordings of every other piece; without a band with all of it."""
    statements = np.stack([piece.statement for piece in pieces]).astype(np.float64)
    recordings = statements
    if band is not None:
        recordings = np.stack([piece.recordings[band] for piece in pieces]).astype(np.float64)
    speakers = np.unique([piece.speaker for piece in pieces], return_inverse=True)[1]
    corpora = np.unique([piece.corpus for piece in pieces], return_inverse=True)[1]
    scores = statements @ recordings.T
    same = speakers[:, None] == speakers[None]
    near = corpora[:, None] == corpora[None]
    other = ~np.eye(len(pieces), dtype=bool)
    return Pairs(scores[same & other], scores[~same], scores[~same & near])
