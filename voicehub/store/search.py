"""Finding listings: words and facets through the index, in an order that is exact also among millions.

A search that matches few listings sorts them; one that matches many walks an index of the order and
asks of each listing whether it matches. Either way what is no longer open is not there: the rows come
from a view that looks at the voice and its consent.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database as SqliteDatabase

from voicehub.store.database import Database
from voicehub.store.market_records import PRICES, Listing
from voicehub.store.rows import select
from voicehub.store.words import facet, matching, runs_of

Order = Literal["relevance", "newest", "popular", "rating", "price"]
ORDERS: tuple[Order, ...] = ("relevance", "newest", "popular", "rating", "price")
MANY = 4_000  # matches of facets; more are not counted, and not sorted but walked to
_WORDS_TIMES = 4  # as many matches of words are sorted: to ask a row for words takes 50 us, not 1
_SORTED = {
    "newest": "published DESC, number DESC",
    "popular": "spoken DESC, number DESC",
    "rating": "stars DESC, number DESC",
    "price": "price, number",
}
_MATCHED = "FROM listing_words WHERE listing_words MATCH ?"
_PUBLISHED = "SELECT number FROM listings WHERE state = 'published'"
_AMONG = "number IN (SELECT value FROM json_each(?))"
_COLUMNS = ("language", "gender", "age", "accent", "tier", "pricing")


@dataclass(frozen=True)
class Query:
    """What is looked for; an empty facet is any, ``price`` one of ``PRICES``."""

    text: str = ""
    language: str = ""
    gender: str = ""
    age: str = ""
    accent: str = ""
    case: str = ""
    tier: str = ""
    pricing: str = ""
    price: str = ""
    order: Order = "relevance"
    limit: int = 12
    offset: int = 0


@dataclass(frozen=True)
class Found:
    """A page of listings, and how many match: from ``MANY`` on it stands for that or more."""

    listings: list[Listing]
    total: int


class SearchStore:
    """Searches what is published."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def search(self, query: Query) -> Found:
        """Return the listings that match all words and facets, in the order asked for."""
        with self.database.read() as db:
            return _search(db, query)

    def open_ones(self, numbers: list[int]) -> list[Listing]:
        """Return those of the numbered listings that are open now, in the order of the numbers."""
        with self.database.read() as db:
            return _open_ones(db, numbers)

    def sounds(self, after: int) -> tuple[NDArray[np.int64], NDArray[np.float32], int]:
        """Return numbers (n,) and embeddings (n, 256) that were added next, and the new mark."""
        with self.database.read() as db:
            rows = db.execute(
                "SELECT added, number, embedding FROM listing_sounds WHERE added > ?"
                " ORDER BY added LIMIT 50000", [after],
            ).fetchall()  # fmt: skip
        if not rows:
            return np.zeros(0, np.int64), np.zeros((0, 256), np.float32), after
        vectors = np.frombuffer(b"".join(row[2] for row in rows), "<f4").reshape(-1, 256)
        return np.array([row[1] for row in rows], np.int64), vectors, int(rows[-1][0])


def _search(db: SqliteDatabase, query: Query) -> Found:
    words, facets = matching(query.text), _facets(query)
    if query.text.strip() and not words:
        return Found([], 0)  # nothing but marks
    matched = matching(query.text, facets)
    most = MANY * _WORDS_TIMES if words else MANY
    numbers = _matches(db, matched, most)
    if query.order == "relevance" and words:
        found = _ranked(db, query, words, matched, numbers)
        return Found(_open_ones(db, found), len(numbers))
    order = _SORTED["newest" if query.order == "relevance" else query.order]
    if matched and len(numbers) < most:
        # With a plus no index gives the order: SQLite would walk all of it for a few matches.
        where, values, order = _AMONG, [json.dumps(numbers)], f"+{order}"
    else:
        where, values = _walked(query, words)
    found = _numbers(
        db, f"SELECT number FROM listings WHERE state = 'published' AND {where} ORDER BY {order}",
        values, query,
    )  # fmt: skip
    return Found(_open_ones(db, found), len(numbers))


def _matches(db: SqliteDatabase, matched: str, most: int) -> list[int]:
    """Return the numbers of those that match, in their order, the first ``most`` where there are more."""
    among, values = (f"SELECT rowid {_MATCHED}", [matched]) if matched else (_PUBLISHED, [])
    return [row[0] for row in db.execute(f"{among} LIMIT {most}", values).fetchall()]


def _ranked(
    db: SqliteDatabase, query: Query, words: str, matched: str, numbers: list[int]
) -> list[int]:
    """Return the best of ``numbers``, which match; of more than ``MANY`` the newest are compared.

    Words alone by BM25 (Robertson and Zaragoza 2009). With facets its cost is that of every facet's whole list, so that
    where a word stands decides: in the name, then among the tags, then in few other words.
    """
    if len(numbers) > MANY:
        newest = f"SELECT rowid {_MATCHED} ORDER BY rowid DESC LIMIT {MANY}"
        numbers = [row[0] for row in db.execute(newest, [matched]).fetchall()][::-1]
    if not numbers:
        return []
    if matched == words:
        ranked = f"SELECT rowid {_MATCHED} AND rowid >= ? ORDER BY bm25(listing_words, 1.0, 0.0), rowid DESC"
        return _numbers(db, ranked, [matched, numbers[0]], query)
    runs = runs_of(query.text)
    stands = " + ".join(
        ["2 * (instr(lower(name), ?) > 0) + (instr(lower(tags), ?) > 0)"] * len(runs)
    )
    ranked = (
        f"SELECT number FROM listings WHERE {_AMONG}"
        f" ORDER BY {stands} DESC, length(name) + length(description), number DESC"
    )
    return _numbers(db, ranked, [json.dumps(numbers), *(r for r in runs for _ in range(2))], query)


def _numbers(db: SqliteDatabase, select: str, values: Sequence[Any], query: Query) -> list[int]:
    page = f" LIMIT {int(query.limit)} OFFSET {int(query.offset)}"
    return [row[0] for row in db.execute(select + page, values).fetchall()]


def _open_ones(db: SqliteDatabase, numbers: Sequence[int]) -> list[Listing]:
    marks = ", ".join("?" * len(numbers))
    found = select(db, Listing, "open_listings", f"number IN ({marks})", numbers)
    place = {number: at for at, number in enumerate(numbers)}
    return sorted(found, key=lambda listing: place[listing.number])


def _walked(query: Query, words: str) -> tuple[str, list[Any]]:
    """Return the conditions as they are asked of one listing after the other."""
    parts, values = ["1"], []
    for name in _COLUMNS:
        if getattr(query, name):
            parts.append(f"{name} = ?")
            values.append(getattr(query, name))
    if query.price:
        # Without a plus SQLite would sort all that is as cheap, and walk in no order.
        parts.append("price <= ?" if query.order == "price" else "+price <= ?")
        values.append(PRICES[query.price])
    if query.case:
        parts.append("instr(' ' || facets || ' ', ?)")
        values.append(f" {facet('case', query.case)} ")
    if words:
        parts.append(f"EXISTS (SELECT 1 {_MATCHED} AND rowid = number)")
        values.append(words)
    return " AND ".join(parts), values


def _facets(query: Query) -> list[str]:
    named = (*_COLUMNS, "case", "price")
    return [facet(name, getattr(query, name)) for name in named if getattr(query, name)]
