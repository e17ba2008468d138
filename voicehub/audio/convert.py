"""Formats that libsndfile cannot read, turned into WAV by ffmpeg where that is installed."""

import shutil
import subprocess
from pathlib import Path

from voicehub.audio.formats import Format
from voicehub.errors import AudioError, MissingToolError

_WAV_HEADER_BYTES = 1024
_BYTES_PER_SECOND = 2 * 96_000  # mono 16 bit at the highest rate of AAC


def convert_to_wav(
    path: Path, target: Path, kind: Format, max_seconds: float, timeout_seconds: float
) -> None:
    """Write up to ``max_seconds`` of the first track in ``path`` to ``target``: mono 16-bit WAV.

    The sample rate stays. Raises ``MissingToolError`` without ffmpeg, and ``AudioError`` where it
    finds nothing or takes longer than ``timeout_seconds``.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise MissingToolError(
            f"{path.name} is {kind.name}, which needs ffmpeg, and ffmpeg is not on the PATH; "
            "install it or give WAV, FLAC, MP3, Ogg or Opus"
        )
    max_bytes = int((max_seconds + 1) * _BYTES_PER_SECOND)
    command = _command(program, path, target, kind, max_seconds, max_bytes)
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout_seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise AudioError(
            f"{path.name} took ffmpeg more than {timeout_seconds:g} s to decode; "
            "give a shorter recording or another format"
        ) from error
    size = target.stat().st_size if target.exists() else 0
    if size >= max_bytes:
        raise AudioError(f"{path.name} decodes to more than {max_bytes} bytes; give a shorter one")
    # A broken end makes ffmpeg fail after writing what it could decode, which is still of use.
    if size <= _WAV_HEADER_BYTES:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        # Where the file lies on this machine concerns nobody who gave it.
        told = reason[-1].replace(f"file:{path.absolute()}", path.name) if reason else ""
        told = told.replace(str(path.absolute().parent), "")
        detail = f": {told[:200]}" if told else ""
        raise AudioError(f"ffmpeg finds no readable audio in {path.name}{detail}")


def _command(
    program: str, path: Path, target: Path, kind: Format, max_seconds: float, max_bytes: int
) -> list[str]:
    return [
        program, "-nostdin", "-hide_banner", "-v", "error", "-y",
        # The demuxer is named and only files may be opened: nothing inside can redirect the read.
        "-protocol_whitelist", "file", "-f", kind.demuxer, "-i", f"file:{path.absolute()}",
        "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1",
        "-t", f"{max_seconds:g}", "-ac", "1", "-c:a", "pcm_s16le",
        "-fs", str(max_bytes), "-f", "wav", f"file:{target.absolute()}",
    ]  # fmt: skip
