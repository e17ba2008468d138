"""The phones of a recording whose words are known, by aligning them to the content encoder's posteriors."""

import numpy as np
from numpy.typing import NDArray

from voicehub.errors import TextError
from voicehub.model.analysis import Analysis
from voicehub.text.frontend import Frontend
from voicehub.training.alignment import with_silences
from voicehub.training.hmm import STATES_PER_PHONE, best_path, build_chain
from voicehub.training.prepare import pack_phonemes

_POOR_FIT = (
    -3.0
)  # mean log posterior a frame under which words and recording do not belong together


def align_transcript(analysis: Analysis, text: str, frontend: Frontend) -> NDArray[np.int64]:
    """Return the phone of each frame, (frames,); raise ``TextError`` where the words do not fit."""
    phonemes = [p for sentence in frontend.sentences(text) for p in sentence.phonemes]
    tokens, optional = with_silences(np.array(pack_phonemes(phonemes), np.int16))
    chain = build_chain(tokens[:, 0].astype(np.int32), optional)
    scores = np.log(analysis.posteriors().T + 1e-5)
    by_state = np.ascontiguousarray(np.repeat(scores, STATES_PER_PHONE, axis=1), np.float32)
    path, fit = best_path(by_state, chain)
    if fit < _POOR_FIT:
        raise TextError(
            f"the transcript {text[:60]!r} does not fit its recording "
            f"(fit {fit:.1f}, need {_POOR_FIT:g} or more)"
        )
    return tokens[chain.token[path], 0].astype(np.int64)
