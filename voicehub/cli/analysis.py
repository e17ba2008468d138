"""The commands that look at recordings and voices: features, quality, evaluate."""

import argparse
from pathlib import Path
from typing import Any

from voicehub.cli.console import (
    Answer,
    add_base_options,
    command_line,
    progress_from,
    runtime_from,
    table,
)
from voicehub.errors import NotFoundError


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    features = commands.add_parser(
        "features", parents=[common], help="describe a recording's acoustic features"
    )
    features.add_argument("recording", type=Path, metavar="RECORDING")
    features.add_argument("--plot", type=Path, metavar="FILE", help="draw them: PNG, SVG or PDF")
    features.set_defaults(run=_features)

    quality = commands.add_parser(
        "quality", parents=[common], help="check whether recordings are good enough to clone from"
    )
    quality.add_argument("recordings", nargs="+", type=Path, metavar="RECORDING")
    quality.set_defaults(run=_quality)

    evaluate = commands.add_parser(
        "evaluate",
        parents=[common],
        help="measure a voice against recordings of its owner",
        description="Compare a voice's speech with other recordings of the same speaker, which it "
        "was not cloned from. Needs the packages of requirements-evaluate.txt.",
    )
    evaluate.add_argument("voice", metavar="VOICE", help="name or identifier")
    evaluate.add_argument(
        "--reference", nargs="+", type=Path, required=True, metavar="RECORDING",
        help="recordings of the owner, six utterances or more in all",
    )  # fmt: skip
    evaluate.add_argument("-o", "--output", type=Path, metavar="FILE", help="also write the JSON")
    add_base_options(evaluate)
    evaluate.set_defaults(run=_evaluate)


def _features(arguments: argparse.Namespace) -> Answer:
    from voicehub.audio.files import read_audio
    from voicehub.features.describe import describe_features

    waveform = read_audio(arguments.recording)
    described = describe_features(waveform)
    if arguments.plot:
        from voicehub.features.plot import plot_features

        plot_features(waveform, arguments.plot)
        described["plot"] = str(arguments.plot)
    return Answer({"file": str(arguments.recording), **described}, _listed(described))


def _listed(described: dict[str, Any]) -> str:
    rows: list[list[object]] = []
    for key, value in described.items():
        if isinstance(value, dict):
            shown = {k: v for k, v in value.items() if not (isinstance(v, list) and len(v) > 2)}
            rows.append([key, ", ".join(f"{k} {v}" for k, v in shown.items())])
        else:
            rows.append([key, value])
    return table(["feature", "value"], rows)


def _quality(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.recordings import hear_one, shown_value

    reports = [(path, hear_one(path).recording) for path in arguments.recordings]
    rows = [
        [path.name, check["level"], shown_value(check), check["message"]]
        for path, each in reports
        for check in each.quality["checks"]
    ]
    failed = any(row[1] == "fail" for row in rows)
    data = {
        "passed": not failed,
        "recordings": [
            {"file": str(path), "sha256": each.sha256, "seconds": each.seconds, **each.quality}
            for path, each in reports
        ],
    }
    text = table(["recording", "verdict", "value", "finding"], rows)
    return Answer(data, text, exit_code=1 if failed else 0)


def _evaluate(arguments: argparse.Namespace) -> Answer:
    from voicehub.evaluation.report import render_table, write_results
    from voicehub.services.evaluate import evaluate

    if arguments.output and not arguments.output.parent.is_dir():
        raise NotFoundError(f"there is no folder {arguments.output.parent}")
    progress = progress_from(arguments)
    results = evaluate(
        runtime_from(arguments), arguments.voice, arguments.reference, command_line(), progress
    )
    progress.close()
    if arguments.output:
        write_results(arguments.output, results)
    ceiling = f"similarity of natural speech to itself (ceiling): {results['ceiling']:.3f}"
    return Answer(results, f"{render_table(results)}\n{ceiling}")
