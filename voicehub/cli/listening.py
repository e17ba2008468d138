"""The commands of a blind listening test: prepare it for people, and score what they answered."""

import argparse
from pathlib import Path
from typing import Any

from voicehub.cli.console import Answer, command_line, progress_from, table, today
from voicehub.errors import InputError


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    test = commands.add_parser(
        "listening-test",
        parents=[common],
        help="prepare a blind comparison of two systems for people",
        description="Pair the sounds that have one name in both folders, shuffle them, and write a page that "
        "plays them and needs no server. Which is which stays in the key, beside the folder and not in it.",
    )
    test.add_argument("before", type=Path, metavar="BEFORE", help="folder of sounds")
    test.add_argument("after", type=Path, metavar="AFTER", help="folder of the same, made anew")
    test.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FOLDER",
        help="to give to listeners; made, and its key beside it",
    )  # fmt: skip
    test.add_argument("--seed", type=int, default=0, help="of the order, default 0")
    test.set_defaults(run=_prepare)

    score = commands.add_parser(
        "listening-score", parents=[common], help="score the answers to a listening test"
    )
    score.add_argument("key", type=Path, metavar="KEY", help="file that listening-test wrote")
    score.add_argument(
        "answers", type=Path, nargs="+", metavar="ANSWERS", help="a file of each listener"
    )
    score.add_argument("-o", "--output", type=Path, metavar="FILE", help="results as JSON")
    score.set_defaults(run=_score)


def _prepare(arguments: argparse.Namespace) -> Answer:
    from voicehub.evaluation.listening import prepare_test
    from voicehub.evaluation.report import write_results
    from voicehub.ui.listening_page import listening_page

    folder: Path = arguments.output
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty: a test that people already have is not changed")
    progress = progress_from(arguments)
    progress(0.0, "pairing sounds")
    key = prepare_test(arguments.before, arguments.after, folder / "sounds", arguments.seed)
    progress.close()
    count = len(key["pairs"])
    for name, language in (("index.html", "en"), ("index.zh.html", "zh")):
        (folder / name).write_text(listening_page(key["test"], count, language), "utf-8")
    path = folder.with_name(f"{folder.name}-key.json")
    made = {"command": command_line(), "date": today(), **key}
    write_results(path, made)
    return Answer(
        made, f"{count} pairs: give people {folder} (index.html), and keep {path} to yourself"
    )


def _score(arguments: argparse.Namespace) -> Answer:
    from voicehub.evaluation.listening import read_answers, read_key, score_test
    from voicehub.evaluation.report import write_results

    key = read_key(arguments.key)
    found = score_test(key, [read_answers(path) for path in arguments.answers])
    made = {"command": command_line(), "date": today(), "pairs": len(key["pairs"]), **found}
    if arguments.output:
        write_results(arguments.output, made)
    low, high = found["cmos_95"]
    control = found["control"]
    rows = [
        ["listeners", found["listeners"]],
        ["ratings", found["ratings"]],
        ["mean rating of AFTER against BEFORE, -3 to 3", f"{found['cmos']:+.2f}"],
        ["95 %", f"{low:+.2f} to {high:+.2f}"],
        ["AFTER preferred", f"{found['preferred_after']:.0%}"],
        ["BEFORE preferred", f"{found['preferred_before']:.0%}"],
        ["p, sign test", f"{found['p_value']:.3g}"],
        ["mean size of ratings of controls", "-" if control is None else f"{control:.2f}"],
    ]
    return Answer(made, table(["", ""], rows))
