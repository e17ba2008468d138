"""The phonemes of a corpus transcript, unknown English words by the letter-to-sound model."""

from typing import Any

from voicehub.features.mel import FRAMES_PER_SECOND
from voicehub.text.letters import guess_phones
from voicehub.text.phonemes import Phoneme
from voicehub.text.pronounce import transcript_phonemes

_SURELY_WHOLE_SECONDS = 17.0  # longer recordings may have been cut and no longer fit their text


def transcript_of(record: dict[str, Any]) -> tuple[Phoneme, ...] | None:
    """Return the phonemes of a prepared utterance, None when its text cannot be read."""
    if record["phones"]:
        return transcript_phonemes(record["text"], record["language"])
    if not record["text"] or record["frames"] > _SURELY_WHOLE_SECONDS * FRAMES_PER_SECOND:
        return None
    return transcript_phonemes(record["text"], record["language"], guess_phones)
