"""Tables as CSV for spreadsheets, in which text from people can never become a formula."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict

from voicehub.store.business import Earned, Overview
from voicehub.store.ledger import money

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def to_csv(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table; it begins with a mark by which spreadsheets know UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([_safe(head) for head in heads])
    writer.writerows([[_safe(cell) for cell in row] for row in rows])
    return "\ufeff" + text.getvalue()


def earned_csv(earned: Earned) -> str:
    """Return a seller's listings with what each came to, in credits."""
    heads = ["listing", "name", "state", "plays", "listeners", "licences", "characters", "earned"]
    rows = [[*list(asdict(each).values())[:-1], _credits(each.earned)] for each in earned.listings]
    return to_csv(heads, rows)


def overview_csv(overview: Overview) -> str:
    """Return the figures of an installation, one a row."""
    rows: list[list[object]] = [
        *(["users", kind, count] for kind, count in sorted(overview.users.items())),
        ["voices", "", overview.voices],
        *(["listings", state, count] for state, count in sorted(overview.listings.items())),
        ["speech minutes", "", round(overview.minutes, 2)],
        ["turnover", "", _credits(overview.turnover)],
        ["revenue", "", _credits(overview.revenue)],
        *(["funnel", step, count] for step, count in overview.funnel),
        *(["plays", each.day, each.plays] for each in overview.days),
        *(["characters", each.day, each.characters] for each in overview.days),
        *(["revenue", each.day, _credits(each.earned)] for each in overview.days),
    ]
    return to_csv(["figure", "of", "value"], rows)


def _credits(amount: int) -> float:
    return float(money(amount))


def _safe(cell: object) -> object:
    """Return a cell that a spreadsheet shows and does not reckon; numbers stay numbers."""
    if isinstance(cell, (int, float)):
        return cell
    text = str(cell)
    return "'" + text if text.lstrip(" ").startswith(_STARTS) else text
