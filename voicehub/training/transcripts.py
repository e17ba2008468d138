"""The phonemes of a corpus transcript, unknown English words by the letter-to-sound model."""

from typing import Any

from voicehub.text.phonemes import Phoneme
from voicehub.text.pronounce import transcript_phonemes


def transcript_of(record: dict[str, Any]) -> tuple[Phoneme, ...] | None:
    """Return the phonemes of a prepared utterance, None when its text cannot be read."""
    if not record["phones"]:
        return None
    return transcript_phonemes(record["text"], record["language"])
