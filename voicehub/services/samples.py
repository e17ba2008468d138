"""The recordings that a user gives: read, judged, kept, drawn, and removed with all made of them."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from voicehub.audio.files import read_audio
from voicehub.audio.formats import suffix_of
from voicehub.audio.quality import assess
from voicehub.audio.waveform import Waveform
from voicehub.consent.fingerprint import fingerprint
from voicehub.errors import AudioError, LimitError, NotFoundError
from voicehub.services.consent import file_sha256
from voicehub.services.limits import Limits
from voicehub.services.receipts import Remover
from voicehub.services.recordings import checked_sound
from voicehub.services.removal import remove_all_of
from voicehub.services.replays import remember
from voicehub.services.runtime import Runtime
from voicehub.services.storage import beside, made
from voicehub.services.voiceprints import Impostors, kept_print
from voicehub.settings import AUDIO_LIMITS, AudioLimits
from voicehub.store.records import Sample, User
from voicehub.store.rows import new_id, now

_MB = 2**20
MAX_VALUES = 192_000  # frames times channels a second: stereo at 96 kHz
_MAX_SHOWN_NAME = 120  # characters of the name that a file came with


class Samples:
    """A user's recordings; a recording that fails the checks is kept too, so that it can be seen."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.store = runtime, runtime.samples
        self.limits, self.impostors = Limits(runtime), Impostors(runtime)

    def add(self, user: User, path: Path, name: str) -> Sample:
        """Read, judge and keep a recording; the same one again is the one there is."""
        self._check_room(user, path)
        waveform = checked_sound(read_audio(path, self._audio_limits()), path.name)
        from voicehub.speaker.embedding import default_encoder  # torch, when it is needed

        quality = assess(waveform, default_encoder().embed).as_dict()
        sample_id = new_id()
        kept = f"samples/{user.id}/{sample_id}{suffix_of(path)}"
        target = self.runtime.home / kept
        made(target.parent)
        shutil.copyfile(path, target)
        self._check_whose(user, target, waveform)
        sample = Sample(
            sample_id,
            user.id,
            kept,
            " ".join(name.split())[-_MAX_SHOWN_NAME:] or "recording",
            file_sha256(target),
            round(waveform.seconds, 3),
            quality,
            now(),
            expires=user.expires,
        )
        there = self._record(sample, target)
        if there.id != sample.id:
            _remove(target)
        else:
            remember(self.runtime.prints, "sample", sample.id, fingerprint(waveform))
        return there

    def list(self, user: User) -> list[Sample]:
        """Return a user's recordings, oldest first."""
        return self.store.of_user(user.id)

    def get(self, user: User, sample_ids: Sequence[str]) -> Sequence[Sample]:
        """Return a user's own recordings of these identifiers, each once."""
        return [self.store.get(sample_id, user.id) for sample_id in dict.fromkeys(sample_ids)]

    def file(self, user: User, sample_id: str) -> Path:
        """Return where a user's own recording lies."""
        path = self.runtime.home / self.store.get(sample_id, user.id).path
        if not path.is_file():
            raise NotFoundError("the file of this recording is not there any more")
        return path

    def picture(self, user: User, sample_id: str, language: str = "en") -> Path:
        """Return a PNG of waveform, mel spectrogram and F0, drawn when it is first asked for."""
        from voicehub.features.overview import draw_overview

        path = self.file(user, sample_id)
        language = "zh" if language == "zh" else "en"
        picture = path.with_name(f"{sample_id}.{language}.png")
        if not picture.exists():
            partial = path.with_name(f"{sample_id}.{new_id()}.{language}.png")
            draw_overview(read_audio(path), partial, language)
            partial.replace(picture)
        return picture

    def remove(self, user: User, sample_id: str) -> None:
        """Remove a recording and all that was made of it; voices made from it stay."""
        sample = self.store.remove(sample_id, user.id)
        remove_all_of(self.runtime, "recording", sample.path, Remover(self.runtime.home))

    def warm(self) -> None:
        """Load what judges recordings, so that the first visitor does not wait for it."""
        import numpy as np

        from voicehub.audio.waveform import SAMPLE_RATE
        from voicehub.speaker.embedding import default_encoder

        silence = Waveform(np.zeros(2 * SAMPLE_RATE, np.float32))
        default_encoder().embed(silence)
        assess(silence)

    def _record(self, sample: Sample, target: Path) -> Sample:
        try:
            return self.store.add(sample)
        except BaseException:
            _remove(target)
            raise

    def _check_whose(self, user: User, target: Path, waveform: Waveform) -> None:
        """Refuse a recording that sounds like somebody else who is registered here."""
        try:
            self.impostors.check(user.id, kept_print(target, waveform), file_sha256(target))
        except BaseException:
            _remove(target)
            raise

    def _check_room(self, user: User, path: Path) -> None:
        allowed = self.runtime.limits.max_samples
        there = len(self.store.of_user(user.id))
        if there >= allowed:
            raise LimitError(
                f"you keep {there} recordings and {allowed} are allowed; remove some first"
            )
        size = path.stat().st_size if path.is_file() else 0
        largest = self.runtime.limits.max_upload_mb
        if size > largest * _MB:
            raise AudioError(
                f"the recording has {size / _MB:.1f} MB and {largest} MB are allowed; "
                "cut it or save it as FLAC or MP3"
            )
        self.limits.check_room(user, size)

    def _audio_limits(self) -> AudioLimits:
        seconds = self.runtime.limits.max_sample_seconds
        return replace(AUDIO_LIMITS, max_seconds=seconds, max_values=int(seconds * MAX_VALUES))


def _remove(target: Path) -> None:
    for each in beside(target):
        each.unlink()
