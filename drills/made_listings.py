"""A million listings made up: words as rare as words are, two languages, voices around many centres."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from drills.people import sold_consent
from voicehub.store.listings import listing_row
from voicehub.store.market_records import (
    ACCENTS,
    AGES,
    CASES,
    GENDERS,
    PRICINGS,
    TIERS,
    Offer,
    Terms,
)
from voicehub.store.rows import encoded
from voicehub.store.store import Store

_SPEAKERS = 3_000  # centres that the embeddings lie around
_TEXTS = 50_000  # that differ
_AT_ONCE = 50_000  # rows
_SHA = "a" * 64
_SYLLABLES = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro",
              "su", "ta", "ve", "wi", "xo", "zu"]  # fmt: skip
_COMMON = ["calm", "warm", "deep", "bright", "young", "clear", "story", "news", "game", "book",
           "soft", "strong", "narrator", "friendly"]  # fmt: skip
_HAN = "".join(chr(0x4E00 + 7 * number) for number in range(900))


def fill(store: Store, count: int, chance: random.Random) -> None:
    """Publish ``count`` listings in an empty store."""
    words = vocabulary(chance)
    noise = np.random.default_rng(chance.randrange(2**32))
    centres = np.abs(noise.standard_normal((_SPEAKERS, 256), np.float32))
    with store.database.write() as db:
        db.execute(
            "INSERT INTO users (id, kind, name, password_hash, created)"
            " VALUES ('seller', 'local', 'seller', 'x', '')"
        )
        db.execute("INSERT INTO listing_words (listing_words, rank) VALUES ('hashsize', 67108864)")
    consent = sold_consent(store, "seller", "seller")
    with store.database.write_lightly() as db:  # texts that differ; more listings are said alike
        some = range(1, min(_TEXTS, count) + 1)
        db.execute("CREATE TEMP TABLE texts AS SELECT * FROM listings")
        _insert_texts(db.conn.executemany, _rows(some, words, chance))
        for first in range(0, count, _TEXTS):
            _publish_some(db, range(first + 1, min(first + _TEXTS, count) + 1), consent.id)
    for first in range(0, count, _AT_ONCE):
        numbers = range(first + 1, min(first + _AT_ONCE, count) + 1)
        vectors = centres[noise.integers(0, _SPEAKERS, len(numbers))]
        vectors = np.maximum(vectors + 0.35 * noise.standard_normal(vectors.shape, np.float32), 0)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        with store.database.write_lightly() as db:
            db.conn.executemany(
                "INSERT INTO listing_sounds VALUES (?, ?, ?)",
                ((n, n, each.tobytes()) for n, each in zip(numbers, vectors, strict=True)),
            )


def _publish_some(db: Any, numbers: range, consent: str) -> None:
    """Give each text of the first ones a voice of its own, and publish it through all states."""
    shift, most = numbers[0] - 1, len(numbers)
    said = f"FROM texts WHERE number <= {most}"
    db.execute(
        "INSERT INTO voices (id, name, created, kind, base_id, folder, sha256, consent_id, owner_id)"
        f" SELECT 'v' || (number + {shift}), 'v' || (number + {shift}), '', 'adapter', 'b',"
        f" 'f' || (number + {shift}), '{_SHA}', '{consent}', 'seller' {said}"
    )
    new = {
        "number": f"number + {shift}", "id": f"'l' || (number + {shift})", "state": "'draft'",
        "voice_id": f"'v' || (number + {shift})", "name_key": f"'n' || (number + {shift})",
    }  # fmt: skip
    columns = [row[1] for row in db.execute("PRAGMA table_info(listings)").fetchall()]
    values = ", ".join(new.get(name, name) for name in columns)
    db.execute(f"INSERT INTO listings ({', '.join(columns)}) SELECT {values} {said}")
    db.execute(
        f"INSERT INTO listing_clips SELECT 'l' || (number + {shift}), 0, 'x', 'x', '{_SHA}', 1.0 {said}"
    )
    where, between = "WHERE number BETWEEN ? AND ?", [numbers[0], numbers[-1]]
    db.execute(f"UPDATE listings SET state = 'review' {where}", between)
    db.execute(
        "UPDATE listings SET state = 'published', published = printf('2026-01-01T%09d', number),"
        " stars = number * 7919 % 41 / 10.0, spoken = number * 104729 % 100003 " + where,
        between,
    )


def _insert_texts(execute: Callable[..., Any], rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    columns, marks = ", ".join(first), ", ".join("?" * len(first))
    query = f"INSERT INTO texts ({columns}) VALUES ({marks})"
    execute(query, [tuple(first.values())])
    execute(query, (tuple(row.values()) for row in rows))


def _rows(numbers: range, words: list[str], chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in numbers:
        language = "zh" if chance.random() < 0.4 else "en"
        said = " ".join(said_in(language, words, chance) for _ in range(8))
        pricing = chance.choice(PRICINGS)
        cases = tuple(chance.sample(CASES, chance.randint(1, 3)))
        offer = Offer(
            f"{chance.choice(words)} {number}", said, language, chance.choice(GENDERS),
            chance.choice(AGES), chance.choice(ACCENTS), tuple(chance.sample(_COMMON, 2)), cases,
            chance.choice(TIERS), Terms(True, cases), pricing,
            0 if pricing == "free" else chance.randint(1, 3_000), 30,
        )  # fmt: skip
        row = {"number": number, "id": f"l{number}", "voice_id": f"v{number}", "created": ""}
        row |= {"user_id": "seller", "spoken": 0, "ratings": 0, "stars": 0.0} | listing_row(
            offer, f"n{number}"
        )
        yield {name: encoded(name, value) for name, value in row.items()}


def vocabulary(chance: random.Random) -> list[str]:
    """Return words that listings are described with, the common ones first."""
    made = {"".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(5_000)}
    return _COMMON + sorted(made)


def said_in(language: str, words: list[str], chance: random.Random) -> str:
    """Return a word, or five characters of Chinese."""
    if language == "zh":
        return "".join(_HAN[_rare(len(_HAN), chance)] for _ in range(5))
    return words[_rare(len(words), chance)]


def _rare(count: int, chance: random.Random) -> int:
    """Return a place in a list as words are used: the tenth a tenth as often as the first."""
    return min(count - 1, int(count ** chance.random()) - 1)
