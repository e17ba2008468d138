"""Where parcels lie: what a hub and the own registry have in common, and how patience is had."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from voicehub.errors import HubBusyError

Visibility = Literal["private", "gated"]
_TRIES = 6
_LONGEST_SECONDS = 30.0  # between two of them


@dataclass(frozen=True)
class Shipment:
    """A parcel and where it goes: all files of ``folder``, as the version ``tag``."""

    repo: str
    folder: Path
    voice_id: str
    tag: str
    message: str
    visibility: Visibility = "private"


class Shelf(Protocol):
    """A place for parcels; every call may be made again after any failure."""

    def put(self, shipment: Shipment) -> str:
        """Make the repository hold exactly the parcel; return the revision that does."""

    def fetch(self, repo: str, revision: str | None, names: Mapping[str, int], into: Path) -> str:
        """Write named files, each at most so many bytes, into a folder; return the revision."""

    def is_there(self, repo: str) -> bool:
        """Return whether the repository can be seen from here."""

    def erase(self, repo: str, voice_id: str) -> None:
        """Remove the repository of a voice with its whole history.

        One that is gone is no error, and one that holds something else is left alone.
        """


def patiently(
    act: Callable[[], str],
    stopped: Callable[[], bool],
    pause: Callable[[float], object],
    tries: int = _TRIES,
) -> str:
    """Return what ``act`` does, asked again as long as the shelf is busy; raise ``HubBusyError``."""
    for number in range(tries):
        try:
            return act()
        except HubBusyError:
            if number == tries - 1 or stopped():
                raise
        # A part is left to chance, so that many do not come back at the same moment.
        pause(min(2.0**number, _LONGEST_SECONDS) * random.uniform(0.5, 1.0))
    raise AssertionError("unreachable")
