"""One's own speech: the history, each piece in any format, and its removal."""

from collections.abc import Callable
from pathlib import Path

from voicehub.audio.aigc import Aigc
from voicehub.audio.stream import copy_audio
from voicehub.audio.tags import write_label
from voicehub.errors import AudioError, NotFoundError
from voicehub.services.file_labels import MANIFEST_SUFFIX, file_manifest, finish_file, producer
from voicehub.services.receipts import Remover
from voicehub.services.removal import remove_speech
from voicehub.services.runtime import Runtime
from voicehub.settings import FORMATS
from voicehub.store.records import Speech, User
from voicehub.store.rows import new_id


class Speeches:
    """Pieces of speech that a user made."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.store = runtime, runtime.speeches

    def history(self, user: User, limit: int = 50) -> list[Speech]:
        """Return a user's speech, newest first."""
        return self.store.of_user(user.id, limit)

    def file(self, user: User, speech_id: str, format: str | None = None) -> Path:
        """Return speech as a file of ``format``, by default the one that was asked for."""
        speech = self.store.get(speech_id, user.id)
        self.runtime.takedowns.check(speech.voice_id)
        whole = self.runtime.home / speech.path
        chosen = checked_format(format or speech.format)
        if not whole.is_file():
            raise NotFoundError("the file of this speech is not there any more")
        path = whole.with_suffix(f".{chosen}")
        if not path.exists():
            partial = path.with_name(f"{path.stem}.{new_id()}.{chosen}")
            copy_audio(whole, partial, self._finish(speech))
            partial.replace(path)
        return path

    def manifest(self, user: User, speech_id: str, format: str | None = None) -> Path:
        """Return the signed manifest of speech as a file of ``format``, written beside that."""
        speech = self.store.get(speech_id, user.id)
        path = self.file(user, speech_id, format)
        generation = self.runtime.store.generation(speech.generation_id or "")
        beside = path.with_name(path.name + MANIFEST_SUFFIX)
        beside.write_bytes(file_manifest(self.runtime, generation, path))
        return beside

    def _finish(self, speech: Speech) -> Callable[[Path], None]:
        """Return what labels another file of this speech."""
        generation = self.runtime.store.generation(speech.generation_id or "")
        payload = generation.payload if generation else None
        mark = self.runtime.marks.find(payload) if payload is not None else None
        if mark is None:  # made before there were marks: the label alone, with its own number
            return lambda path: write_label(path, Aigc.first(producer(), speech.id).text())
        return lambda path: finish_file(self.runtime, path, mark)

    def delete(self, user: User, speech_id: str) -> None:
        """Remove speech for good; that it was made stays in the log, as a hash."""
        speech = self.store.get(speech_id, user.id)
        remove_speech(self.runtime, speech, Remover(self.runtime.home))


def checked_format(format: str) -> str:
    """Return a format that speech can be had in, or raise ``AudioError``."""
    chosen = format.lower().lstrip(".")
    if chosen not in FORMATS:
        raise AudioError(f"speech can be had as {', '.join(FORMATS)}, not {format!r}")
    return chosen
