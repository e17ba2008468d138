"""Writes audio that is made piece by piece: constant memory, and the whole file or none."""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np
import soundfile
from numpy.typing import NDArray

from voicehub.audio.decode import BLOCK
from voicehub.audio.files import encoding_of
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import AudioError, NotFoundError

Finish = Callable[[Path], None]  # works on a file that nobody else sees yet


def pcm16(waveform: Waveform) -> NDArray[np.int16]:
    """Return the samples as 16-bit PCM, clipped and rounded to the nearest, as files hold them."""
    scaled = np.clip(waveform.samples, -1.0, 1.0) * np.float32(32767)
    return np.asarray(np.rint(scaled), np.int16)


def checked_target(path: Path) -> None:
    """Raise where no audio can be written to ``path``: a format nobody knows, or no such folder."""
    encoding_of(path.suffix)
    if not path.parent.is_dir():
        raise NotFoundError(f"there is no folder {path.parent} to write {path.name} to")


class AudioWriter:
    """A context whose `write` appends 24 kHz audio; ``path`` appears when it ends without error.

    The suffix names the format; ``finish`` is given the whole file just before it appears, to add
    labels to it. Raises ``AudioError`` where it cannot be written.
    """

    def __init__(self, path: Path, finish: Finish | None = None) -> None:
        self.path, self._finish = path, finish
        self.seconds = 0.0
        checked_target(path)
        self._encoding = encoding_of(path.suffix)
        self._partial = path.with_name(f".{secrets.token_hex(8)}.part")

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
        self._append(pcm16(waveform))

    def _append(self, samples: NDArray[np.int16]) -> None:
        try:
            # The Vorbis encoder keeps a whole call on the stack and crashes on long ones.
            for start in range(0, len(samples), BLOCK):
                self._file.write(samples[start : start + BLOCK])
        except (soundfile.SoundFileError, OSError) as error:
            raise AudioError(f"cannot write {self.path}: {error}") from error
        self.seconds += len(samples) / SAMPLE_RATE

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
                if self._finish is not None:
                    self._finish(self._partial)
                os.replace(self._partial, self.path)
        except (soundfile.SoundFileError, OSError) as failure:
            raise AudioError(f"cannot write {self.path}: {failure}") from failure
        finally:
            self._partial.unlink(missing_ok=True)


def write_pcm(path: Path, waveform: Waveform, finish: Finish | None = None) -> None:
    """Write 24 kHz audio whose samples are those of `pcm16`, so that its hash can be foretold."""
    with AudioWriter(path, finish) as writer:
        writer.write(waveform)


def copy_audio(source: Path, target: Path, finish: Finish | None = None) -> None:
    """Write what a 24 kHz mono file of 16 bits holds to ``target``, sample for sample."""
    with _opened(source) as file, AudioWriter(target, finish) as writer:
        for block in file.blocks(BLOCK, dtype="int16"):
            writer._append(block)


def pcm_sha256(path: Path) -> str | None:
    """Return the hash of a file's PCM as `pcm16` makes it; None where it is not of that kind."""
    try:
        with _opened(path) as file:
            digest = hashlib.sha256()
            for block in file.blocks(BLOCK, dtype="int16"):
                digest.update(block.astype("<i2").tobytes())
    except (AudioError, soundfile.SoundFileError):
        return None
    return digest.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """Yield a file whose samples are 16-bit PCM at 24 kHz, one channel."""
    try:
        with soundfile.SoundFile(path) as file:
            found = (file.samplerate, file.channels, file.subtype)
            if found != (SAMPLE_RATE, 1, "PCM_16"):
                raise AudioError(f"{path.name} is not mono 16-bit PCM at {SAMPLE_RATE} Hz")
            yield file
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioError(f"{path.name} cannot be read: {error}") from error
