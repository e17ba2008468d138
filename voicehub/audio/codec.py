"""Sound sent through a lossy codec and back, as it is when it is shared."""

import io
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from voicehub.audio.resample import resample
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.errors import AudioError, MissingToolError

_SECONDS = 120.0  # that ffmpeg may take


@dataclass(frozen=True)
class _Coding:
    """A coding of libsndfile with the range of bit rates (bit/s) that its compression level spans."""

    format: str
    subtype: str
    highest: int
    lowest: int
    mode: str | None = None  # whether the bit rate is held
    rate: int = SAMPLE_RATE


_MP3 = _Coding("MP3", "MPEG_LAYER_III", 160_000, 8_000, "CONSTANT")
_OPUS = _Coding("OGG", "OPUS", 256_000, 6_000)


def through_mp3(waveform: Waveform, bits_per_second: int) -> Waveform:
    """Return 24 kHz sound after MP3 of a constant bit rate."""
    return _through(waveform, _MP3, bits_per_second)


def through_opus(waveform: Waveform, bits_per_second: int) -> Waveform:
    """Return 24 kHz sound after Opus of about that bit rate."""
    return _through(waveform, _OPUS, bits_per_second)


def through_telephone(waveform: Waveform) -> Waveform:
    """Return sound after 8 kHz and the logarithmic eight bits of G.711 (mu-law)."""
    narrow = resample(waveform.samples, waveform.sample_rate, 8_000)
    target = io.BytesIO()
    soundfile.write(target, np.clip(narrow, -1, 1), 8_000, format="WAV", subtype="ULAW")
    target.seek(0)
    decoded, rate = soundfile.read(target, dtype="float32")
    return _of_length(resample(decoded, rate, waveform.sample_rate), waveform)


def through_aac(waveform: Waveform, bits_per_second: int) -> Waveform:
    """Return sound after AAC; raises ``MissingToolError`` where there is no ffmpeg."""
    with tempfile.TemporaryDirectory(prefix="voicehub-") as folder:
        source, coded, back = (Path(folder) / name for name in ("a.wav", "b.m4a", "c.wav"))
        soundfile.write(source, np.clip(waveform.samples, -1, 1), waveform.sample_rate)
        run_ffmpeg(source, coded, "-c:a", "aac", "-b:a", str(bits_per_second))
        run_ffmpeg(coded, back, "-ar", str(waveform.sample_rate))
        decoded, _ = soundfile.read(back, dtype="float32")
    return _of_length(decoded, waveform)


def through_filter(waveform: Waveform, description: str) -> Waveform:
    """Return what an audio filter of ffmpeg makes; raises ``MissingToolError`` where there is none."""
    with tempfile.TemporaryDirectory(prefix="voicehub-") as folder:
        source, back = Path(folder) / "a.wav", Path(folder) / "b.wav"
        soundfile.write(source, np.clip(waveform.samples, -1, 1), waveform.sample_rate)
        run_ffmpeg(source, back, "-af", description, "-ar", str(waveform.sample_rate))
        decoded, _ = soundfile.read(back, dtype="float32")
    return Waveform(decoded, waveform.sample_rate, waveform.source_rate)


def run_ffmpeg(source: Path, target: Path, *options: str) -> None:
    """Convert one file of ours to another."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise MissingToolError("this needs the program ffmpeg, which is not installed")
    command = [program, "-nostdin", "-v", "error", "-threads", "1", "-i", str(source)]
    done = subprocess.run(
        [*command, *options, "-y", str(target)], capture_output=True, text=True, timeout=_SECONDS
    )
    if done.returncode:
        raise AudioError(f"ffmpeg cannot make {target.suffix}: {done.stderr.strip()[-200:]}")


def _through(waveform: Waveform, coding: _Coding, bits_per_second: int) -> Waveform:
    if not coding.lowest <= bits_per_second <= coding.highest:
        raise AudioError(
            f"{coding.subtype} needs {coding.lowest}..{coding.highest} bit/s, got {bits_per_second}"
        )
    level = (coding.highest - bits_per_second) / (coding.highest - coding.lowest)
    target = io.BytesIO()
    with soundfile.SoundFile(
        target,
        "w",
        coding.rate,
        1,
        format=coding.format,
        subtype=coding.subtype,
        compression_level=level,
        bitrate_mode=coding.mode,
    ) as file:
        file.write(np.clip(waveform.samples, -1, 1))
    target.seek(0)
    decoded, rate = soundfile.read(target, dtype="float32")
    return _of_length(resample(decoded, rate, waveform.sample_rate), waveform)


def _of_length(samples: NDArray[np.float32], waveform: Waveform) -> Waveform:
    """Cut or fill ``samples`` to the length of ``waveform``: codecs pad."""
    fitted = np.zeros(len(waveform.samples), np.float32)
    count = min(len(fitted), len(samples))
    fitted[:count] = samples[:count]
    return Waveform(fitted, waveform.sample_rate, waveform.source_rate)
