"""The drill of search: a million listings made up, searched with words and facets and by sound."""

import os
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from drills.made_listings import fill, said_in, vocabulary
from drills.outcome import Options, Outcome, median, percentile
from voicehub.services.similar import SimilarVoices
from voicehub.store.listings import ListingStore
from voicehub.store.market_records import ACCENTS, AGES, CASES, GENDERS, PRICES, TIERS
from voicehub.store.search import ORDERS, Query, SearchStore
from voicehub.store.store import Store

RESULTS = "market.json"
MAX_SEARCH_MS, MAX_SIMILAR_MS, MAX_HIDING_SECONDS = 50.0, 100.0, 1.0
_QUERIES, _SAMPLES, _WARMING = 400, 40, 40


def run(options: Options) -> Outcome:
    """Build ``listings`` of them, then search warm."""
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="voicehub-drill-") as folder:
        store = Store(Path(folder))
        began = time.monotonic()
        fill(store, options.listings, chance)
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


def _searching(searches: SearchStore, chance: random.Random) -> Callable[[], Any]:
    words = vocabulary(random.Random(0))

    def text() -> str:
        kind = chance.random()
        if kind < 0.25:
            return ""
        if kind < 0.5:
            return said_in("zh", words, chance)[:2]
        return " ".join(said_in("en", words, chance) for _ in range(chance.randint(1, 2)))

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
            ListingStore(store.database).withdraw(listing.id, listing.user_id)
        else:
            store.delete_voice(listing.voice_id, revoke=False)
        while (
            searches.open_ones([listing.number])
            or listing in searches.search(Query(listing.name)).listings
        ):
            time.sleep(0.001)
        taken.append(time.monotonic() - began)
    return taken
