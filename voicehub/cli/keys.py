"""The command that looks after programs' keys: ``key create | list | revoke``."""

import argparse
from typing import Any

from voicehub.cli.console import Answer, runtime_from, table


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    words = "make, list and revoke keys for programs that use the API"
    key = commands.add_parser("key", parents=[common], help=words, description=words)
    actions = key.add_subparsers(title="what to do", metavar="ACTION", required=True)
    create = actions.add_parser("create", parents=[common], help="make a key; it is shown once")
    create.add_argument("name", metavar="NAME", help="what it is for")
    create.add_argument(
        "--scope", action="append", metavar="SCOPE", help="speak or voices; default: both"
    )
    create.add_argument(
        "--characters", type=int, metavar="N", help="that it may have spoken in a day"
    )
    create.set_defaults(run=_create)
    listing = actions.add_parser("list", parents=[common], help="list the keys")
    listing.set_defaults(run=_list)
    revoke = actions.add_parser("revoke", parents=[common], help="end a key, at once")
    revoke.add_argument("key", metavar="KEY", help="its identifier")
    revoke.set_defaults(run=_revoke)


def _create(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.api_keys import ApiKeys

    runtime = runtime_from(arguments)
    made = ApiKeys(runtime).create(
        runtime.operator, arguments.name, arguments.scope, arguments.characters
    )
    data = _data(made.key) | {"secret": made.secret}
    return Answer(data, f"{made.secret}\nkeep it: it is shown this once")


def _list(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.api_keys import ApiKeys

    runtime = runtime_from(arguments)
    keys = ApiKeys(runtime)
    found = [
        _data(each) | {"characters_today": keys.used_today(each)}
        for each in keys.list(runtime.operator)
    ]
    rows = [
        [each["name"], each["prefix"], ", ".join(each["scopes"]), each["characters_a_day"],
         each["characters_today"], "revoked" if each["revoked"] else "", each["id"]]
        for each in found
    ]  # fmt: skip
    headings = ["name", "begins with", "scopes", "a day", "today", "", "identifier"]
    return Answer({"keys": found}, table(headings, rows) if rows else "no keys yet")


def _revoke(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.api_keys import ApiKeys

    runtime = runtime_from(arguments)
    key = ApiKeys(runtime).revoke(runtime.operator, arguments.key)
    return Answer({"revoked": key.id}, f"{key.name} is revoked")


def _data(key: Any) -> dict[str, Any]:
    return {
        "id": key.id, "name": key.name, "prefix": key.prefix, "scopes": list(key.scopes),
        "characters_a_day": key.characters_a_day, "created": key.created,
        "last_used": key.last_used, "revoked": key.revoked,
    }  # fmt: skip
