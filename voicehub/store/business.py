"""Figures of the business: what one seller's voices came to, and how the installation does."""

from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database as SqliteDatabase

from voicehub.store.database import Database

_DAYS = 30  # that the lines over time show
_LAST = f"date('now', '-{_DAYS - 1} days')"


@dataclass(frozen=True)
class Sold:
    """One listing of a seller; ``earned`` is in hundredths of a credit, after refunds."""

    listing_id: str
    name: str
    state: str
    plays: int
    listeners: int
    licences: int
    characters: int
    earned: int


@dataclass(frozen=True)
class Day:
    """One day, of those on which something was."""

    day: str
    plays: int
    listeners: int
    characters: int
    earned: int


@dataclass(frozen=True)
class Earned:
    """What a seller's voices came to: in all, by listing, by day."""

    balance: int
    listings: list[Sold]
    days: list[Day]


@dataclass(frozen=True)
class Overview:
    """How the installation does; ``funnel`` counts accounts that came as far as each step."""

    users: dict[str, int]
    voices: int
    listings: dict[str, int]
    minutes: float  # of speech
    turnover: int  # paid for licences and use, less what was given back
    revenue: int  # the installation's share of it
    funnel: list[tuple[str, int]]
    days: list[Day]


class BusinessStore:
    """Reads the figures in one state of the database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def earned(self, user_id: str) -> Earned:
        """Return what a seller's voices came to."""
        with self.database.read() as db:
            found = db.execute(_SOLD, [user_id, user_id]).fetchall()
            balance = db.execute(
                "SELECT coalesce(sum(balance), 0) FROM ledger_accounts"
                " WHERE kind = 'earnings' AND user_id = ?",
                [user_id],
            ).fetchone()[0]
            return Earned(int(balance), [Sold(*row) for row in found], _days(db, user_id))

    def overview(self) -> Overview:
        """Return how the installation does."""
        with self.database.read() as db:
            users = _pairs(db, "SELECT kind, count(*) FROM users WHERE deleted IS NULL GROUP BY 1")
            listings = _pairs(db, "SELECT state, count(*) FROM listings GROUP BY 1")
            return Overview(
                users,
                _one(db, "SELECT count(*) FROM voices WHERE status = 'ready'"),
                listings,
                float(_one(db, "SELECT coalesce(sum(seconds), 0) FROM generations")) / 60,
                _one(
                    db,
                    "SELECT coalesce(-sum(e.amount), 0) FROM ledger_entries e JOIN"
                    " ledger_accounts a ON a.id = e.account_id JOIN ledger_transactions t"
                    " ON t.id = e.transaction_id WHERE a.kind = 'credits' AND t.kind <> 'top-up'",
                ),
                _one(db, "SELECT balance FROM ledger_accounts WHERE kind = 'platform'"),
                [(name, _one(db, query)) for name, query in _FUNNEL],
                _days(db, None),
            )


_EARNED = (
    "SELECT coalesce(sum(e.amount), 0) FROM ledger_transactions t"
    " JOIN ledger_entries e ON e.transaction_id = t.id"
    " JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'earnings' AND a.user_id = ?"
    " WHERE t.reference IN (SELECT id FROM licences WHERE listing_id = l.id"
    " UNION ALL SELECT id FROM uses WHERE listing_id = l.id)"
)
_SOLD = f"""
    SELECT l.id, l.name, l.state,
        (SELECT coalesce(sum(plays), 0) FROM listing_plays WHERE listing_id = l.id),
        (SELECT count(*) FROM listing_plays WHERE listing_id = l.id),
        (SELECT count(*) FROM licences WHERE listing_id = l.id), l.spoken, ({_EARNED})
    FROM listings l WHERE l.user_id = ? ORDER BY l.created DESC, l.number DESC
"""
_FUNNEL = (
    ("users", "SELECT count(*) FROM users WHERE kind <> 'operator'"),
    ("consents", "SELECT count(DISTINCT user_id) FROM consents WHERE user_id <> 'operator'"),
    ("voices", "SELECT count(DISTINCT owner_id) FROM voices WHERE owner_id <> 'operator'"),
    ("listed", "SELECT count(DISTINCT user_id) FROM listings WHERE published IS NOT NULL"),
    ("licensed", "SELECT count(DISTINCT user_id) FROM licences"),
    ("used", "SELECT count(DISTINCT user_id) FROM uses WHERE characters > 0"),
)
# By day, of one seller or of all: plays and listeners, characters, and what was earned.
_BY_DAY = f"""
    SELECT day, sum(plays), sum(listeners), sum(characters), sum(earned) FROM (
        SELECT p.day AS day, p.plays AS plays, 1 AS listeners, 0 AS characters, 0 AS earned
            FROM listing_plays p JOIN listings l ON l.id = p.listing_id
            WHERE (?1 IS NULL OR l.user_id = ?1) AND p.day >= {_LAST}
        UNION ALL
        SELECT substr(u.created, 1, 10), 0, 0, u.characters, 0
            FROM uses u JOIN listings l ON l.id = u.listing_id
            WHERE (?1 IS NULL OR l.user_id = ?1) AND u.created >= {_LAST}
        UNION ALL
        SELECT substr(t.at, 1, 10), 0, 0, 0, e.amount
            FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
            JOIN ledger_transactions t ON t.id = e.transaction_id
            WHERE t.at >= {_LAST} AND CASE WHEN ?1 IS NULL THEN a.kind = 'platform'
                ELSE a.kind = 'earnings' AND a.user_id = ?1 END
    ) GROUP BY day ORDER BY day
"""


def _days(db: SqliteDatabase, user_id: str | None) -> list[Day]:
    return [Day(*row) for row in db.execute(_BY_DAY, [user_id]).fetchall()]


def _pairs(db: SqliteDatabase, query: str) -> dict[str, int]:
    return dict(db.execute(query).fetchall())


def _one(db: SqliteDatabase, query: str) -> Any:
    return db.execute(query).fetchone()[0]
