"""Whose voice a drill's visitors have: the bundled readers, whose recordings bear an open licence.

No recording of a bundled reader says the words of a consent statement, and no program here may speak them. A
drill's server therefore recognises the readers and records what is true of them: the licence of their corpus.
It is made by the drills alone; nothing that ships starts a server so, and anybody else's voice is refused.
"""

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import Waveform
from voicehub.services.demo import BASIS, READERS, demo_recordings
from voicehub.services.verification import SpeechVerifier, Verdict
from voicehub.services.voiceprints import Vector, embed
from voicehub.store.records import Challenge

_ALIKE = 0.8  # cosine, of a microphone's copy too


class BundledReaders:
    """Takes a reading for the licence of its reader's corpus, and refuses everybody else."""

    def __init__(self) -> None:
        self._prints: list[Vector] = []

    def verify(self, challenge: Challenge, waveform: Waveform) -> Verdict:
        """Return "licensed" for a bundled reader, else "refused"."""
        heard = SpeechVerifier().verify(challenge, waveform)
        if not heard.accepted:
            return heard
        if not self._prints:
            clips = [path for reader in READERS for path in demo_recordings(reader)]
            self._prints = [embed(read_audio(path)) for path in clips]
        spoken = embed(waveform)
        likeness = max(float(spoken @ each) for each in self._prints)
        scores = heard.scores | {
            "likeness": round(likeness, 3),
            "licence": BASIS.name,
            "attribution": BASIS.attribution,
        }
        if likeness < _ALIKE:
            return Verdict("refused", "BundledReaders", scores, "this is no bundled reader")
        return Verdict("licensed", "BundledReaders", scores)
