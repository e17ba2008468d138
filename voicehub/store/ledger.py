"""The ledger: every movement has two sides that come to nothing together, and none is ever changed.

Amounts are whole hundredths of a credit. The same key posts once, however often it is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database as SqliteDatabase

from voicehub.errors import InputError, LimitError
from voicehub.settings import CREATOR_SHARE_PERCENT
from voicehub.store.database import Database
from voicehub.store.market_records import AccountKind, Posting, PostingKind
from voicehub.store.rows import insert, new_id, now


@dataclass(frozen=True)
class Leg:
    """One side of a movement: what comes to (or with a minus leaves) an account."""

    kind: AccountKind
    user_id: str | None
    amount: int


@dataclass(frozen=True)
class Movement:
    """What is posted; ``reference`` says for what: a licence, a use, a transaction given back."""

    key: str
    kind: PostingKind
    reference: str
    legs: Sequence[Leg]
    provider: str | None = None


class LedgerStore:
    """The accounts of users and of the installation."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def post(self, movement: Movement) -> str:
        """Post a movement once; return its identifier, the first one's where it was posted before.

        Raises ``LimitError`` where an account would fall under nothing.
        """
        with self.database.write() as db:
            return post(db, movement)

    def balance(self, kind: AccountKind, user_id: str | None = None) -> int:
        """Return what an account holds."""
        with self.database.read() as db:
            return balance(db, kind, user_id)

    def postings(self, user_id: str, limit: int = 200) -> list[Posting]:
        """Return the lines of a user's accounts, newest first, each with the balance after it."""
        with self.database.read() as db:
            found = db.execute(
                "SELECT t.id, t.kind, t.reference, t.at, a.kind, e.amount, (SELECT sum(amount)"
                " FROM ledger_entries WHERE account_id = a.id AND id <= e.id)"
                " FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id"
                " JOIN ledger_transactions t ON t.id = e.transaction_id"
                " WHERE a.user_id = ? ORDER BY e.id DESC LIMIT ?",
                [user_id, limit],
            ).fetchall()
        return [Posting(*row) for row in found]

    def problems(self) -> list[str]:
        """Add everything up again; return what is not as it must be, nothing where all is well."""
        checks = {
            "does not come to nothing": "SELECT transaction_id FROM ledger_entries"
            " GROUP BY transaction_id HAVING sum(amount) <> 0",
            "is not sealed": "SELECT id FROM ledger_transactions"
            " WHERE id NOT IN (SELECT transaction_id FROM ledger_seals)",
            "has another balance than its entries": "SELECT a.id FROM ledger_accounts a WHERE"
            " a.balance <> (SELECT coalesce(sum(amount), 0) FROM ledger_entries"
            " WHERE account_id = a.id)",
            "is below nothing": "SELECT id FROM ledger_accounts"
            " WHERE balance < 0 AND kind <> 'issued'",
            "is charged otherwise than its receipt says": "SELECT u.id FROM uses u WHERE u.amount"
            " <> (SELECT coalesce(-sum(e.amount), 0) FROM ledger_transactions t"
            " JOIN ledger_entries e ON e.transaction_id = t.id"
            " JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'credits'"
            " WHERE t.kind = 'use' AND t.reference = u.id)",
        }
        with self.database.read() as db:
            return [
                f"{row[0]} {what}"
                for what, query in checks.items()
                for row in db.execute(query).fetchall()
            ]


def post(db: SqliteDatabase, movement: Movement) -> str:
    """Post within a transaction, as `LedgerStore.post`."""
    known = db.execute(
        "SELECT id, kind, reference FROM ledger_transactions WHERE key = ?", [movement.key]
    ).fetchone()
    if known is not None:
        if tuple(known[1:]) != (movement.kind, movement.reference):
            raise InputError(f"the key {movement.key!r} was used for another movement already")
        return str(known[0])
    identifier = new_id()
    insert(
        db,
        "ledger_transactions",
        {
            "id": identifier, "key": movement.key, "kind": movement.kind,
            "reference": movement.reference, "provider": movement.provider, "at": now(),
        },
    )  # fmt: skip
    for leg in sorted(movement.legs, key=lambda leg: leg.amount):  # who pays comes first
        _enter(db, identifier, leg)
    insert(db, "ledger_seals", {"transaction_id": identifier})
    return identifier


def balance(db: SqliteDatabase, kind: AccountKind, user_id: str | None = None) -> int:
    """Return what an account holds, within a transaction."""
    found = db.execute(
        "SELECT balance FROM ledger_accounts WHERE kind = ? AND coalesce(user_id, '') = ?",
        [kind, user_id or ""],
    ).fetchone()
    return int(found[0]) if found else 0


def sale_legs(buyer_id: str, seller_id: str, amount: int) -> list[Leg]:
    """Return how an amount goes from a buyer to a seller and, its share, to the installation."""
    earned = amount * CREATOR_SHARE_PERCENT // 100
    legs = [
        Leg("credits", buyer_id, -amount),
        Leg("earnings", seller_id, earned),
        Leg("platform", None, amount - earned),
    ]
    return [leg for leg in legs if leg.amount]


def reversed_legs(db: SqliteDatabase, kind: PostingKind, reference: str) -> list[Leg]:
    """Return the legs that undo all that was posted of a kind for something."""
    found = db.execute(
        "SELECT a.kind, a.user_id, -sum(e.amount) FROM ledger_transactions t"
        " JOIN ledger_entries e ON e.transaction_id = t.id"
        " JOIN ledger_accounts a ON a.id = e.account_id"
        " WHERE t.kind = ? AND t.reference = ? GROUP BY a.id HAVING sum(e.amount) <> 0",
        [kind, reference],
    ).fetchall()
    return [Leg(*row) for row in found]


def _enter(db: SqliteDatabase, transaction_id: str, leg: Leg) -> None:
    account = _account(db, leg)
    if leg.amount < 0 and leg.kind != "issued":
        held = balance(db, leg.kind, leg.user_id)
        if held + leg.amount < 0:
            raise LimitError(
                f"this takes {money(-leg.amount)} credits and the account holds {money(held)}"
            )
    insert(
        db,
        "ledger_entries",
        {"transaction_id": transaction_id, "account_id": account, "amount": leg.amount},
    )


def _account(db: SqliteDatabase, leg: Leg) -> int:
    where = "kind = ? AND coalesce(user_id, '') = ?"
    values = [leg.kind, leg.user_id or ""]
    found = db.execute(f"SELECT id FROM ledger_accounts WHERE {where}", values).fetchone()
    if found is None:
        insert(db, "ledger_accounts", {"kind": leg.kind, "user_id": leg.user_id})
        found = db.execute(f"SELECT id FROM ledger_accounts WHERE {where}", values).fetchone()
    return int(found[0])


def money(amount: int) -> str:
    """Return hundredths as people write them."""
    sign, whole = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{whole // 100}.{whole % 100:02}"
