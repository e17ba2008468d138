"""Audio files in and out: bounded decoding to a checked mono 24 kHz waveform, atomic writing.

A file is believed in nothing: its kind is told from its first bytes, its length from what decodes,
and memory stays bounded whatever its header claims.
"""

import io
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from voicehub.audio.convert import convert_to_wav
from voicehub.audio.decode import BLOCK, decode, decode_beginning, read_header
from voicehub.audio.formats import (
    CONVERTED,
    HEAD_BYTES,
    READABLE,
    TAGGED,
    Format,
    describe,
    sniff,
)
from voicehub.audio.resample import resample
from voicehub.audio.waveform import Waveform
from voicehub.errors import AudioError, NotFoundError
from voicehub.settings import AUDIO_LIMITS, AudioLimits

_MAX_TAGS = 8  # ID3 tags before the sound: programs that tag twice leave two


@dataclass(frozen=True)
class AudioInfo:
    """What the header of a file claims; ``seconds`` is None where it does not say."""

    format: str
    sample_rate: int
    channels: int
    seconds: float | None
    bytes: int


def probe_audio(path: Path, limits: AudioLimits = AUDIO_LIMITS) -> AudioInfo:
    """Return what ``path`` claims to hold without decoding it; errors are those of `read_audio`.

    A format that only ffmpeg reads is told by name and size alone, with zeros for the rest.
    """
    kind, size = _check_file(path, limits)
    if kind.demuxer:
        return AudioInfo(kind.name, 0, 0, None, size)
    header = read_header(path, kind, limits, path.name)
    return AudioInfo(kind.name, header.sample_rate, header.channels, header.seconds, size)


def read_audio(
    path: Path,
    limits: AudioLimits | float = AUDIO_LIMITS,
    *,
    max_seconds: float | None = None,
) -> Waveform:
    """Decode ``path`` to mono 24 kHz.

    A recording longer than ``limits`` is refused; with ``max_seconds`` (or a bare number in the
    place of ``limits``) only that much of its beginning is read. A file that breaks off is read as
    far as it goes. Raises ``AudioError`` where it cannot be used, ``NotFoundError`` where it does
    not exist, and ``MissingToolError`` where only ffmpeg could read it.
    """
    if not isinstance(limits, AudioLimits):
        max_seconds, limits = limits, AUDIO_LIMITS
    kind, _ = _check_file(path, limits)
    if not kind.demuxer:
        return _decode(path, kind, limits, max_seconds, path.name)
    with tempfile.TemporaryDirectory(prefix="voicehub-") as folder:
        converted = Path(folder) / "converted.wav"
        seconds = limits.max_seconds + 1 if max_seconds is None else max_seconds
        convert_to_wav(path, converted, kind, seconds, limits.max_convert_seconds)
        return _decode(converted, CONVERTED, limits, max_seconds, path.name)


def _decode(
    path: Path, kind: Format, limits: AudioLimits, max_seconds: float | None, name: str
) -> Waveform:
    if max_seconds is None:
        return decode(path, kind, limits, name)
    return decode_beginning(path, kind, limits, max_seconds, name)


def _check_file(path: Path, limits: AudioLimits) -> tuple[Format, int]:
    """Refuse what is not a regular file of an accepted format and size, before it is decoded."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise AudioError(f"{path.name or path} is {what}; give one audio file")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise NotFoundError(f"there is no file {path}") from error
    except OSError as error:
        raise AudioError(f"{path.name} cannot be opened: {error.strerror or error}") from error
    if not head:
        raise AudioError(f"{path.name} is empty (0 bytes)")
    if status.st_size > limits.max_bytes:
        raise AudioError(
            f"{path.name} has {status.st_size / 2**20:.1f} MB, more than the "
            f"{limits.max_bytes / 2**20:g} MB that are read; cut it or save it as FLAC or MP3"
        )
    kind = sniff(head)
    if kind is None:
        raise AudioError(
            f"{path.name} is not a known audio format, it looks like {describe(head)}; "
            f"give {READABLE}"
        )
    if kind is TAGGED:
        _check_tags(path, status.st_size)
    return kind, status.st_size


def _check_tags(path: Path, size: int) -> None:
    """Refuse a file that begins with tag after tag: its decoder would read millions of them."""
    at = 0
    with path.open("rb") as file:
        for _ in range(_MAX_TAGS + 1):
            file.seek(at)
            header = file.read(10)
            if header[:3] != b"ID3" or len(header) < 10:
                return
            length = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(header[:5:-1]))
            at += 10 + length + (10 if header[5] & 0x10 else 0)  # a footer repeats the header
            if at >= size:
                raise AudioError(f"{path.name} holds an ID3 tag and no sound; save it again")
    raise AudioError(f"{path.name} begins with more than {_MAX_TAGS} ID3 tags; save it again")


@dataclass(frozen=True)
class _Encoding:
    format: str
    subtype: str
    sample_rates: tuple[int, ...] = ()  # Hz; empty where any will do


_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_ENCODINGS = {
    ".wav": _Encoding("WAV", "PCM_16"),
    ".flac": _Encoding("FLAC", "PCM_16"),
    ".mp3": _Encoding("MP3", "MPEG_LAYER_III", _MP3_RATES),
    ".ogg": _Encoding("OGG", "VORBIS"),
    ".opus": _Encoding("OGG", "OPUS", (8_000, 12_000, 16_000, 24_000, 48_000)),
}
WRITABLE = tuple(_ENCODINGS)


def write_audio(path: Path, waveform: Waveform) -> None:
    """Write ``waveform`` in the format that the suffix of ``path`` names, all of it or nothing.

    Samples beyond full scale are clipped. A rate that MP3 or Opus do not know is converted to the
    next higher one that they do. Raises ``AudioError`` where it cannot be written.
    """
    encoding = encoding_of(path.suffix)
    if not path.parent.is_dir():
        raise NotFoundError(f"there is no folder {path.parent} to write {path.name} to")
    partial = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        _encode(partial, waveform, encoding)
        os.replace(partial, path)
    except OSError as error:
        raise AudioError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)


def encode_audio(waveform: Waveform, suffix: str = ".wav") -> bytes:
    """Return the bytes of the file that `write_audio` would write with that ``suffix``."""
    target = io.BytesIO()
    _encode(target, waveform, encoding_of(suffix))
    return target.getvalue()


def encoding_of(suffix: str) -> _Encoding:
    """Return how a suffix is written, or raise ``AudioError`` where it is not."""
    encoding = _ENCODINGS.get(suffix.lower())
    if encoding is None:
        raise AudioError(
            f"cannot write the format {suffix or 'without a suffix'}; choose {', '.join(WRITABLE)}"
        )
    return encoding


def _encode(target: Path | io.BytesIO, waveform: Waveform, encoding: _Encoding) -> None:
    if not len(waveform.samples):
        raise AudioError("there are no samples to write")
    rates = encoding.sample_rates or (waveform.sample_rate,)
    rate = min((r for r in rates if r >= waveform.sample_rate), default=max(rates))
    samples = np.clip(resample(waveform.samples, waveform.sample_rate, rate), -1.0, 1.0)
    try:
        with soundfile.SoundFile(
            target, "w", rate, 1, format=encoding.format, subtype=encoding.subtype
        ) as file:
            # The Vorbis encoder keeps a whole call on the stack and crashes on long ones.
            for start in range(0, len(samples), BLOCK):
                file.write(samples[start : start + BLOCK])
    except soundfile.SoundFileError as error:
        raise AudioError(f"cannot write {encoding.format}: {error}") from error
