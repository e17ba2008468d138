"""How well voices are told apart: statement against recording, of one person and of two.

Speakers are split in two halves by turns: thresholds come from one, the figures from the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.files import read_audio
from voicehub.consent.limits import VoiceLimits
from voicehub.evaluation.confidence import binomial_interval
from voicehub.speaker.embedding import default_encoder, unit
from voicehub.training.manifest import Entry

_LEAST_SECONDS = 8.0  # of a statement, and of a recording: utterances are put together
_MOST = 12  # of each speaker
_FALSE_ACCEPTS = 0.003  # of pairs of the same corpus, in the half that thresholds come from
_FALSE_REFUSALS = 0.005
_OTHER_ROOM = 0.05  # below: corpora were recorded in one room each, owners are not
_IMPOSTOR_ROOM = 0.01  # above the most alike two people
_FEW = ("audio_cmn_syllabs",)  # syllables of half a second make no statement


@dataclass(frozen=True)
class Piece:
    """At least eight seconds of a speaker, with their voiceprint."""

    speaker: str
    corpus: str
    vector: NDArray[np.float32]


def pieces_of(
    entries: Sequence[Entry], embeddings: dict[str, NDArray[np.float32]], seed: int
) -> list[Piece]:
    """Put utterances together to pieces; a voiceprint is the mean of theirs, weighted by seconds."""
    rng = np.random.default_rng(seed)
    by_speaker: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.corpus not in _FEW and str(entry.path) in embeddings:
            by_speaker.setdefault(entry.speaker, []).append(entry)
    pieces = []
    for speaker, found in sorted(by_speaker.items()):
        group: list[Entry] = []
        made = 0
        for at in rng.permutation(len(found)):
            group.append(found[at])
            if sum(each.seconds for each in group) >= _LEAST_SECONDS and made < _MOST:
                parts = [embeddings[str(each.path)] * each.seconds for each in group]
                vector = unit(np.sum(parts, 0))
                pieces.append(Piece(speaker, group[0].corpus, vector))
                group, made = [], made + 1
    return pieces


def embeddings_of(entries: Sequence[Entry], prepared: Path | None) -> dict[str, Any]:
    """Return the voiceprint of each utterance by path, from a prepared corpus where one is given."""
    if prepared is None:
        encoder = default_encoder()
        return {str(each.path): encoder.embed(read_audio(each.path)) for each in entries}
    from voicehub.training.corpus import Corpus

    corpus = Corpus(prepared)
    known = {(u.record["corpus"], u.record["path"]): u.number for u in corpus.utterances}
    return {
        str(each.path): corpus.embeddings[known[each.corpus, each.path.name]]
        for each in entries
        if (each.corpus, each.path.name) in known
    }


def measure_voice(pieces: Sequence[Piece], encoder: str) -> dict[str, Any]:
    """Return calibrated thresholds and the errors they make on the other half of the speakers."""
    speakers = sorted({piece.speaker for piece in pieces})
    first = set(speakers[::2])
    halves = [
        [each for each in pieces if (each.speaker in first) is mine] for mine in (True, False)
    ]
    genuine, impostor = _pairs(halves[0])
    limits = _calibrated(genuine, impostor, encoder)
    genuine, impostor = _pairs(halves[1])
    scores = {"genuine": genuine[:, 0], "impostor": impostor[:, 0]}
    close = impostor[impostor[:, 1] == 1, 0]
    return {
        "limits": {
            "accept": limits.accept, "refuse": limits.refuse, "impostor": limits.impostor,
            "encoder": encoder,
        },
        "speakers": {"calibrated_on": len(first), "measured_on": len(speakers) - len(first)},
        "measured": _measured(scores["genuine"], scores["impostor"], close, limits),
    }  # fmt: skip


def _calibrated(
    genuine: NDArray[np.float64], impostor: NDArray[np.float64], encoder: str
) -> VoiceLimits:
    close = impostor[impostor[:, 1] == 1, 0]
    accept = float(np.quantile(close, 1 - _FALSE_ACCEPTS))
    refuse = float(np.quantile(genuine[:, 0], _FALSE_REFUSALS)) - _OTHER_ROOM
    most = float(impostor[:, 0].max()) + _IMPOSTOR_ROOM
    return VoiceLimits(
        round(accept, 3), round(min(refuse, accept), 3), round(max(most, accept), 3), encoder
    )


def _measured(
    genuine: NDArray[np.float64],
    impostor: NDArray[np.float64],
    close: NDArray[np.float64],
    limits: VoiceLimits,
) -> dict[str, Any]:
    def share(scores: NDArray[np.float64], low: float, high: float = 2.0) -> dict[str, Any]:
        hits = int(((scores >= low) & (scores < high)).sum())
        return {"n": len(scores), "share": round(hits / len(scores), 5),
                "95": binomial_interval(hits, len(scores))}  # fmt: skip

    return {
        "impostor_accepted": share(impostor, limits.accept),
        "impostor_accepted_same_corpus": share(close, limits.accept),
        "impostor_to_a_person": share(impostor, limits.refuse, limits.accept),
        "owner_refused": share(genuine, -2.0, limits.refuse),
        "owner_to_a_person": share(genuine, limits.refuse, limits.accept),
        "owner_accepted": share(genuine, limits.accept),
        "equal_error_rate": round(_equal_error(genuine, close), 5),
        "newcomer_taken_for_another": share(impostor, limits.impostor),
        "person_known_again": share(genuine, limits.impostor),
        "most_alike_two_people": round(float(impostor.max()), 4),
    }


def _equal_error(genuine: NDArray[np.float64], impostor: NDArray[np.float64]) -> float:
    thresholds = np.quantile(np.concatenate([genuine, impostor]), np.linspace(0, 1, 2001))
    gaps = [(abs((genuine < t).mean() - (impostor >= t).mean()), t) for t in thresholds]
    best = min(gaps)[1]
    return float(((genuine < best).mean() + (impostor >= best).mean()) / 2)


def _pairs(pieces: Sequence[Piece]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (score, same corpus) of the pairs of one speaker, and of those of two."""
    vectors = np.stack([piece.vector for piece in pieces]).astype(np.float64)
    speakers = np.unique([piece.speaker for piece in pieces], return_inverse=True)[1]
    corpora = np.unique([piece.corpus for piece in pieces], return_inverse=True)[1]
    one, two = np.triu_indices(len(pieces), 1)
    rows = np.stack([(vectors[one] * vectors[two]).sum(1), corpora[one] == corpora[two]], 1)
    same = speakers[one] == speakers[two]
    return rows[same], rows[~same]
