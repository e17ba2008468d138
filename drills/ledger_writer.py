"""One writer of the ledger's drill: it may be killed at any time, and begins again a little earlier."""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from voicehub.errors import LimitError, VoiceHubError
from voicehub.store.ledger import LedgerStore, Leg, Movement
from voicehub.store.licences import LicenceStore
from voicehub.store.store import Store

PRICE = 237  # hundredths for 1,000 characters
POOR, POOR_CENTS, POOR_PRICE = "poor", 500, 7  # everybody spends the same few credits
RICH_CENTS = 100_000  # that each writer brings to its buyer
PARTS = 20  # of one use
_AGAIN = 7  # operations before the last that are done again after a crash
POOR_EVERY = 5  # operations
_TRIES = 20


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


def done(home: Path, writer: int) -> int:
    """Return how many operations a writer has told of."""
    path = home / f"done-{writer}"
    return int(path.read_text()) if path.exists() else 0


def main(home: Path, writer: int, operations: int) -> None:
    """Do all operations from where an earlier run was, some of them again."""
    database = Store(home).database
    ledger, licences = LedgerStore(database), LicenceStore(database)
    replayed, reached = home / f"replays-{writer}", done(home, writer)
    first = max(0, reached - _AGAIN)
    again = reached - first + (int(replayed.read_text()) if replayed.exists() else 0)
    _write(replayed, again)
    buyer = buyer_of(writer)
    for user, cents, key in ((buyer, RICH_CENTS, f"{writer}"), (POOR, POOR_CENTS, POOR)):
        legs = [Leg("issued", None, -cents), Leg("credits", user, cents)]
        movement = Movement(f"top-up {key}", "top-up", user, legs)
        _until_done(lambda movement=movement: ledger.post(movement) and None)  # type: ignore[misc]
    for number in range(first, operations):
        again += _until_done(lambda n=number: _operation(licences, writer, n))  # type: ignore[misc]
        _write(replayed, again)
        _write(home / f"done-{writer}", number + 1)


def _operation(licences: LicenceStore, writer: int, number: int) -> None:
    use, part = divmod(number, PARTS)
    characters = characters_of(writer, number)
    licences.meter("v", buyer_of(writer), f"{writer}-{use}", "speak", part, characters)
    if number % POOR_EVERY == 0:
        with suppress(LimitError):
            licences.meter("v", POOR, f"poor-{writer}-{number}", "speak", 0, 1)


def _until_done(do: Callable[[], None]) -> int:
    """Do it again while the machine is too busy to take turns; return how often."""
    for tries in range(_TRIES):
        try:
            do()
        except VoiceHubError as error:
            if type(error) is not VoiceHubError or tries == _TRIES - 1:
                raise
        else:
            return tries
    return 0


def _write(path: Path, value: int) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(str(value))
    partial.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
