"""The drill of search: a million listings made up, searched with words and facets and by sound."""

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from drills.outcome import Options, Outcome, median, percentile
from voicehub.services.similar import SimilarVoices
from voicehub.store.listings import ListingStore, listing_row
from voicehub.store.market_records import (
    ACCENTS,
    AGES,
    CASES,
    GENDERS,
    PRICES,
    PRICINGS,
    TIERS,
    Offer,
    Terms,
)
from voicehub.store.rows import encoded
from voicehub.store.search import ORDERS, Query, SearchStore
from voicehub.store.store import Store

RESULTS = "market.json"
MAX_SEARCH_MS, MAX_SIMILAR_MS, MAX_HIDING_SECONDS = 50.0, 100.0, 1.0
_QUERIES, _SAMPLES, _WARMING = 400, 40, 40
_SPEAKERS = 3_000  # centres that the embeddings lie around
_TEXTS = 50_000  # that differ
_AT_ONCE = 50_000  # rows
_SHA = "a" * 64
_SYLLABLES = [
    "ba",
    "ce",
    "di",
    "fo",
    "gu",
    "ha",
    "je",
    "ki",
    "lo",
    "mu",
    "na",
    "pe",
    "qui",
    "ro",
    "su",
    "ta",
    "ve",
    "wi",
    "xo",
    "zu",
]
_COMMON = [
    "calm",
    "warm",
    "deep",
    "bright",
    "young",
    "clear",
    "story",
    "news",
    "game",
    "book",
    "soft",
    "strong",
    "narrator",
    "friendly",
]
_HAN = "".join(chr(0x4E00 + 7 * number) for number in range(900))


def run(options: Options) -> Outcome:
    """Build ``listings`` of them, then search warm."""
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="voicehub-drill-") as folder:
        store = Store(Path(folder))
        began = time.monotonic()
        _fill(store, options.listings, chance)
        built = time.monotonic() - began
        searches = SearchStore(store.database)
        search = _timed(_searching(searches, chance), _QUERIES)
        sound = _similar(searches, options)
        hiding = _hiding(store, searches, chance)
        size = store.database.path.stat().st_size / 1e6
    figures = {
        "listings": options.listings,
        "database_mb": round(size),
        "building_seconds": round(built),
        "load_average": round(os.getloadavg()[0], 1),
        "search": search,
        "similar": sound,
        "hiding_max_seconds": round(max(hiding), 3),
    }
    passed = (
        search["p95_ms"] <= MAX_SEARCH_MS
        and sound["p95_ms"] <= MAX_SIMILAR_MS
        and max(hiding) <= MAX_HIDING_SECONDS
    )
    verdict = (
        f"{options.listings:,} listings: search p95 {search['p95_ms']:.0f} ms "
        f"({search['p95_processor_ms']:.0f} ms of the processor; at most {MAX_SEARCH_MS:g}), similar "
        f"voices p95 {sound['p95_ms']:.0f} ms ({sound['p95_processor_ms']:.0f} ms of the processor; "
        f"at most {MAX_SIMILAR_MS:g}), {sound['recall_at_10']:.1%} of the exact first ten, "
        f"hidden within {max(hiding):.2f} s, while {figures['load_average']} processes ran"
    )
    return Outcome(figures, passed, verdict)


def _fill(store: Store, count: int, chance: random.Random) -> None:
    words = _vocabulary(chance)
    noise = np.random.default_rng(chance.randrange(2**32))
    centres = np.abs(noise.standard_normal((_SPEAKERS, 256), np.float32))
    with store.database.write() as db:
        db.execute(
            "INSERT INTO users (id, kind, name, password_hash, created)"
            " VALUES ('seller', 'local', 'seller', 'x', '')"
        )
        db.execute(
            "INSERT INTO consents (id, kind, created, statement_sha256, text_version, user_id)"
            " VALUES ('c', 'spoken', '', ?, '2', 'seller')", [_SHA],
        )  # fmt: skip
        db.execute("INSERT INTO listing_words (listing_words, rank) VALUES ('hashsize', 67108864)")
    with store.database.write_lightly() as db:  # texts that differ; more listings are said alike
        some = range(1, min(_TEXTS, count) + 1)
        db.execute("CREATE TEMP TABLE texts AS SELECT * FROM listings")
        _insert_texts(db.conn.executemany, _rows(some, words, chance))
        for first in range(0, count, _TEXTS):
            _publish_some(db, range(first + 1, min(first + _TEXTS, count) + 1))
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


