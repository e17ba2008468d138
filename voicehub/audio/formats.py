"""Which audio format a file is, told from its first bytes and never from its name."""

from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 4096  # how much of a file `sniff` and `describe` need
READABLE = "WAV, FLAC, MP3, Ogg or Opus (M4A and WebM where ffmpeg is installed)"


@dataclass(frozen=True)
class Format:
    """A container that is accepted; ``demuxer`` is ffmpeg's name where only ffmpeg reads it."""

    name: str
    libsndfile: tuple[str, ...] = ()
    demuxer: str = ""
    length_known: bool = True  # False where what the header says of the length is a guess


WAV = Format("WAV", ("WAV", "WAVEX", "RF64"))
FLAC = Format("FLAC", ("FLAC",))
OGG = Format("Ogg", ("OGG",))
MP3 = Format("MP3", ("MP3",), length_known=False)
TAGGED = Format("MP3", ("MP3", "FLAC"), length_known=False)  # an ID3 tag comes before either
M4A = Format("M4A", demuxer="mov")
WEBM = Format("WebM", demuxer="matroska")
CONVERTED = Format("WAV", ("WAV",), length_known=False)  # by ffmpeg, which stops at the limit


def sniff(head: bytes) -> Format | None:
    """Return the audio format whose signature ``head`` bears, or None."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return WAV
    if head[:4] == b"fLaC":
        return FLAC
    if head[:4] == b"OggS":
        return OGG
    if head[:3] == b"ID3":
        return TAGGED
    if _is_mp3_header(head[:4]):
        return MP3
    if head[4:8] == b"ftyp":
        return M4A
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return WEBM
    return None


def suffix_of(path: Path) -> str:
    """Return the suffix that suits what ``path`` holds, whatever it is called; empty for no audio."""
    with path.open("rb") as file:
        kind = sniff(file.read(HEAD_BYTES))
    return f".{kind.name.lower()}" if kind else ""


def _is_mp3_header(header: bytes) -> bool:
    """Check the sync word and every field of a layer III frame header for values that exist."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return False
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bit_rate, sample_rate = header[2] >> 4, header[2] >> 2 & 3
    return version != 1 and layer == 1 and bit_rate not in (0, 15) and sample_rate != 3


_SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"#EXTM3U", "a playlist"),
    (b"[playlist]", "a playlist"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\x1f\x8b", "a compressed archive"),
)


def describe(head: bytes) -> str:
    """Say in a few words what a file that is not audio looks like."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for signature, words in _SIGNATURES:
        if head.startswith(signature) or start.startswith(signature):
            return words
    lowered = start[:256].lower()
    if lowered.startswith((b"<!doctype html", b"<html")):
        return "a web page"
    if b"\0" not in head and _is_utf8(head):
        return "text"
    return "something else"


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(head) - error.start < 4  # a character cut at the end of the head
    return True
