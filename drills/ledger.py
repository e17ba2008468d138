"""The drill of the ledger: eight processes charge at once, are killed, and replay what they did."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from drills.ledger_writer import (
    PARTS,
    POOR,
    POOR_CENTS,
    POOR_EVERY,
    POOR_PRICE,
    PRICE,
    RICH_CENTS,
    buyer_of,
    characters_of,
    done,
    main,
    money_of,
)
from drills.outcome import DrillError, Options, Outcome
from drills.server import ROOT
from voicehub.settings import CREATOR_SHARE_PERCENT
from voicehub.store.accounts import AccountStore
from voicehub.store.ledger import LedgerStore
from voicehub.store.licences import LicenceStore
from voicehub.store.listings import ListingStore
from voicehub.store.market_records import Licence, Offer, Terms
from voicehub.store.records import Consent, User, Voice
from voicehub.store.rows import now
from voicehub.store.store import Store

RESULTS = "market.json"
Writers = dict[int, "subprocess.Popen[bytes]"]
_WRITERS = 8
_LONGEST_SECONDS = 3_600.0
_SHA = "a" * 64
_SELLER = "seller"


def run(options: Options) -> Outcome:
    """Let the writers write, kill one ``times`` times, and add everything up."""
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="voicehub-drill-") as name:
        home = Path(name)
        store = _begin(home)
        began = time.monotonic()
        kills = _write(home, options.times, options.operations, chance)
        seconds = time.monotonic() - began
        wrong = _wrong(store, options.operations)
        ledger = LedgerStore(store.database)
        with store.database.read() as db:
            rows = db.execute("SELECT count(*), count(DISTINCT key) FROM ledger_transactions")
            movements, keys = rows.fetchone()
        replays = sum(int(path.read_text()) for path in home.glob("replays-*"))
        figures = {
            "writers": _WRITERS,
            "operations_each": options.operations,
            "kills": kills,
            "replays": replays,
            "movements": movements,
            "posted_twice": movements - keys,
            "poor_account_cents": ledger.balance("credits", POOR),
            "seconds": round(seconds),
            "problems": wrong,
        }
    verdict = (
        f"{_WRITERS} writers x {options.operations} operations, {kills} killed by kill -9, {replays} "
        f"replays: {movements} movements, {len(wrong)} deviations from what was reckoned by hand"
    )
    return Outcome(figures, not wrong and kills == options.times, verdict)


def _begin(home: Path) -> Store:
    store = Store(home)
    listings, licences = ListingStore(store.database), LicenceStore(store.database)
    consent = Consent("c", "spoken", now(), _SHA, "2", user_id=_SELLER)
    voice = Voice("v", "v", now(), "adapter", "b", "f", _SHA, "c", owner_id=_SELLER)
    buyers = [*sorted({buyer_of(number) for number in range(_WRITERS)}), POOR]
    for user in (_SELLER, *buyers):
        AccountStore(store.database).add(User(user, "local", now(), user, "x"))
    store.add_consent(consent)
    store.add_voice(voice, [], lambda: None)
    offer = Offer("v", "v", "en", "male", "adult", "other", (), ("news",), "commercial",
                  Terms(True, ("news",)), "characters", PRICE, 30)  # fmt: skip
    listing = listings.draft("v", _SELLER, offer, "v")
    with store.database.write() as db:
        db.execute("INSERT INTO listing_clips VALUES (?, 0, 'x', 'x', ?, 1)", [listing.id, _SHA])
    listings.submit(listing.id, _SELLER)
    listing = listings.approve(listing.id)
    for user in buyers:
        price = POOR_PRICE * 1_000 if user == POOR else PRICE
        licences.accept(
            Licence(user, listing.id, user, "commercial", {}, "characters", price, "x", "1",
                    _SHA, now())
        )  # fmt: skip
    return store


def _write(home: Path, times: int, operations: int, chance: random.Random) -> int:
    """Keep the writers running until all are done; kill one now and then."""
    writers = {number: _start(home, number, operations) for number in range(_WRITERS)}
    try:
        return _follow(home, writers, times, operations, chance)
    finally:
        for process in writers.values():
            process.kill()
            process.wait()


def _follow(
    home: Path, writers: Writers, times: int, operations: int, chance: random.Random
) -> int:
    kills, until = 0, time.monotonic() + _LONGEST_SECONDS
    while writers:
        time.sleep(chance.uniform(0.3, 1.2))
        if time.monotonic() > until:
            raise DrillError("the writers do not end")
        for number, process in list(writers.items()):
            code = process.poll()
            if code == 0:
                del writers[number]
            elif code is not None:
                if code != -signal.SIGKILL:
                    raise DrillError(f"writer {number} ended with {code}")
                writers[number] = _start(home, number, operations)
        at_work = [number for number in sorted(writers) if done(home, number)]
        so_far = sum(done(home, number) for number in range(_WRITERS))
        due = (kills + 1) * _WRITERS * operations // (times + 2)  # spread over all of the work
        if kills < times and at_work and so_far >= due:
            os.kill(writers[chance.choice(at_work)].pid, signal.SIGKILL)
            kills += 1
    return kills


def _start(home: Path, number: int, operations: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", main.__module__, str(home), str(number), str(operations)]
    return subprocess.Popen(command, cwd=ROOT)


def _wrong(store: Store, operations: int) -> list[str]:
    """Compare with plain sums, made without the ledger."""
    ledger, found = LedgerStore(store.database), []
    found += ledger.problems() + store.database.problems()
    spent: dict[str, int] = {}
    earned = platform = 0
    for writer in range(_WRITERS):
        charges = []
        for first in range(0, operations, PARTS):
            total = before = 0
            for part in range(first, min(first + PARTS, operations)):
                total += characters_of(writer, part)
                charges.append(money_of(total) - before)
                before = money_of(total)
        spent[buyer_of(writer)] = spent.get(buyer_of(writer), 0) + sum(charges)
        earned += sum(each * CREATOR_SHARE_PERCENT // 100 for each in charges)
        platform += sum(each - each * CREATOR_SHARE_PERCENT // 100 for each in charges)
    asked = _WRITERS * len(range(0, operations, POOR_EVERY))
    sales = min(POOR_CENTS // POOR_PRICE, asked)
    earned += sales * (POOR_PRICE * CREATOR_SHARE_PERCENT // 100)
    platform += sales * (POOR_PRICE - POOR_PRICE * CREATOR_SHARE_PERCENT // 100)
    expected = {
        ("credits", user): RICH_CENTS * _count(user) - cents for user, cents in spent.items()
    }
    expected |= {
        ("credits", POOR): POOR_CENTS - sales * POOR_PRICE,
        ("earnings", _SELLER): earned,
        ("platform", None): platform,
    }
    for (kind, user), cents in expected.items():
        held = ledger.balance(kind, user)  # type: ignore[arg-type]
        if held != cents:
            found.append(f"{kind} of {user}: {held} instead of {cents}")
    return found


def _count(user: str) -> int:
    return sum(buyer_of(number) == user for number in range(_WRITERS))
