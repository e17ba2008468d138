"""The command that measures the mark in speech."""

import argparse
from typing import Any

from voicehub.cli.console import (
    Answer,
    add_base_options,
    add_manifest,
    add_results,
    progress_from,
    runtime_from,
    stamp,
    table,
)


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    report = commands.add_parser(
        "watermark-report",
        parents=[common],
        help="measure the inaudible mark: found, read, wrongly seen, heard, paid for",
        description="Mark natural and generated speech, change it as sharing does, and count what "
        "is found; look for marks in unmarked speech; compare predicted quality and time spent. "
        "Needs the packages of requirements-evaluate.txt.",
    )
    add_manifest(report)
    add_results(report, "watermark.json goes")
    report.add_argument("--marked", type=int, default=200, help="clips to mark, default 200")
    report.add_argument("--unmarked", type=int, default=1000, help="clips without, default 1000")
    report.add_argument("--rated", type=int, default=24, help="clips to rate, default 24")
    report.add_argument("--seed", type=int, default=0)
    add_base_options(report)
    report.set_defaults(run=_report)


def _report(arguments: argparse.Namespace) -> Answer:
    from voicehub.evaluation.report import write_results
    from voicehub.evaluation.watermark_report import WatermarkOptions, measure_watermark
    from voicehub.training.manifest import read_manifest

    options = WatermarkOptions(
        arguments.marked, arguments.unmarked, arguments.rated, arguments.seed
    )
    base = runtime_from(arguments).base
    made = stamp(base)
    path = arguments.output / "watermark.json"
    progress = progress_from(arguments)
    measured = measure_watermark(
        base, read_manifest(arguments.manifest), options, progress,
        lambda results: write_results(path, {**made, **results}),
    )  # fmt: skip
    progress.close()
    rows = [
        [name, _percent(outcome["found"]), _percent(outcome["payload_exact"]), outcome["misread"]]
        for name, outcome in measured["survival"]["all"].items()
    ]
    rows.append(["unmarked", _percent(measured["unmarked"]["all"]["found"]), "", ""])
    heading = ["after", "found", "payload exact", "misread"]
    return Answer({**made, **measured}, f"{table(heading, rows)}\nall figures are in {path}")


def _percent(rate: dict[str, Any]) -> str:
    share = f"{100 * rate['rate']:.1f} % ({rate['count']}/{rate['of']})"
    return f"{share}, 95 % {100 * rate['ci_low']:.1f}-{100 * rate['ci_high']:.1f}"
