"""What commands share: answers, progress on standard error, a parser whose errors are sentences."""

import argparse
import math
import shlex
import sys
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from voicehub.errors import InputError

if TYPE_CHECKING:
    from voicehub.model.base import Base
    from voicehub.services.runtime import Runtime

_WIDTH = 100
_SECONDS_BETWEEN_LINES = 5.0  # of progress where standard error is not a terminal


@dataclass(frozen=True)
class Answer:
    """What a command has to say, for programs and for people."""

    data: Mapping[str, Any]
    text: str
    exit_code: int = 0


Command = Callable[[argparse.Namespace], Answer]


class Parser(argparse.ArgumentParser):
    """Raises instead of printing and exiting, so that ``--json`` holds for wrong arguments too."""

    def error(self, message: str) -> NoReturn:
        """Raise ``InputError`` with the command and its usage."""
        raise InputError(f"{message} (see {self.prog} --help)")


def common_options() -> argparse.ArgumentParser:
    """Return the options that every command takes."""
    options = Parser(add_help=False)
    group = options.add_argument_group("for every command")
    group.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    group.add_argument("--quiet", action="store_true", help="no progress on standard error")
    group.add_argument("--debug", action="store_true", help="show where an error comes from")
    return options


def add_base_options(parser: argparse.ArgumentParser) -> None:
    """Add where the base checkpoint lies and where it runs."""
    parser.add_argument(
        "--base", type=Path, metavar="FOLDER", help="base checkpoint (default: the one that ships)"
    )
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: auto"
    )


def add_manifest(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add the corpus that is measured or trained on."""
    parser.add_argument(
        "--manifest", type=Path, required=required, metavar="FILE",
        help="tab-separated list of recordings, such as ../shared/speech/manifest.tsv",
    )  # fmt: skip


def add_results(parser: argparse.ArgumentParser, what: str = "results and sounds go") -> None:
    """Add the folder where ``what`` a command measured goes."""
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FOLDER",
        help=f"where {what}; made if missing",
    )  # fmt: skip


def runtime_from(arguments: argparse.Namespace) -> "Runtime":
    """Return the runtime that the options name; torch is imported here and not before."""
    from voicehub.services.runtime import BASE_FOLDER, Runtime

    folder = getattr(arguments, "base", None) or BASE_FOLDER
    return Runtime(base_folder=folder, device=getattr(arguments, "device", "auto"))


@dataclass
class Progress:
    """Prints progress: one line that changes on a terminal, otherwise a line now and then."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    quiet: bool = False
    _last: float = field(default=-math.inf, init=False)
    _open: bool = field(default=False, init=False)

    def __call__(self, fraction: float, message: str) -> None:
        """Report that ``fraction`` (0 to 1) is done."""
        if self.quiet:
            return
        line = f"{min(max(fraction, 0.0), 1.0):4.0%} {message}"
        if self.stream.isatty():
            self.stream.write("\r" + line[:_WIDTH].ljust(_WIDTH))
            self._open = True
        elif time.monotonic() - self._last >= _SECONDS_BETWEEN_LINES:
            self.stream.write(line + "\n")
            self._last = time.monotonic()
        self.stream.flush()

    def say(self, message: str) -> None:
        """Print a line that stays."""
        if not self.quiet:
            self.close()
            self.stream.write(message + "\n")
            self.stream.flush()

    def close(self) -> None:
        """End the line that changes."""
        if self._open:
            self.stream.write("\n")
            self._open = False


def progress_from(arguments: argparse.Namespace) -> Progress:
    """Return the progress that the options ask for."""
    return Progress(quiet=arguments.quiet)


def command_line() -> str:
    """Return the command that was given, for results that tell how they were made."""
    return "voicehub " + shlex.join(sys.argv[1:])


def today() -> str:
    """Return the date in UTC (ISO 8601), for results."""
    return datetime.now(UTC).date().isoformat()


def stamp(base: "Base") -> dict[str, Any]:
    """Return what tells how results of ``base`` were made."""
    from voicehub.evaluation.report import machine_description
    from voicehub.model.device import precision_name

    return {
        "command": command_line(),
        "date": today(),
        "machine": machine_description(precision_name(base.device)),
        "base_id": base.id,
    }


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return aligned columns; Chinese characters count as two."""
    cells = [[str(heading) for heading in headings], *([str(c) for c in row] for row in rows)]
    widths = [max(_columns(row[k]) for row in cells) for k in range(len(headings))]
    lines = [
        "  ".join(
            cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
