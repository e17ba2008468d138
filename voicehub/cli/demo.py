"""The README's first command: two bundled readers become voices that speak English and Chinese."""

import argparse
from pathlib import Path
from typing import Any

from voicehub.cli.console import Answer, add_base_options, progress_from, runtime_from, table
from voicehub.cli.voices import stopping
from voicehub.settings import TUNING_STEPS


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    demo = commands.add_parser(
        "demo",
        parents=[common],
        help="clone two bundled speakers, speak and convert with them",
        description="Clone two readers of LibriSpeech (CC BY 4.0), let both speak English and "
        "Chinese, convert a recording of one to the other, and write it all as WAV files.",
    )
    demo.add_argument(
        "-o", "--output", type=Path, default=Path("voicehub-demo"), metavar="FOLDER",
        help="default: ./voicehub-demo",
    )  # fmt: skip
    demo.add_argument("--steps", type=int, default=TUNING_STEPS, help="of tuning each")
    add_base_options(demo)
    demo.set_defaults(run=_demo)


def _demo(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.demo import run_demo

    progress = progress_from(arguments)
    with stopping(progress) as stop:
        made = run_demo(
            runtime_from(arguments), arguments.output, arguments.steps, progress, stop.is_set
        )
    progress.close()
    rows = [
        [
            each.what,
            each.path.name if each.path else "",
            _seconds(each.seconds),
            f"{each.spent:.1f}",
        ]
        for each in made
    ]
    text = table(["what", "file", "seconds of sound", "seconds taken"], rows)
    data = {
        "folder": str(arguments.output),
        "made": [
            {
                "what": each.what,
                "file": str(each.path) if each.path else None,
                "seconds": each.seconds,
                "spent_seconds": round(each.spent, 3),
            }
            for each in made
        ],
    }
    return Answer(data, f"{text}\n\nlisten: {arguments.output}")


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f}"
