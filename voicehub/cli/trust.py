"""The operator's commands about consent: the reviewer's queue, the opt-out list, the report."""

import argparse
from pathlib import Path
from typing import Any

from voicehub.cli.console import (
    Answer,
    add_base_options,
    progress_from,
    runtime_from,
    stamp,
    table,
)

_REVIEW = """\
What a program could not decide waits for a person: statements whose words were not clear, and
recordings that may not be of the voice that spoke the statement. Listen to the files that are
listed, then accept or refuse by identifier. Until then no voice is made, speaks or is exported.
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    review = commands.add_parser(
        "review", help="decide about consents that wait for a person", description=_REVIEW,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    acts = review.add_subparsers(title="what to do", metavar="ACT", required=True)
    acts.add_parser("list", parents=[common], help="what waits").set_defaults(run=_waiting)
    for name, decision in (("accept", True), ("refuse", False)):
        act = acts.add_parser(name, parents=[common], help=f"{name} what was listened to")
        act.add_argument("identifier", metavar="ID")
        act.add_argument("--note", default="", metavar="TEXT", help="why; kept with the decision")
        act.set_defaults(run=_review, accept=decision)

    optout = commands.add_parser("optout", help="voices that nobody may clone here")
    acts = optout.add_subparsers(title="what to do", metavar="ACT", required=True)
    add = acts.add_parser("add", parents=[common], help="add a voice by recordings of it")
    add.add_argument("recordings", nargs="+", type=Path, metavar="RECORDING")
    add.add_argument("--label", required=True, metavar="TEXT", help="whose voice it is")
    add.set_defaults(run=_optout_add)
    acts.add_parser("list", parents=[common], help="who is on it").set_defaults(run=_optouts)
    remove = acts.add_parser("remove", parents=[common], help="end an entry, forget its voice")
    remove.add_argument("identifier", metavar="ID")
    remove.set_defaults(run=_optout_remove)

    report = commands.add_parser(
        "consent-report",
        parents=[common],
        help="measure how well statements and voices are told apart",
        description="Measure the checks of consent on a corpus: words, codes, replays, voices.",
    )
    report.add_argument("--manifest", type=Path, required=True, metavar="FILE")
    report.add_argument(
        "--prepared", type=Path, metavar="FOLDER",
        help="a corpus that `pretrain` prepared: words are measured on what its training left out",
    )  # fmt: skip
    report.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    report.add_argument("--statements", type=int, default=200, help="of each kind, default 200")
    report.add_argument("--seed", type=int, default=0)
    report.add_argument(
        "--parts", nargs="+", choices=("voice", "replays", "words"), metavar="PART",
        default=("voice", "replays", "words"),
        help="voice, replays, words: the others of an earlier report stay; default: all",
    )  # fmt: skip
    add_base_options(report)
    report.set_defaults(run=_report)


def _waiting(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.reviews import Reviews

    found = Reviews(runtime_from(arguments)).waiting()
    rows = [[each["id"], each["what"], each["created"][:16], each["why"]] for each in found]
    lines = [table(["identifier", "what", "since (UTC)", "found"], rows)] if rows else []
    lines += [f"{each['id']}: {' '.join(each['files'])}" for each in found]
    return Answer({"waiting": found}, "\n".join(lines) or "nothing waits for a person")


def _review(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.reviews import Reviews

    reviews = Reviews(runtime_from(arguments))
    consent_id = reviews.decide(arguments.identifier, arguments.accept, arguments.note)
    state = "accepted" if arguments.accept else "refused"
    data = {"id": arguments.identifier, "state": state, "consent_id": consent_id}
    return Answer(data, f"{arguments.identifier} is {state}")


def _optout_add(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.reviews import OptOuts

    made = OptOuts(runtime_from(arguments)).add(arguments.label, arguments.recordings)
    return Answer({"id": made.id, "label": made.label}, f"{made.label} is on the list: {made.id}")


def _optouts(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.reviews import OptOuts

    found = OptOuts(runtime_from(arguments)).list()
    rows = [[each.id, each.label, each.created[:16], (each.revoked or "")[:16]] for each in found]
    data = [
        {"id": each.id, "label": each.label, "created": each.created, "ended": each.revoked}
        for each in found
    ]
    text = table(["identifier", "whose voice", "since (UTC)", "ended"], rows)
    return Answer({"optouts": data}, text if rows else "nobody is on the opt-out list")


def _optout_remove(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.reviews import OptOuts

    OptOuts(runtime_from(arguments)).remove(arguments.identifier)
    return Answer({"ended": arguments.identifier}, f"{arguments.identifier} is ended")


def _report(arguments: argparse.Namespace) -> Answer:
    from voicehub.evaluation.consent_report import measure_consent
    from voicehub.evaluation.report import read_results, write_results
    from voicehub.training.manifest import read_manifest

    base, progress = runtime_from(arguments).base, progress_from(arguments)
    measured = measure_consent(
        base, read_manifest(arguments.manifest), arguments.prepared, arguments.statements,
        arguments.seed, progress, arguments.parts,
    )  # fmt: skip
    progress.close()
    made = {**stamp(base), "seed": arguments.seed}
    path = arguments.output / "consent.json"
    results = read_results(path) if path.exists() else {}
    results |= {part: {**made, **figures} for part, figures in measured.items()}
    write_results(path, results)
    return Answer(results, f"{_tables(measured)}\n\nsee {path}")


def _tables(measured: dict[str, Any]) -> str:
    parts = []
    if "voice" in measured:
        keys = ("impostor_accepted", "owner_refused", "owner_between", "owner_accepted")
        rows = [
            [length, *(f"{figures[key]['share']:.2%}" for key in keys)]
            for length, figures in measured["voice"]["measured"].items()
        ]
        parts.append(table(["speech", *(key.replace("_", " ") for key in keys)], rows))
    if "replays" in measured:
        rows = [[key, value["share"]] for key, value in measured["replays"]["known_again"].items()]
        rows.append(["never heard", measured["replays"]["new_taken_for_known"]["share"]])
        parts.append(table(["sound", "known again"], rows))
    if "words" in measured:
        rows = [
            [kind, each["n"], each["accepted"], each["waiting"], each["refused"]]
            for kind, each in measured["words"]["trials"].items()
        ]
        parts.append(table(["statement", "n", "accepted", "to a person", "refused"], rows))
    return "\n\n".join(parts)
