"""The right to speak, asked before every part, and the count of what is spoken under a licence."""

import math

from voicehub.services.ownership import usable_voice
from voicehub.services.runtime import Runtime
from voicehub.store.mark_records import GenerationKind
from voicehub.store.records import OPERATOR, Voice

CHARACTERS_A_SECOND = 15  # that a second of converted speech counts as: about that of reading


class Meter:
    """One use of a voice: with one's own nothing is counted, under a licence every part is.

    A part is charged once by its number, so that a job that is begun again pays nothing twice.
    """

    def __init__(
        self, runtime: Runtime, voice: Voice, user_id: str, kind: GenerationKind, use_id: str
    ) -> None:
        self.runtime, self.voice, self.user_id = runtime, voice, user_id
        self.kind, self.use_id = kind, use_id
        self.own = user_id in (OPERATOR, voice.owner_id)

    def check(self) -> None:
        """Raise ``ConsentError`` unless speech may be made now."""
        self.runtime.store.check_consent(self.voice, self.kind)
        if not self.own:
            self.runtime.licences.right(self.voice.id, self.user_id)

    def count(self, number: int, characters: int) -> None:
        """Charge part ``number`` before it is given out, or raise where it cannot be paid."""
        if not self.own:
            self.runtime.licences.meter(
                self.voice.id, self.user_id, self.use_id, self.kind, number, characters
            )


def check_right(
    runtime: Runtime, user_id: str, voice_id: str, use: GenerationKind, characters: int
) -> None:
    """Raise where a voice is not the user's to put to ``use``, or cannot be paid for."""
    voice = usable_voice(runtime, voice_id, user_id)
    runtime.store.check_consent(voice, use)
    if user_id in (OPERATOR, voice.owner_id):
        return
    licence = runtime.licences.right(voice.id, user_id)
    if licence is not None:
        runtime.licences.check_affordable(licence, characters)


def characters_of(seconds: float) -> int:
    """Return how many characters converted speech counts as."""
    return math.ceil(seconds * CHARACTERS_A_SECOND)
