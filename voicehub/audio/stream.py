"""Writes audio that is made piece by piece: constant memory, and the whole file or none."""

import os
import secrets
from pathlib import Path
from types import TracebackType

import numpy as np
import soundfile
from numpy.typing import NDArray

from voicehub.audio.decode import BLOCK
from voicehub.audio.files import encoding_of
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import AudioError, NotFoundError


def pcm16(waveform: Waveform) -> NDArray[np.int16]:
    """Return the samples as 16-bit PCM, clipped and rounded to the nearest, as files hold them."""
    scaled = np.clip(waveform.samples, -1.0, 1.0) * np.float32(32767)
    return np.asarray(np.rint(scaled), np.int16)


class AudioWriter:
    """A context whose `write` appends 24 kHz audio; ``path`` appears when it ends without error.

    The suffix names the format. Raises ``AudioError`` where it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seconds = 0.0
        self._encoding = encoding_of(path.suffix)
        self._partial = path.with_name(f".{secrets.token_hex(8)}.part")
        if not path.parent.is_dir():
            raise NotFoundError(f"there is no folder {path.parent} to write {path.name} to")

    def __enter__(self) -> "AudioWriter":
        """Open a hidden file beside the path."""
        encoding = self._encoding
        try:
            self._file = soundfile.SoundFile(
                self._partial, "w", SAMPLE_RATE, 1, format=encoding.format, subtype=encoding.subtype
            )
        except (soundfile.SoundFileError, OSError) as error:
            self._partial.unlink(missing_ok=True)
            raise AudioError(f"cannot write {self.path}: {error}") from error
        return self

    def write(self, waveform: Waveform) -> None:
        """Append ``waveform``; samples beyond full scale are clipped."""
        if waveform.sample_rate != SAMPLE_RATE:
            raise AudioError(f"need {SAMPLE_RATE} Hz, got {waveform.sample_rate} Hz")
        samples = pcm16(waveform)
        try:
            # The Vorbis encoder keeps a whole call on the stack and crashes on long ones.
            for start in range(0, len(samples), BLOCK):
                self._file.write(samples[start : start + BLOCK])
        except (soundfile.SoundFileError, OSError) as error:
            raise AudioError(f"cannot write {self.path}: {error}") from error
        self.seconds += waveform.seconds

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Put the file in its place, or remove what was written."""
        try:
            self._file.close()
            if kind is None:
                os.replace(self._partial, self.path)
        except (soundfile.SoundFileError, OSError) as failure:
            raise AudioError(f"cannot write {self.path}: {failure}") from failure
        finally:
            self._partial.unlink(missing_ok=True)
