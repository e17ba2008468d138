"""The commands that make sound: ``speak`` and ``convert``."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicehub.cli.console import Answer, add_base_options, runtime_from
from voicehub.errors import InputError, NotFoundError
from voicehub.settings import LIKENESS

if TYPE_CHECKING:
    from voicehub.services.labels import Label


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    speak = commands.add_parser(
        "speak",
        parents=[common],
        help="say a text with a voice",
        description="Say English, Chinese or mixed text with a voice.",
    )
    speak.add_argument("voice", metavar="VOICE", help="name or identifier")
    speak.add_argument("text", nargs="?", metavar="TEXT", help="what to say")
    speak.add_argument(
        "--file", metavar="FILE", help="read the text from here; - is standard input"
    )
    _add_output(speak, "speech.wav")
    speak.add_argument("--speed", type=float, default=1.0, help="0.5 to 2, default 1")
    _add_sound(speak)
    speak.add_argument(
        "--overrides", type=Path, metavar="FILE", help='JSON of readings, {"word": "W ER1 D"}'
    )
    add_base_options(speak)
    speak.set_defaults(run=_speak)

    convert = commands.add_parser(
        "convert",
        parents=[common],
        help="say a recording again with a voice",
        description="Keep what was said and when; change who says it.",
    )
    convert.add_argument("voice", metavar="VOICE", help="name or identifier")
    convert.add_argument("source", type=Path, metavar="RECORDING")
    _add_output(convert, "converted.wav")
    _add_sound(convert)
    convert.add_argument(
        "--likeness", type=float, default=LIKENESS,
        help="how much of what tuning learned is taken, 0 to 1, default %(default)s: less keeps more words",
    )  # fmt: skip
    add_base_options(convert)
    convert.set_defaults(run=_convert)


def _add_output(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path(default),
        metavar="FILE",
        help=f"WAV, FLAC, MP3, Ogg or Opus by its suffix (default: {default})",
    )


def _add_sound(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pitch", type=float, default=0.0, help="semitones, -12 to 12, default 0")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same speech; default 0")
    parser.add_argument(
        "--label", choices=("spoken", "rhythm", "none"), default="spoken",
        help="what is heard first: a line by the voice itself (default), a rhythm of tones, nothing",
    )  # fmt: skip
    parser.add_argument(
        "--i-say-it-is-synthetic", action="store_true", dest="acknowledged",
        help="needed for --label none: you tell wherever it is heard; it is logged",
    )  # fmt: skip


def _speak(arguments: argparse.Namespace) -> Answer:
    text = _text(arguments)
    from voicehub.services.speech import SpeechService
    from voicehub.synthesis.speak import SpeakOptions

    options = SpeakOptions(arguments.speed, arguments.pitch, arguments.seed)
    spoken = SpeechService(runtime_from(arguments)).speak_to_file(
        arguments.voice, text, arguments.output, options, arguments.overrides,
        label=_label(arguments),
    )  # fmt: skip
    return _answer(spoken)


def _convert(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.speech import SpeechService
    from voicehub.synthesis.convert import ConvertOptions

    options = ConvertOptions(arguments.pitch, arguments.seed, arguments.likeness)
    spoken = SpeechService(runtime_from(arguments)).convert_to_file(
        arguments.voice, arguments.source, arguments.output, options, _label(arguments)
    )
    return _answer(spoken)


def _label(arguments: argparse.Namespace) -> "Label":
    from voicehub.services.labels import Label

    return Label(arguments.label, arguments.acknowledged)


def _text(arguments: argparse.Namespace) -> str:
    """Return the one text that was given."""
    if (arguments.text is None) == (arguments.file is None):
        raise InputError('give one text to speak: either "the words" or --file FILE')
    if arguments.text is not None:
        return str(arguments.text)
    return read_text(arguments.file)


def read_text(source: str) -> str:
    """Return the UTF-8 text of a file, or of standard input where ``source`` is ``-``."""
    from voicehub.services.names import MAX_TEXT_BYTES

    # One byte more than may be spoken: the check that follows then says that it is too much.
    limit = MAX_TEXT_BYTES + 1
    try:
        if source == "-":
            data = sys.stdin.buffer.read(limit)
        else:
            with Path(source).open("rb") as file:
                data = file.read(limit)
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {source}") from error
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror or error}") from error
    try:
        return data.decode("utf-8-sig", "ignore" if len(data) == limit else "strict")
    except UnicodeDecodeError as error:
        raise InputError(f"{source} is not UTF-8 text (at byte {error.start})") from error


def _answer(spoken: Any) -> Answer:
    rate = spoken.seconds / max(spoken.spent_seconds, 1e-9)
    data = {
        "voice": spoken.voice,
        "file": str(spoken.path),
        "seconds": round(spoken.seconds, 3),
        "spent_seconds": round(spoken.spent_seconds, 3),
        "first_audio_seconds": round(spoken.first_seconds, 3),
        "pcm_sha256": spoken.sha256,
        "payload": spoken.payload,
        "manifest": str(spoken.manifest),
    }
    text = (
        f"{spoken.path}: {spoken.seconds:.1f} s of speech by {spoken.voice} "
        f"in {spoken.spent_seconds:.1f} s ({rate:.1f} x real time, loading included)"
    )
    return Answer(data, text)
