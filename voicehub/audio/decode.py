"""Bounded decoding by libsndfile: memory does not grow with what a header claims."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from voicehub.audio.formats import READABLE, Format
from voicehub.audio.resample import Resampler
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import AudioError
from voicehub.settings import AudioLimits

BLOCK = 8192  # frames read or written at a time
_UNKNOWN_FRAMES = 2**62  # libsndfile's count for a stream without a length is 2**63 - 1
_FULL_SCALE_LIMIT = 8.0  # float files above this were saved in the range of integers
_FAINT = 0.02  # of its loudest channel's power: such a mix cancelled itself or one of many spoke


class _Stream(soundfile.SoundFile):  # type: ignore[misc]
    """A file read from its start to its end."""

    def seekable(self) -> bool:
        """Say no: soundfile would seek after each block, and MP3 comes back broken from a seek."""
        return False


@dataclass(frozen=True)
class Header:
    """What a file claims; ``seconds`` is None where it does not say."""

    sample_rate: int
    channels: int
    seconds: float | None


def read_header(path: Path, kind: Format, limits: AudioLimits, name: str) -> Header:
    """Open ``path``, which messages call ``name``, and check its claims against ``limits``."""
    try:
        with soundfile.SoundFile(path) as file:
            frames, rate, channels, format = (
                file.frames,
                file.samplerate,
                file.channels,
                file.format,
            )
    except (soundfile.SoundFileError, OSError) as error:
        raise AudioError(f"{name} cannot be read as {kind.name}: it is damaged or cut") from error
    if format not in kind.libsndfile:
        raise AudioError(f"{name} holds {format}, which is not read; give {READABLE}")
    if not limits.min_sample_rate <= rate <= limits.max_sample_rate:
        raise AudioError(
            f"{name} has a sample rate of {rate} Hz; "
            f"{limits.min_sample_rate} to {limits.max_sample_rate} Hz are read"
        )
    if channels > limits.max_channels:
        raise AudioError(f"{name} has {channels} channels; at most {limits.max_channels} are read")
    return Header(rate, channels, frames / rate if frames < _UNKNOWN_FRAMES else None)


def decode(path: Path, kind: Format, limits: AudioLimits, name: str) -> Waveform:
    """Decode all of ``path``; raise ``AudioError`` where it is longer than ``limits`` allow."""
    header = read_header(path, kind, limits, name)
    crowded = limits.max_values // header.channels
    longest = min(int(limits.max_seconds * header.sample_rate), crowded)
    seconds = header.seconds
    if seconds is None or (seconds > limits.max_seconds and not kind.length_known):
        # A first pass that keeps nothing, so that hours of silence never lie in memory.
        counted = sum(len(block) for block in _blocks(path, longest + 1, name))
        if counted > longest:
            raise AudioError(f"{name} is longer than {_too_much(limits)}")
    elif seconds > limits.max_seconds:
        raise AudioError(f"{name} is {_duration(seconds)} long, more than {_too_much(limits)}")
    elif seconds * header.sample_rate > crowded:
        raise AudioError(
            f"{name} holds {_duration(seconds)} of {header.channels} channels at "
            f"{header.sample_rate} Hz, more than is read; save it as mono at 48000 Hz"
        )
    return _to_mono(path, header, longest, name)


def decode_beginning(
    path: Path, kind: Format, limits: AudioLimits, seconds: float, name: str
) -> Waveform:
    """Decode at most the first ``seconds`` of ``path``, however long it is."""
    header = read_header(path, kind, limits, name)
    n_frames = int(min(seconds, limits.max_seconds) * header.sample_rate)
    n_frames = min(n_frames, limits.max_values // header.channels)
    return _to_mono(path, header, n_frames, name)


def _too_much(limits: AudioLimits) -> str:
    return f"the {_duration(limits.max_seconds)} that are read; cut it into shorter parts"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.4g} s"
    return f"{seconds / 60:.4g} min" if seconds < 7200 else f"{seconds / 3600:.4g} h"


def _to_mono(path: Path, header: Header, n_frames: int, name: str) -> Waveform:
    """Mix to the mean of the channels, or take the loudest where they cancel each other."""
    samples, channel_power, mixed_power = _mix(path, header, n_frames, name, None)
    if mixed_power < _FAINT * channel_power.max():
        samples, _, _ = _mix(path, header, n_frames, name, int(channel_power.argmax()))
    if not len(samples):
        raise AudioError(f"{name} holds no audio that can be decoded; save or record it again")
    return Waveform(samples, SAMPLE_RATE, source_rate=header.sample_rate)


def _mix(
    path: Path, header: Header, n_frames: int, name: str, channel: int | None
) -> tuple[NDArray[np.float32], NDArray[np.float64], float]:
    """Return 24 kHz samples of the channels' mean or of one, and each channel's and its power."""
    parts: list[NDArray[np.float32]] = []
    channel_power, mixed_power = np.zeros(header.channels), 0.0
    resampler = Resampler(header.sample_rate, SAMPLE_RATE)
    for block in _blocks(path, n_frames, name):
        mono = block.mean(axis=1, dtype=np.float32) if channel is None else block[:, channel]
        channel_power += np.square(block, dtype=np.float64).sum(0)
        mixed_power += float(np.square(mono, dtype=np.float64).sum())
        parts.append(resampler.convert(np.ascontiguousarray(mono)))
    parts.append(resampler.finish())
    return np.concatenate(parts), channel_power, mixed_power


def _blocks(path: Path, n_frames: int, name: str) -> Iterator[NDArray[np.float32]]:
    """Yield checked blocks (n, channels) of at most ``n_frames`` together, until decoding fails."""
    with _Stream(path) as file:
        while n_frames > 0:
            # Where a block cannot be read to its end, the marks show how far it was filled.
            block = np.full((min(BLOCK, n_frames), file.channels), np.nan, np.float32)
            wanted = len(block)
            try:
                block = file.read(out=block)
            except soundfile.SoundFileError:
                unread = np.isnan(block).all(1)
                block = block[: int(unread.argmax()) if unread.any() else wanted]
                n_frames = wanted
            _check_samples(block, name)
            if len(block):
                yield block
            n_frames = n_frames - wanted if len(block) == wanted else 0


def _check_samples(block: NDArray[np.float32], name: str) -> None:
    if not np.isfinite(block).all():
        raise AudioError(
            f"{name} holds samples that are not numbers (NaN or infinite); save it again"
        )
    peak = float(np.abs(block).max(initial=0.0))
    if peak > _FULL_SCALE_LIMIT:
        raise AudioError(
            f"{name} holds samples up to {peak:.4g} where full scale is 1; save it as 16-bit PCM"
        )
