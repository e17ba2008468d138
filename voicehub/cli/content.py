"""The command that measures the content encoder."""

import argparse
from time import process_time
from typing import Any

from voicehub.cli.console import (
    Answer,
    add_base_options,
    add_manifest,
    add_results,
    progress_from,
    runtime_from,
    stamp,
)


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    report = commands.add_parser(
        "content-report",
        parents=[common],
        help="measure the content encoder: phone errors and leak of the speaker",
        description="Measure the content encoder on speech it was not trained on: how many phones it "
        "gets wrong, and how well a speaker is told from what the generator hears.",
    )
    add_manifest(report)
    add_results(report, "content.json goes")
    report.add_argument(
        "--utterances", type=int, default=20, help="of a speaker, for phones; default 20"
    )
    add_base_options(report)
    report.set_defaults(run=_report)


def _report(arguments: argparse.Namespace) -> Answer:
    from voicehub.evaluation.content_report import ContentOptions, measure_content, render_content
    from voicehub.evaluation.report import write_results
    from voicehub.training.manifest import read_manifest

    options = ContentOptions(arguments.utterances)
    entries = read_manifest(arguments.manifest)
    base, progress = runtime_from(arguments).base, progress_from(arguments)
    started = process_time()
    measured = measure_content(base, entries, options, progress)
    progress.close()
    results = {
        **stamp(base),
        "processor_seconds": round(process_time() - started),
        **measured,
    }
    path = arguments.output / "content.json"
    write_results(path, results)
    return Answer(results, f"{render_content(results)}\nsee {path}")
