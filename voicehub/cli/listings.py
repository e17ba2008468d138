"""The operator's commands for the marketplace: listings, credits given back, and the figures."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from voicehub.cli.console import Answer, runtime_from, table

STATES = ("review", "draft", "published", "refused", "withdrawn")


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    listings = commands.add_parser(
        "listings", parents=[common], help="review, publish and withdraw what is offered"
    )
    actions = listings.add_subparsers(title="actions", metavar="ACTION", required=True)
    shown = actions.add_parser("list", parents=[common], help="listings in a state")
    shown.add_argument("--state", choices=STATES, default="review", help="default: review")
    shown.set_defaults(run=_list)
    for name, run, text in (
        ("approve", _approve, "publish what waits for review"),
        ("refuse", _refuse, "refuse what waits for review"),
        ("withdraw", _withdraw, "take it off the market with all its licences, at once"),
    ):
        action = actions.add_parser(name, parents=[common], help=text)
        action.add_argument("listing", metavar="LISTING", help="its identifier")
        action.set_defaults(run=run)
        if name == "refuse":
            action.add_argument("--reason", required=True, help="what its seller reads")
    refund = actions.add_parser("refund", parents=[common], help="give back a licence or a use")
    refund.add_argument("reference", metavar="ID", help="of the licence or of the receipt")
    refund.set_defaults(run=_refund)
    business = commands.add_parser(
        "business", parents=[common], help="users, voices, minutes, revenue and the funnel"
    )
    business.add_argument("--csv", type=Path, metavar="FILE", help="write the figures as a table")
    business.add_argument("--picture", type=Path, metavar="FILE", help="draw them as a PNG")
    business.set_defaults(run=_business)


def _list(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.selling import Review
    from voicehub.store.ledger import money

    found = Review(runtime_from(arguments)).waiting(arguments.state)
    rows = [[each.name, each.language, each.tier, each.pricing, money(each.price), each.id]
            for each in found]  # fmt: skip
    text = table(["name", "language", "tier", "pricing", "price", "identifier"], rows)
    if not found:
        text = f"no listing is in the state {arguments.state}"
    return Answer({"listings": [asdict(each) for each in found]}, text)


def _approve(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.selling import Review

    listing = Review(runtime_from(arguments)).approve(arguments.listing)
    return Answer({"listing": asdict(listing)}, f"{listing.name} is published")


def _refuse(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.selling import Review

    listing = Review(runtime_from(arguments)).refuse(arguments.listing, arguments.reason)
    return Answer({"listing": asdict(listing)}, f"{listing.name} is refused")


def _withdraw(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.selling import Review

    listing = Review(runtime_from(arguments)).withdraw(arguments.listing)
    return Answer({"listing": asdict(listing)}, f"{listing.name} is withdrawn")


def _refund(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.selling import Selling
    from voicehub.store.ledger import money

    runtime = runtime_from(arguments)
    cents = Selling(runtime).refund(runtime.operator, arguments.reference)
    return Answer({"refunded": cents}, f"{money(cents)} credits are given back")


def _business(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.selling import Review
    from voicehub.services.spreadsheet import overview_csv
    from voicehub.store.ledger import money

    overview = Review(runtime_from(arguments)).overview()
    if arguments.csv:
        arguments.csv.write_text(overview_csv(overview), "utf-8", newline="")
    if arguments.picture:
        from voicehub.features.business_plot import draw_business

        days = [(each.day, each.earned / 100, each.characters) for each in overview.days]
        draw_business(arguments.picture, overview.funnel, days)
    rows: list[list[object]] = [
        *([f"users, {kind}", count] for kind, count in sorted(overview.users.items())),
        ["voices", overview.voices],
        *([f"listings, {state}", count] for state, count in sorted(overview.listings.items())),
        ["speech, minutes", f"{overview.minutes:.1f}"],
        ["turnover, demo credits", money(overview.turnover)],
        ["revenue, demo credits", money(overview.revenue)],
        *([f"came as far as: {step}", count] for step, count in overview.funnel),
    ]
    return Answer(asdict(overview), table(["figure", "value"], rows))
