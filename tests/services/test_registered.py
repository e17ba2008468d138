"""Everybody in memory: the same answers as a comparison with all, whatever came and went."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from store.people import give_consent, give_voice, make_local

from voicehub.services.registered import Registry
from voicehub.services.voiceprints import to_bytes
from voicehub.store.check_records import OptOut
from voicehub.store.prints import PrintStore, Stand
from voicehub.store.rows import new_id, now
from voicehub.store.store import Store

Vector = NDArray[np.float32]


class Crowd:
    """Voices and opt-outs of a store, and what comparing with each of them says."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "home")
        self.prints = PrintStore(self.store.database)
        self.consent = give_consent(self.store, make_local(self.store))
        self.known: dict[str, Vector] = {}

    def add(self, vector: Vector) -> str:
        """Register a voice."""
        voice = give_voice(self.store, self.consent, new_id()[:20])
        with self.store.database.write() as db:
            db.execute("INSERT INTO voiceprints (voice_id, vector, created) VALUES (?, ?, ?)",
                       [voice.id, to_bytes(vector), now()])  # fmt: skip
        self.known[voice.id] = vector
        return voice.id

    def opt_out(self, vector: Vector) -> str:
        """Put a voice on the list of those that nobody may clone."""
        entry = OptOut(new_id(), "Grace", now())
        self.prints.add_optout(entry, to_bytes(vector))
        self.known[entry.id] = vector
        return entry.id

    def delete(self, voice_id: str) -> None:
        """Delete a voice."""
        self.store.delete_voice(voice_id, revoke=False)
        del self.known[voice_id]

    def expected(self, vector: Vector, least: float) -> set[str]:
        """Return who reaches ``least``, compared one by one."""
        return {key for key, each in self.known.items() if float(each @ vector) >= least}


@pytest.fixture
def crowd(tmp_path: Path) -> Crowd:
    return Crowd(tmp_path)


def drawn(rng: np.random.Generator, near: Vector | None = None, noise: float = 1.0) -> Vector:
    """Return a unit vector that halves keep as it is, near another where one is given."""
    vector = noise * rng.standard_normal(256) + (0.0 if near is None else 16.0 * near)
    half = (vector / np.linalg.norm(vector)).astype(np.float16).astype(np.float32)
    return (half / np.linalg.norm(half)).astype(np.float32)


def found(registry: Registry, vector: Vector, least: float) -> set[str]:
    return {match.identifier for match in registry.alike(vector, least)}


def test_nobody_is_alike_where_nobody_is(crowd: Crowd) -> None:
    registry = Registry(crowd.prints)
    assert registry.alike(np.ones(256, np.float32) / 16, 0.5) == []
    assert len(registry) == 0


def test_who_comes_and_goes_is_seen_at_once(crowd: Crowd) -> None:
    rng, registry = np.random.default_rng(0), Registry(crowd.prints)
    me = drawn(rng)
    first = crowd.add(me)
    other = crowd.add(drawn(rng))
    assert found(registry, me, 0.9) == {first}
    crowd.delete(other)  # the last row: its number is given again
    again = crowd.add(drawn(rng, me, 0.2))
    listed = crowd.opt_out(drawn(rng, me, 0.2))
    assert found(registry, me, 0.9) == {first, again, listed}
    kinds = {match.identifier: match.kind for match in registry.alike(me, 0.9)}
    assert kinds == {first: "voice", again: "voice", listed: "optout"}
    crowd.delete(first)
    crowd.prints.end_optout(listed)
    assert found(registry, me, 0.9) == {again}
    assert [match.score for match in registry.alike(me, -1.0)] == sorted(
        (match.score for match in registry.alike(me, -1.0)), reverse=True
    )


def test_the_first_look_leaves_nobody_out() -> None:
    """Whoever a comparison with everybody finds is found, for many thresholds and any directions."""
    rng = np.random.default_rng(1)
    middle = np.abs(drawn(rng))
    vectors = np.stack([drawn(rng, middle, float(rng.uniform(0.1, 2.0))) for _ in range(3_000)])
    rows = [(("voice", f"{at}"), to_bytes(each)) for at, each in enumerate(vectors)]
    stored = vectors.astype(np.float16).astype(np.float32)
    stored /= np.linalg.norm(stored, axis=1, keepdims=True)
    for batches in ([3_000], [100, 200, 2_700]):
        registry = Registry(Given(rows, batches))
        for _ in batches:
            len(registry)
        for at in range(0, 3_000, 100):
            probe = drawn(rng, vectors[at], 0.3)
            scores = stored @ probe
            for least in (*np.quantile(scores, (0.5, 0.99, 0.9995)), float(scores.max())):
                expected = {f"{n}" for n in np.flatnonzero(scores >= least + 1e-6)}
                maybe = {f"{n}" for n in np.flatnonzero(scores >= least - 1e-6)}
                assert expected <= found(registry, probe, float(least)) <= maybe


def test_few_are_compared_in_full() -> None:
    rng = np.random.default_rng(2)
    rows = [(("voice", f"{at}"), to_bytes(drawn(rng))) for at in range(2_000)]
    registry = Registry(Given(rows, [2_000]))
    len(registry)
    assert len(registry._proposed(drawn(rng), 0.93)) < 20


def test_only_what_is_new_is_read(crowd: Crowd) -> None:
    rng = np.random.default_rng(3)
    for _ in range(5):
        crowd.add(drawn(rng))
    stand, added, gone = crowd.prints.since(Stand(), [])
    assert (len(added), gone) == (5, set())
    assert crowd.prints.since(stand, [key for key, _ in added]) == (stand, [], set())
    new = crowd.add(drawn(rng))
    _, more, gone = crowd.prints.since(stand, [])  # who is known is not asked where none went
    assert ([key for key, _ in more], gone) == ([("voice", new)], set())


def test_a_voiceprint_of_no_numbers_hides_nobody(crowd: Crowd) -> None:
    rng = np.random.default_rng(4)
    me = drawn(rng)
    crowd.add(np.full(256, np.nan, np.float32))
    mine = crowd.add(me)
    assert found(Registry(crowd.prints), me, 0.9) == {mine}


class Given:
    """Voiceprints that come in batches, as the store gives them."""

    def __init__(self, rows: list[tuple[tuple[str, str], bytes]], batches: list[int]) -> None:
        self.rows, self.batches = list(rows), list(batches)

    def since(self, stand: Stand, _known: object) -> tuple[Stand, list, set]:  # type: ignore[type-arg]
        """Return the next batch."""
        take = self.batches.pop(0) if self.batches else 0
        added, self.rows = self.rows[:take], self.rows[take:]
        return stand, added, set()
