"""The commands of who answers for an installation: audit, reports, takedown, account."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicehub.cli.console import Answer, runtime_from, table
from voicehub.errors import InputError

if TYPE_CHECKING:
    from voicehub.services.misuse import ReportView
    from voicehub.store.records import User

_CATEGORIES = ("impersonation", "fraud", "harassment", "unlawful", "other")
_REPORT_FIELDS = (
    "id", "state", "category", "about", "voice_id", "words", "contact", "received",
    "acknowledge_by", "decide_by", "acknowledged", "decided", "decision", "appeal", "appealed",
)  # fmt: skip


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    _add_audit(commands, common)
    _add_reports(commands, common)
    _add_account(commands, common)


def _add_audit(commands: Any, common: argparse.ArgumentParser) -> None:
    audit = commands.add_parser(
        "audit", parents=[common], help="check, show or export the audit log",
        description="The log that only grows: each row is chained to the one before by its hash.",
    )  # fmt: skip
    audit.add_argument(
        "action", choices=("verify", "head", "tail", "export"),
        help="verify: exit code 1 and the first bad row where it was tampered with; head: what to "
        "keep elsewhere; tail: the last rows; export: all rows as lines of JSON",
    )  # fmt: skip
    audit.add_argument(
        "--anchor", action="append", default=[], metavar="HEAD",
        help="with verify: a head that was kept elsewhere, or a file with one on each line",
    )  # fmt: skip
    audit.add_argument("--count", type=int, default=20, help="rows of tail, default 20")
    audit.add_argument("--kind", help="with tail: only kinds that begin so, as consent")
    audit.add_argument("-o", "--output", type=Path, metavar="FILE", help="with export or head")
    audit.set_defaults(run=_audit)


def _add_reports(commands: Any, common: argparse.ArgumentParser) -> None:
    reports = commands.add_parser(
        "reports", parents=[common], help="what was reported of voices and speech, and decide it",
        description="Reports of misuse: each is to be acknowledged and decided in time.",
    )  # fmt: skip
    reports.add_argument(
        "action", choices=("list", "show", "acknowledge", "decide"), help="decide: upheld takes "
        "the voice down at once, with a strike for its owner; rejected takes both back",
    )  # fmt: skip
    reports.add_argument("report", nargs="?", metavar="REPORT", help="its identifier")
    reports.add_argument("decision", nargs="?", choices=("upheld", "rejected"))
    reports.add_argument(
        "--state", choices=("received", "acknowledged", "decided"), help="with list: only these"
    )
    reports.set_defaults(run=_reports)
    takedown = commands.add_parser(
        "takedown", parents=[common], help="take a voice down at once, as an upheld report does",
        description="Hide and silence a voice at once; `reports decide ID rejected` brings it back.",
    )  # fmt: skip
    takedown.add_argument("voice", metavar="VOICE", help="identifier of it or its speech, or name")
    takedown.add_argument("--category", choices=_CATEGORIES, default="other")
    takedown.add_argument("--words", default="", help="why")
    takedown.set_defaults(run=_takedown)


def _add_account(commands: Any, common: argparse.ArgumentParser) -> None:
    account = commands.add_parser(
        "account", parents=[common], help="list accounts, export or erase all that is one's",
        description="What a user may ask of the operator: a copy of everything, or its erasure.",
    )  # fmt: skip
    account.add_argument("action", choices=("list", "export", "erase"))
    account.add_argument("user", nargs="?", metavar="USER", help="name or identifier")
    account.add_argument("-o", "--output", type=Path, metavar="FILE", help="ZIP to write (export)")
    account.add_argument("--yes", action="store_true", help="with erase: do it, for good")
    account.set_defaults(run=_account)


def _audit(arguments: argparse.Namespace) -> Answer:
    actions = {"verify": _verify, "head": _head, "tail": _tail, "export": _export}
    return actions[arguments.action](arguments)


def _verify(arguments: argparse.Namespace) -> Answer:
    anchors = [head for given in arguments.anchor for head in _heads(given)]
    found = runtime_from(arguments).audit.verify(anchors)
    data = {
        "rows": found.rows,
        "head": str(found.head),
        "anchors": len(anchors),
        "bad_row": found.bad_row,
        "problem": found.problem,
    }
    if found.problem is not None:
        return Answer(data, f"the audit log is not whole: {found.problem}", 1)
    return Answer(data, f"{found.rows} rows, each as it was written; head {found.head}")


def _heads(given: str) -> list[Any]:
    """Return the heads that an option gives: one, or a file of them."""
    from voicehub.store.chain import Head

    path = Path(given)
    if ":" in given and not path.is_file():
        return [Head.parse(given)]
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(f"there is no head of the audit log in {given}: {error}") from error
    return [Head.parse(line) for line in lines if line.strip()]


def _head(arguments: argparse.Namespace) -> Answer:
    head = runtime_from(arguments).audit.head()
    if arguments.output is not None:
        _write(arguments.output, f"{head}\n", "a")
    return Answer({"head": str(head), "number": head.number, "sha256": head.sha256}, str(head))


def _tail(arguments: argparse.Namespace) -> Answer:
    if arguments.count < 1:
        raise InputError(f"need at least 1 row, got {arguments.count}")
    rows = runtime_from(arguments).audit.tail(arguments.count, arguments.kind)
    shown = [[each.number, each.at[:19], each.kind, each.actor, each.subject] for each in rows]
    text = table(["row", "time (UTC)", "kind", "who", "what"], shown)
    data = [vars(each) | {"detail": json.loads(each.detail)} for each in rows]
    return Answer({"rows": data}, text)


def _export(arguments: argparse.Namespace) -> Answer:
    lines = list(runtime_from(arguments).audit.lines())
    text = "\n".join(lines)
    if arguments.output is None:
        return Answer({"rows": [json.loads(line) for line in lines]}, text)
    _write(arguments.output, text + "\n", "w")
    return Answer(
        {"rows": len(lines), "file": str(arguments.output)}, f"{len(lines)} rows are exported"
    )


def _reports(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.misuse import Misuse

    misuse = Misuse(runtime_from(arguments))
    if arguments.action == "list":
        return _listed(misuse.every(arguments.state))
    if arguments.report is None:
        raise InputError(f"name the report: voicehub reports {arguments.action} REPORT")
    if arguments.action == "decide":
        if arguments.decision is None:
            raise InputError("say how: voicehub reports decide REPORT upheld, or rejected")
        return _shown(misuse.decide(arguments.report, arguments.decision))
    if arguments.action == "acknowledge":
        return _shown(misuse.acknowledge(arguments.report))
    return _shown(misuse.show(arguments.report))


def _listed(views: "list[ReportView]") -> Answer:
    rows = []
    for view in views:
        each = view.report
        due = each.acknowledge_by if each.state == "received" else each.decide_by
        late = "OVERDUE" if view.overdue else ""
        state = each.decision or each.state
        appeal = "appeal" if each.appeal else ""
        rows.append([state, "" if each.decided else due[:16], late, each.category, appeal, each.id])
    text = table(["state", "due (UTC)", "", "category", "", "report"], rows)
    overdue = sum(view.overdue for view in views)
    if not views:
        text = "no reports"
    return Answer({"reports": [_as_dict(each) for each in views], "overdue": overdue}, text)


def _shown(view: "ReportView") -> Answer:
    data = _as_dict(view)
    rows = [[key, " ".join(str(value).split())] for key, value in data.items() if value is not None]
    return Answer(data, table(["", ""], rows).split("\n", 2)[2])


def _as_dict(view: "ReportView") -> dict[str, Any]:
    told = {name: getattr(view.report, name) for name in _REPORT_FIELDS}
    return told | {"overdue": view.overdue, "strikes_of_owner": view.strikes}


def _takedown(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.misuse import Misuse

    misuse = Misuse(runtime_from(arguments))
    view = misuse.take_down(arguments.voice, arguments.category, arguments.words)
    text = f"the voice is down; `voicehub reports decide {view.report.id} rejected` brings it back"
    return Answer(_as_dict(view), text)


def _account(arguments: argparse.Namespace) -> Answer:
    runtime = runtime_from(arguments)
    if arguments.action == "list":
        users = runtime.accounts.every()
        rows = [[each.name or "", each.kind, each.created[:16], each.id] for each in users]
        told = [{"id": u.id, "name": u.name, "kind": u.kind, "created": u.created} for u in users]
        return Answer({"users": told}, table(["name", "kind", "created (UTC)", "identifier"], rows))
    if arguments.user is None:
        raise InputError(f"name the user: voicehub account {arguments.action} USER")
    user = runtime.accounts.find(arguments.user)
    return (_take_out if arguments.action == "export" else _erase)(arguments, runtime, user)


def _take_out(arguments: argparse.Namespace, runtime: Any, user: "User") -> Answer:
    from voicehub.services.takeout import write_takeout

    if arguments.output is None:
        raise InputError("say where to: voicehub account export USER -o FILE.zip")
    found = write_takeout(runtime, user, arguments.output)
    data = {"user": user.id, "file": str(arguments.output), "rows": found.rows}
    text = f"{sum(found.rows.values())} rows and {found.files} files are in {arguments.output}"
    return Answer(data | {"files": found.files}, text)


def _erase(arguments: argparse.Namespace, runtime: Any, user: "User") -> Answer:
    from voicehub.services.accounts import Accounts

    if not arguments.yes:
        raise InputError("this erases all that is theirs for good; add --yes to do it")
    receipt = Accounts(runtime).delete_account(user)
    text = f"erased: {len(receipt.voices)} voices, {len(receipt.removed)} files"
    return Answer({"user": user.id, "receipt": receipt.as_dict()}, text)


def _write(path: Path, text: str, mode: str) -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}") from error