def _publish_some(db: Any, numbers: range) -> None:
    """Give each text of the first ones a voice of its own, and publish it through all states."""
    shift, most = numbers[0] - 1, len(numbers)
    said = f"FROM texts WHERE number <= {most}"
    db.execute(
        "INSERT INTO voices (id, name, created, kind, base_id, folder, sha256, consent_id, owner_id)"
        f" SELECT 'v' || (number + {shift}), 'v' || (number + {shift}), '', 'adapter', 'b',"
        f" 'f' || (number + {shift}), '{_SHA}', 'c', 'seller' {said}"
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
        said = " ".join(_said(language, words, chance) for _ in range(8))
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


def _vocabulary(chance: random.Random) -> list[str]:
    made = {"".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(5_000)}
    return _COMMON + sorted(made)


def _said(language: str, words: list[str], chance: random.Random) -> str:
    if language == "zh":
        return "".join(_HAN[_rare(len(_HAN), chance)] for _ in range(5))
    return words[_rare(len(words), chance)]


def _rare(count: int, chance: random.Random) -> int:
    """Return a place in a list as words are used: the tenth a tenth as often as the first."""
    return min(count - 1, int(count ** chance.random()) - 1)


def _searching(searches: SearchStore, chance: random.Random) -> Callable[[], Any]:
    words = _vocabulary(random.Random(0))

    def text() -> str:
        kind = chance.random()
        if kind < 0.25:
            return ""
        if kind < 0.5:
            return _said("zh", words, chance)[:2]
        return " ".join(_said("en", words, chance) for _ in range(chance.randint(1, 2)))

    def one() -> Any:
        facets = {
            "language": chance.choice(("", "en", "zh")), "gender": chance.choice(("", *GENDERS)),
            "age": chance.choice(("", "", *AGES)), "accent": chance.choice(("", "", *ACCENTS)),
            "case": chance.choice(("", "", *CASES)), "tier": chance.choice(("", "", *TIERS)),
            "price": chance.choice(("", "", *PRICES)),
        }  # fmt: skip
        return searches.search(Query(text(), order=chance.choice(ORDERS), **facets))  # type: ignore[arg-type]

    return one


def _timed(call: Callable[[], Any], count: int) -> dict[str, Any]:
    for _ in range(_WARMING):
        call()
    walls, processor = [], []
    for _ in range(count):
        wall, busy = time.perf_counter(), time.process_time()
        call()
        walls.append(1e3 * (time.perf_counter() - wall))
        processor.append(1e3 * (time.process_time() - busy))
    return {
        "count": count,
        "median_ms": round(median(walls), 2),
        "p95_ms": round(percentile(walls, 0.95), 2),
        "max_ms": round(max(walls), 2),
        "median_processor_ms": round(median(processor), 2),
        "p95_processor_ms": round(percentile(processor, 0.95), 2),
    }


def _similar(searches: SearchStore, options: Options) -> dict[str, Any]:
    """Search by sounds that are near to listed ones; compare with looking at all."""
    index = SimilarVoices(searches)
    numbers, vectors = _all_sounds(searches)
    noise = np.random.default_rng(options.seed)
    samples = vectors[noise.integers(0, len(vectors), _SAMPLES)]
    samples = np.maximum(samples + 0.02 * noise.standard_normal(samples.shape, np.float32), 0)
    samples /= np.linalg.norm(samples, axis=1, keepdims=True)
    began = time.monotonic()
    index.nearest(samples[0], 10)  # reads them all
    loading = time.monotonic() - began
    hits = 0
    for sample in samples[:20]:
        exact = vectors @ sample
        best = set(numbers[np.argpartition(-exact, 10)[:10]].tolist())
        hits += len(best & {each.number for each, _ in index.nearest(sample, 10)})
    del vectors
    turn = iter(range(10**9))
    figures = _timed(lambda: index.nearest(samples[next(turn) % len(samples)], 10), _SAMPLES)
    return figures | {"loading_seconds": round(loading, 1), "recall_at_10": hits / 200}


def _all_sounds(searches: SearchStore) -> tuple[Any, Any]:
    numbers, vectors, mark = [], [], 0
    while True:
        some, sounds, mark = searches.sounds(mark)
        if not len(some):
            return np.concatenate(numbers), np.concatenate(vectors)
        numbers.append(some)
        vectors.append(sounds)


def _hiding(store: Store, searches: SearchStore, chance: random.Random) -> list[float]:
    """Withdraw some, delete the voices of others; return how long each was found thereafter."""
    taken = []
    for turn in range(10):
        found = searches.search(Query(order="newest", offset=chance.randrange(500), limit=1))
        listing = found.listings[0]
        began = time.monotonic()
        if turn % 2:
            ListingStore(store.database).withdraw(listing.id)
        else:
            store.delete_voice(listing.voice_id, revoke=False)
        while (
            searches.open_ones([listing.number])
            or listing in searches.search(Query(listing.name)).listings
        ):
            time.sleep(0.001)
        taken.append(time.monotonic() - began)
    return taken
