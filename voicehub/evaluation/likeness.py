"""How near a voice has come to its owner, measured quickly while it is being tuned."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from voicehub.audio.loudness import normalise_loudness
from voicehub.audio.waveform import Waveform
from voicehub.model.base import Base
from voicehub.model.voice import VoiceModel
from voicehub.speaker.embedding import default_encoder, unit
from voicehub.synthesis.convert import ConvertOptions, convert
from voicehub.training.finetune_data import cut_recordings

_ALL = ConvertOptions(likeness=1.0)  # of what was tuned, as text is spoken with
_MAX_SECONDS = 6.0  # of speech that is copied for a score
_MIN_PIECES = 2


class Likeness:
    """Compares a copy of the last utterance with the mean of the others.

    The last utterance is held out of the tuning. ``ceiling`` is the same figure of natural speech,
    the median over the utterances, so that 'as like as the owner is to themselves' has a number.
    Of few recordings both are rough: `voicehub evaluate` measures a voice properly.
    """

    def __init__(self, base: Base, recordings: Sequence[Waveform]) -> None:
        pieces = cut_recordings(recordings)
        if len(pieces) < _MIN_PIECES:
            pieces = [half for piece in pieces for half in _halves(piece)]
        self.base = base
        embeddings = [default_encoder().embed(piece) for piece in pieces]
        last = pieces[-1]
        length = int(_MAX_SECONDS * last.sample_rate)
        self.source = Waveform(last.samples[:length], last.sample_rate, last.source_rate)
        self.mean = unit(np.mean(embeddings[:-1], 0))
        self.ceiling = float(np.median([_to_others(embeddings, k) for k in range(len(pieces))]))

    def score(self, voice: VoiceModel) -> float:
        """Return the cosine of a copy by ``voice`` with the mean of its owner's other utterances."""
        copy = normalise_loudness(convert(self.base, voice, self.source, _ALL))
        return float(default_encoder().embed(copy) @ self.mean)


def _to_others(embeddings: Sequence[NDArray[np.float32]], number: int) -> float:
    others = [*embeddings[:number], *embeddings[number + 1 :]]
    return float(embeddings[number] @ unit(np.mean(others, 0)))


def _halves(piece: Waveform) -> list[Waveform]:
    middle = len(piece.samples) // 2
    parts = (piece.samples[:middle], piece.samples[middle:])
    return [Waveform(part.copy(), piece.sample_rate, piece.source_rate) for part in parts]
