"""Encodes audio that is made piece by piece into bytes that leave at once, for listeners who wait."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from voicehub.audio.decode import BLOCK
from voicehub.audio.files import encoding_of
from voicehub.audio.waveform import SAMPLE_RATE
from voicehub.errors import AudioError

MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg; codecs=opus",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
Pcm = NDArray[np.int16]  # (samples,), 24 kHz mono
_UNKNOWN = 0xFFFFFFFF  # the length that a WAV of unknown length states


class StreamEncoder:
    """Turns 24 kHz pieces into one stream of a format of ``MEDIA_TYPES``; `close` gives its end.

    ``pcm`` is 16-bit little-endian without any header.
    """

    def __init__(self, format: str) -> None:
        if format not in MEDIA_TYPES:
            raise AudioError(f"speech can be streamed as {', '.join(MEDIA_TYPES)}, not {format!r}")
        self._out = _Outlet()
        self._write: Callable[[Pcm], None] = self._write_raw
        if format == "wav":
            self._out.write(_wav_header())
        elif format != "pcm":
            encoding = encoding_of(f".{format}")
            self._file = soundfile.SoundFile(
                self._out, "w", SAMPLE_RATE, 1, format=encoding.format, subtype=encoding.subtype
            )
            self._write = self._write_encoded

    def write(self, samples: Pcm) -> bytes:
        """Return what can leave once ``samples`` are added; encoders keep some of them back."""
        self._write(samples)
        return self._out.take()

    def close(self) -> bytes:
        """Return the rest of the stream."""
        if self._write == self._write_encoded:
            self._file.close()
        return self._out.take()

    def _write_raw(self, samples: Pcm) -> None:
        self._out.write(samples.astype("<i2").tobytes())

    def _write_encoded(self, samples: Pcm) -> None:
        for start in range(0, len(samples), BLOCK):
            self._file.write(samples[start : start + BLOCK])
        self._file.flush()


def read_pcm(path: Path) -> Pcm:
    """Return the samples of a 16-bit file of our own exactly as they were written."""
    try:
        samples, sample_rate = soundfile.read(path, dtype="int16")
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioError(f"{path.name} cannot be read as audio: {error}") from error
    if sample_rate != SAMPLE_RATE or samples.ndim != 1:
        raise AudioError(f"need {SAMPLE_RATE} Hz in one channel, {path.name} has {sample_rate} Hz")
    return np.asarray(samples, np.int16)


class _Outlet:
    """A file that is sent off as it is written: what an encoder would go back to change is gone.

    FLAC and MP3 go back only to put the length into their header, which players do without.
    """

    def __init__(self) -> None:
        self._sent, self._position = 0, 0
        self._kept = bytearray()

    def write(self, data: bytes | memoryview) -> int:
        raw = bytes(data)
        fresh = raw[max(self._sent - self._position, 0) :]  # what is before has left
        begin = max(self._position - self._sent, 0)
        self._kept[begin : begin + len(fresh)] = fresh
        self._position += len(raw)
        return len(raw)

    def seek(self, offset: int, whence: int = 0) -> int:
        end = self._sent + len(self._kept)
        self._position = offset + (0, self._position, end)[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        data = bytes(self._kept)
        self._sent += len(data)
        self._kept.clear()
        return data


def _wav_header() -> bytes:
    """Return the header of a WAV of unknown length, 16-bit mono."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16)
    data = struct.pack("<4sI", b"data", _UNKNOWN)
    return struct.pack("<4sI4s", b"RIFF", _UNKNOWN, b"WAVE") + form + data
