"""Everything that is measured of one system for one speaker."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.waveform import Waveform
from voicehub.evaluation.metrics import compare
from voicehub.evaluation.protocol import Reading
from voicehub.evaluation.quality import predicted_mos
from voicehub.evaluation.recogniser import WordErrors, default_recogniser, word_error_rate
from voicehub.evaluation.similarity import pairwise_similarity, similarity_to_mean
from voicehub.speaker.embedding import default_encoder


@dataclass(frozen=True)
class SystemScore:
    """What one system scored for one speaker."""

    similarity: list[float]
    pairwise: float
    errors: list[WordErrors]
    mos: list[float]
    against_natural: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields for JSON."""
        return {
            "similarity": self.similarity,
            "pairwise": self.pairwise,
            "word_errors": [each.errors for each in self.errors],
            "words": [each.words for each in self.errors],
            "mos": self.mos,
            **self.against_natural,
        }


def score_system(
    fakes: Sequence[Waveform], readings: Sequence[Reading], others: Sequence[NDArray[np.float32]]
) -> SystemScore:
    """Score ``fakes`` of ``readings`` against the speaker whose other recordings have embeddings ``others``."""
    encoder, recogniser = default_encoder(), default_recogniser()
    fakes = [normalise_loudness(fake) for fake in fakes]
    embeddings = [encoder.embed(fake) for fake in fakes]
    errors = [
        word_error_rate(reading.text, recogniser.transcribe(fake))
        for fake, reading in zip(fakes, readings, strict=True)
    ]
    return SystemScore(
        [similarity_to_mean(embedding, others) for embedding in embeddings],
        pairwise_similarity(embeddings, others),
        errors,
        [predicted_mos(fake).p808 for fake in fakes],
        _distances(fakes, readings),
    )


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
