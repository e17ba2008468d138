"""One writer of the ledger's drill: it may be killed at any time, and begins again a little earlier."""

import sys
from contextlib import suppress
from pathlib import Path

from voicehub.errors import LimitError
from voicehub.store.ledger import LedgerStore, Leg, Movement
from voicehub.store.licences import LicenceStore
from voicehub.store.store import Store

PRICE = 237  # hundredths for 1,000 characters
POOR, POOR_CENTS, POOR_PRICE = "poor", 500, 7  # everybody spends the same few credits
RICH_CENTS = 100_000  # that each writer brings to its buyer
PARTS = 20  # of one use
_AGAIN = 7  # operations before the last that are done again after a crash
_POOR_EVERY = 5  # operations


def buyer_of(writer: int) -> str:
    """Return whose credits a writer spends; two share each."""
    return f"buyer {writer // 2}"


def characters_of(writer: int, number: int) -> int:
    """Return how many characters an operation is for."""
    return 1 + (writer * 31 + number * 17) % 190


def money_of(characters: int) -> int:
    """Return the price of so many characters: each hundredth that was begun."""
    whole, rest = divmod(characters * PRICE, 1_000)
    return whole + (rest > 0)


def main(home: Path, writer: int, operations: int) -> None:
    """Do all operations from where an earlier run was, some of them again."""
    database = Store(home).database
    ledger, licences = LedgerStore(database), LicenceStore(database)
    done, replayed = home / f"done-{writer}", home / f"replays-{writer}"
    reached = int(done.read_text()) if done.exists() else 0
    first = max(0, reached - _AGAIN)
    again = reached - first + (int(replayed.read_text()) if replayed.exists() else 0)
    _write(replayed, again)
    buyer = buyer_of(writer)
    for user, cents, key in ((buyer, RICH_CENTS, f"{writer}"), (POOR, POOR_CENTS, POOR)):
        legs = [Leg("issued", None, -cents), Leg("credits", user, cents)]
        ledger.post(Movement(f"top-up {key}", "top-up", user, legs))
    for number in range(first, operations):
        use, part = divmod(number, PARTS)
        licences.meter("v", buyer, f"{writer}-{use}", "speak", part, characters_of(writer, number))
        if number % _POOR_EVERY == 0:
            with suppress(LimitError):
                licences.meter("v", POOR, f"poor-{writer}-{number}", "speak", 0, 1)
        _write(done, number + 1)


def _write(path: Path, value: int) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(str(value))
    partial.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
