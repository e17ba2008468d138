"""Everything that is measured of one system for one speaker."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.waveform import Waveform
from voicehub.evaluation.judges import Judges
from voicehub.evaluation.metrics import compare
from voicehub.evaluation.protocol import Reading
from voicehub.evaluation.quality import predicted_mos
from voicehub.evaluation.recogniser import WordErrors, default_recogniser, word_error_rate
from voicehub.evaluation.similarity import (
    MIN_RECORDINGS,
    pairwise_similarity,
    similarity_to_mean,
)
from voicehub.speaker.embedding import default_encoder


@dataclass(frozen=True)
class SecondOpinion:
    """Other networks to judge by, and what these make of each sentence's ``others``, as in ``score_system``."""

    judges: Judges
    others: Sequence[Sequence[NDArray[np.float32]]]

    def score(
        self, fakes: Sequence[Waveform], texts: Sequence[str], fewest: int = MIN_RECORDINGS
    ) -> dict[str, list[float]]:
        """Return likeness, errors and words, one a sentence."""
        heard = [
            word_error_rate(text, self.judges.transcribe(fake))
            for fake, text in zip(fakes, texts, strict=True)
        ]
        return {
            "second_similarity": [
                similarity_to_mean(self.judges.embed(fake), own, fewest)
                for fake, own in zip(fakes, self.others, strict=True)
            ],
            "second_word_errors": [each.errors for each in heard],
        }


@dataclass(frozen=True)
class SystemScore:
    """What one system scored for one speaker."""

    similarity: list[float]
    pairwise: float
    errors: list[WordErrors]
    mos: list[float]
    against_natural: dict[str, float]
    second: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        return {
            "similarity": self.similarity,
            "pairwise": self.pairwise,
            "word_errors": [each.errors for each in self.errors],
            "words": [each.words for each in self.errors],
            "mos": self.mos,
            **self.against_natural,
            **self.second,
        }


def score_system(
    fakes: Sequence[Waveform],
    readings: Sequence[Reading],
    others: Sequence[Sequence[NDArray[np.float32]]],
    fewest: int = MIN_RECORDINGS,
    second: SecondOpinion | None = None,
) -> SystemScore:
    """Score ``fakes`` of ``readings``, each against the speaker by the embeddings ``others`` of other recordings.

    ``fewest`` is how many of them a mean must be made of.
    """
    fakes = [normalise_loudness(fake) for fake in fakes]
    embeddings = [default_encoder().embed(fake) for fake in fakes]
    pairs = list(zip(embeddings, others, strict=True))
    return SystemScore(
        [similarity_to_mean(embedding, own, fewest) for embedding, own in pairs],
        float(np.mean([pairwise_similarity([embedding], own) for embedding, own in pairs])),
        _word_errors(fakes, [reading.text for reading in readings]),
        [predicted_mos(fake).p808 for fake in fakes],
        _distances(fakes, readings),
        second.score(fakes, [reading.text for reading in readings], fewest) if second else {},
    )


def score_heard(
    fakes: Sequence[Waveform],
    texts: Sequence[str],
    others: Sequence[NDArray[np.float32]],
    second: SecondOpinion | None = None,
) -> dict[str, list[Any]]:
    """Return "similarity" to the speaker of the embeddings ``others``, "word_errors" and "words", one a sentence.

    And what the second opinion makes of them, where there is one.
    """
    fakes = [normalise_loudness(fake) for fake in fakes]
    errors = _word_errors(fakes, texts)
    return {
        "similarity": [similarity_to_mean(default_encoder().embed(f), others) for f in fakes],
        "word_errors": [each.errors for each in errors],
        "words": [each.words for each in errors],
        **(second.score(fakes, texts) if second else {}),
    }


def score_mos(fakes: Sequence[Waveform]) -> list[float]:
    """Return the DNSMOS P.808 of each sentence at one loudness."""
    return [predicted_mos(normalise_loudness(fake)).p808 for fake in fakes]


def _word_errors(fakes: Sequence[Waveform], texts: Sequence[str]) -> list[WordErrors]:
    recogniser = default_recogniser()
    return [
        word_error_rate(text, recogniser.transcribe(fake))
        for fake, text in zip(fakes, texts, strict=True)
    ]


def _distances(fakes: Sequence[Waveform], readings: Sequence[Reading]) -> dict[str, float]:
    rows = [compare(f, r.waveform) for f, r in zip(fakes, readings, strict=True)]
    pitch = [row.pitch for row in rows]
    return {
        "mel_mse": float(np.median([row.mel_mse for row in rows])),
        "mel_correlation": float(np.median([row.mel_correlation for row in rows])),
        "mcd_db": float(np.median([row.mcd_db for row in rows])),
        "f0_rmse_cents": _median([p.rmse_cents for p in pitch]),
        "f0_correlation": _median([p.correlation for p in pitch]),
        "voicing_error": float(np.median([p.voicing_error for p in pitch])),
    }


def _median(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else float("nan")
