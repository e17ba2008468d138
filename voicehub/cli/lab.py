"""The commands of the laboratory: doctor, benchmark, learning-curve, speed, baseline, pretrain."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicehub.cli.console import (
    Answer,
    add_base_options,
    add_manifest,
    add_results,
    command_line,
    progress_from,
    runtime_from,
    stamp,
    table,
    today,
)
from voicehub.errors import InputError
from voicehub.settings import TUNING_STEPS

if TYPE_CHECKING:
    from voicehub.training.manifest import Entry

_CURVE_SECONDS = (5.0, 10.0, 30.0, 60.0, 300.0)
_CURVE_STEPS = (0, 15, 30, 60, 120, 240)


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    doctor = commands.add_parser(
        "doctor", parents=[common], help="check this installation, with a self-test that speaks"
    )
    add_base_options(doctor)
    doctor.set_defaults(run=_doctor)

    benchmark = commands.add_parser(
        "benchmark",
        parents=[common],
        help="run the whole protocol on held-out speakers",
        description="Clone, speak and convert with speakers the base was never trained on, and "
        "measure all of it beside natural speech and the baselines.",
    )
    add_manifest(benchmark)
    benchmark.add_argument(
        "--speakers", nargs="+", metavar="ID",
        help="these alone; default: the held-out six, and those who cross languages",
    )  # fmt: skip
    benchmark.add_argument("--steps", type=int, default=TUNING_STEPS, help="of tuning")
    benchmark.add_argument("--seed", type=int, default=0)
    _add_judges(benchmark)
    add_results(benchmark)
    add_base_options(benchmark)
    benchmark.set_defaults(run=_benchmark)

    curve = commands.add_parser(
        "learning-curve",
        parents=[common],
        help="measure voices against seconds of speech and steps of tuning",
        description="Clone speakers the base was never trained on from more and less speech, with more "
        "and fewer steps, and with known words, and measure each voice.",
    )
    add_manifest(curve)
    curve.add_argument("--speakers", nargs="+", metavar="ID", help="default: three of the six")
    curve.add_argument(
        "--seconds", nargs="+", type=float, metavar="S", default=_CURVE_SECONDS,
        help="of speech given, at the usual steps; default: 5 10 30 60 300",
    )  # fmt: skip
    curve.add_argument(
        "--steps", nargs="+", type=int, metavar="N", default=_CURVE_STEPS,
        help="of tuning, at the usual seconds; 0 is zero-shot; default: 0 15 30 60 120 240",
    )  # fmt: skip
    curve.add_argument("--seed", type=int, default=0)
    _add_judges(curve)
    add_results(curve)
    add_base_options(curve)
    curve.set_defaults(run=_learning_curve)

    speed = commands.add_parser(
        "speed",
        parents=[common],
        help="measure speed, memory and sizes",
        description="Measure, warm, with the bundled recordings: text to sound against real time, "
        "the wait for the first sound, peak memory, and what lies on disk.",
    )
    add_results(speed)
    add_base_options(speed)
    speed.set_defaults(run=_speed)

    baseline = commands.add_parser(
        "baseline",
        parents=[common],
        help="train the original article's LSTM GAN on MFCCs, as a baseline",
        description="Train the system of the original article, write what it generates as WAV, and "
        "score it beside honest controls; on the bundled demo unless told otherwise.",
    )
    baseline.add_argument("recordings", nargs="*", type=Path, metavar="RECORDING")
    add_manifest(baseline, required=False)
    baseline.add_argument("--speaker", metavar="ID", help="of the manifest")
    baseline.add_argument("--seconds", type=float, default=240.0, help="of training, default 240")
    baseline.add_argument("--samples", type=int, default=16, help="default 16")
    baseline.add_argument("--seed", type=int, default=0)
    add_results(baseline)
    baseline.set_defaults(run=_baseline)

    pretrain = commands.add_parser(
        "pretrain",
        parents=[common],
        help="train a base checkpoint; resumes where it stopped",
        description="Run the training stages over a corpus; also under torchrun.",
    )
    add_manifest(pretrain)
    pretrain.add_argument("--folder", type=Path, required=True, help="for state, logs and caches")
    pretrain.add_argument("--output", type=Path, help="where the base checkpoint goes")
    pretrain.add_argument("--stages", nargs="+", metavar="STAGE", help="default: all, in order")
    for name in ("encoder", "listener", "detail", "generator", "prosody", "adversarial"):
        pretrain.add_argument(f"--{name}-steps", type=int, metavar="N")
    pretrain.add_argument(
        "--adversarial-kind", metavar="KIND", help="least_squares (default), hinge or classic"
    )
    pretrain.add_argument(
        "--workers", type=int, default=2, help="processes that prepare, default 2"
    )
    pretrain.add_argument(
        "--init",
        type=Path,
        metavar="BASE",
        help="a base checkpoint to go on from, not from nothing",
    )
    pretrain.add_argument(
        "--moonshine",
        type=Path,
        metavar="WHEEL",
        help="of moonshine-voice 0.1.0, for a listener where the base checkpoint has none",
    )
    pretrain.add_argument("--seed", type=int, default=0)
    pretrain.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    pretrain.set_defaults(run=_pretrain)


def _add_judges(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--judges", type=Path, metavar="WHEEL",
        help="of moonshine-voice 0.1.0: a second recogniser and a second speaker encoder",
    )  # fmt: skip


def _need_speakers(speakers: Sequence[str], entries: "Sequence[Entry]") -> None:
    unknown = set(speakers) - {entry.speaker for entry in entries}
    if unknown:
        raise InputError(f"the manifest has no speakers {', '.join(sorted(unknown))}")


def _doctor(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.doctor import examine

    progress = progress_from(arguments)
    checks = examine(runtime_from(arguments), progress)
    progress.close()
    healthy = all(check.ok for check in checks)
    rows = [[check.name, "ok" if check.ok else "PROBLEM", check.detail] for check in checks]
    data = {
        "healthy": healthy,
        "checks": [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in checks],
    }
    return Answer(data, table(["check", "", "finding"], rows), exit_code=0 if healthy else 1)


def _benchmark(arguments: argparse.Namespace) -> Answer:
    from voicehub.evaluation.benchmark import People, run_benchmark
    from voicehub.evaluation.benchmark_tables import further_tables
    from voicehub.evaluation.report import render_table, write_results
    from voicehub.training.finetune import CloneOptions
    from voicehub.training.manifest import read_manifest

    entries = read_manifest(arguments.manifest)
    people = People(tuple(arguments.speakers), (), ()) if arguments.speakers else People()
    _need_speakers([*people.readers, *people.chinese_readers, *people.chinese_voices], entries)
    base = runtime_from(arguments).base
    options = CloneOptions(steps=arguments.steps, seed=arguments.seed)
    progress = progress_from(arguments)
    results = run_benchmark(base, entries, options, progress, people, arguments.judges)
    progress.close()
    stamped = {**stamp(base), **results}
    path = arguments.output / "benchmark.json"
    write_results(path, stamped)
    told = f"{len(results['speakers'])} speakers measured, see {path}"
    return Answer(stamped, "\n".join([render_table(stamped), further_tables(results), told]))


def _learning_curve(arguments: argparse.Namespace) -> Answer:
    from voicehub.evaluation.learning_curve import LEARNING_SPEAKERS, CurvePlan, run_learning_curve
    from voicehub.evaluation.learning_tables import curve_page, draw_curve
    from voicehub.evaluation.report import write_results
    from voicehub.training.manifest import read_manifest

    entries = read_manifest(arguments.manifest)
    speakers = arguments.speakers or LEARNING_SPEAKERS
    plan = CurvePlan(tuple(arguments.seconds), tuple(arguments.steps), seed=arguments.seed)
    _need_speakers(speakers, entries)
    base = runtime_from(arguments).base
    progress = progress_from(arguments)
    results = run_learning_curve(base, entries, plan, progress, speakers, arguments.judges)
    progress.close()
    stamped = {**stamp(base), **results}
    path = arguments.output / "learning_curve.json"
    write_results(path, stamped)
    draw_curve(results, path.with_suffix(".png"))
    failed = [f"{each['speaker']}: {each['failed']}" for each in results["failed"]]
    return Answer(stamped, "\n".join([curve_page(stamped), *failed, f"see {path} and its .png"]))


def _speed(arguments: argparse.Namespace) -> Answer:
    from voicehub.evaluation.report import write_results
    from voicehub.evaluation.speed_report import measure_speed
    from voicehub.services.demo import READERS, demo_recordings

    base = runtime_from(arguments).base
    measured = measure_speed(base, demo_recordings(READERS[0]))
    results = {**stamp(base), **measured}
    write_results(arguments.output / "speed.json", results)
    return Answer(results, table(["figure", "value"], [list(item) for item in measured.items()]))


def _baseline(arguments: argparse.Namespace) -> Answer:
    from voicehub.evaluation.article_baseline import BASELINE_COLUMNS, run_baseline
    from voicehub.evaluation.report import (
        build_results,
        machine_description,
        render_table,
        write_results,
    )
    from voicehub.services.recordings import baseline_material

    training, held_out = baseline_material(
        arguments.recordings, arguments.manifest, arguments.speaker
    )
    progress = progress_from(arguments)
    result = run_baseline(
        training, held_out, arguments.output, arguments.seconds, arguments.seed, progress,
        count=arguments.samples,
    )  # fmt: skip
    progress.close()
    results = build_results(
        command_line(), today(), machine_description(), BASELINE_COLUMNS, result.pop("rows")
    )
    path = arguments.output / "baseline.json"
    write_results(path, {**results, **result})
    text = (
        f"{render_table(results)}\n{len(result['files'])} samples and {path.name} in {path.parent}"
    )
    return Answer({**results, **result, "folder": str(arguments.output)}, text)


def _pretrain(arguments: argparse.Namespace) -> Answer:
    from voicehub.training.pretrain import pretrain
    from voicehub.training.pretrain_options import PretrainOptions

    names = (
        "output",
        "stages",
        "init",
        "moonshine",
        "encoder_steps",
        "listener_steps",
        "detail_steps",
        "generator_steps",
    )
    given = {
        name: getattr(arguments, name)
        for name in (*names, "prosody_steps", "adversarial_steps", "adversarial_kind")
    }
    options = PretrainOptions(
        arguments.manifest,
        arguments.folder,
        workers=arguments.workers,
        device=arguments.device,
        seed=arguments.seed,
        **{name: value for name, value in given.items() if value is not None},
    )
    progress = progress_from(arguments)
    pretrain(options, progress)
    progress.close()
    data = {"folder": str(options.folder), "stages": list(options.stages)}
    return Answer(data, f"stages {', '.join(options.stages)} are done in {options.folder}")
