"""The command line of the drills: ``python -m drills NAME``."""

import argparse
import importlib
import json
import shlex
import signal
import sys
from pathlib import Path

from drills.outcome import DrillError, Options, Outcome, merge

NAMES = (
    "start", "visit", "preview", "crowd", "kill", "sweep", "memory", "provenance", "consent",
    "impostors", "hub", "api", "scaling", "audit", "takedown", "attacks", "hostile", "fuzz",
    "market-search", "ledger", "market-crowd", "cluster", "packing", "sharpness",
)  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """Return what is understood on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m drills",
        description="Measure the app as a whole; most drills start a server of their own.",
    )
    parser.add_argument("name", choices=NAMES)
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FOLDER", help="merge into the results there"
    )
    parser.add_argument("--base", type=Path, metavar="FOLDER", help="another base checkpoint")
    parser.add_argument("--times", type=int, default=Options.times, help="of kill, audit and fuzz")
    parser.add_argument("--visitors", type=int, default=Options.visitors, help="of crowd")
    parser.add_argument("--operations", type=int, default=Options.operations, help="of ledger")
    parser.add_argument("--listings", type=int, default=Options.listings, help="of market-search")
    parser.add_argument("--sample-seconds", type=float, default=Options.sample_seconds,
                        help="that the visitor reads into the microphone")  # fmt: skip
    parser.add_argument("--language", choices=("en", "zh"), default=Options.language)
    parser.add_argument("--width", type=int, default=Options.width, help="of the window, in pixels")
    parser.add_argument("--shots", type=Path, metavar="FOLDER", help="keep screenshots there")
    parser.add_argument("--seed", type=int, default=Options.seed, help="of what is left to chance")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one drill; print its figures as a JSON object and then its verdict."""
    given = vars(parser().parse_args(arguments))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the server ends with the drill
    name, output = given.pop("name"), given.pop("output")
    try:
        drill = importlib.import_module(f"drills.{name.replace('-', '_')}")
        outcome: Outcome = drill.run(Options(**given))
    except DrillError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    print(json.dumps(outcome.figures, ensure_ascii=False, indent=2))
    print(f"{name}: {'passed' if outcome.passed else 'FAILED'}: {outcome.verdict}")
    if output is not None:
        command = "python -m drills " + shlex.join(sys.argv[1:] if arguments is None else arguments)
        merge(output, name, outcome, command)
    return 0 if outcome.passed else 1


if __name__ == "__main__":
    sys.exit(main())
