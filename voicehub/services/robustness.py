"""What a mark survives: a clip goes through codecs, noise and cuts, and each result is listened to."""

from dataclasses import dataclass
from pathlib import Path

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, InputError, MissingToolError
from voicehub.evaluation.attacks import Attack, attacks
from voicehub.services.checker import Checker, Heard
from voicehub.services.runtime import Runtime

MAX_SECONDS = 30.0  # of a clip that are tried


@dataclass(frozen=True)
class Survival:
    """What is left after one change: whether a mark was ``found``, and ``led`` to the right entry.

    Both are None where the change could not be made, for want of ffmpeg.
    """

    change: str
    found: bool | None
    led: bool | None
    score: float | None


class Robustness:
    """Tries what the mark in a clip survives."""

    def __init__(self, runtime: Runtime) -> None:
        self.checker = Checker(runtime)

    def survivals(self, path: Path) -> list[Survival]:
        """Return what is left of the mark of a clip after each change, failures included.

        Raises ``InputError`` where the clip bears no mark of ours, ``AudioError`` where it cannot
        be read.
        """
        try:
            waveform = read_audio(path, max_seconds=MAX_SECONDS)
        except MissingToolError as error:
            raise AudioError(str(error)) from error
        plain = self.checker.listen(waveform)
        if plain is None or not plain.known:
            raise InputError("no mark of ours was found in this clip; give one that was made here")
        return [self._after(attack, waveform, plain) for attack in attacks()]

    def _after(self, attack: Attack, waveform: Waveform, plain: Heard) -> Survival:
        try:
            heard = self.checker.listen(attack(waveform))
        except MissingToolError:
            return Survival(attack.name, None, None, None)
        led = heard is not None and heard.payload == plain.payload
        return Survival(attack.name, heard is not None, led, heard.score if heard else None)
