"""The second process of the market's crowd: visitors who search, open voices, listen, and think."""

import json
import random
import sys
import threading
import time

from drills.noted import Noted
from drills.visitor import Visitor

SEARCHES = 4  # of each visitor
_THINK_SECONDS = (1.0, 3.0)
_ARRIVAL_SECONDS = 10.0
_TEXTS = ("", "calm", "女声", "reader", "温柔", "nothing at all")
_FACETS = ({}, {"language": "en"}, {"language": "zh", "gender": "female"}, {"price": "free"})
_ORDERS = ("relevance", "newest", "rating", "price")


class Guest(Noted):
    """One visitor; ``actions`` are what it did: name, seconds, and the error if any."""

    def __init__(self, url: str, number: int) -> None:
        self.visitor = Visitor(url, address=f"10.1.{number // 250}.{number % 250 + 1}")
        self.random = random.Random(number)
        self.actions: list[tuple[str, float, str]] = []

    def live(self) -> None:
        """Come, look for voices, listen to some, and go."""
        time.sleep(self.random.uniform(0.0, _ARRIVAL_SECONDS))
        try:
            self.act("page", self.visitor.open)
            for _ in range(SEARCHES):
                time.sleep(self.random.uniform(*_THINK_SECONDS))
                self.look()
        except Exception as error:
            self.actions.append(("visit", 0.0, f"{type(error).__name__}: {error}"))
        finally:
            self.visitor.close()

    def look(self) -> None:
        """Search, open one of what was found, and hear it."""
        asked = [self.random.choice(each) for each in (_TEXTS, _FACETS, _ORDERS)]
        found = self.act("search", lambda: self.visitor.call("market_search", *asked, 12))[0]
        if not found["listings"]:
            return
        listing = self.random.choice(found["listings"])
        time.sleep(self.random.uniform(*_THINK_SECONDS))
        self.act("voice", lambda: self.visitor.call("market_listing", listing["id"]))
        self.act("clip", lambda: self.hear(listing["clips"][0]["address"]))

    def hear(self, address: str) -> None:
        """Fetch a clip, all of it."""
        answer = self.visitor.get(address).raise_for_status()
        if len(answer.content) < 1_000:
            raise RuntimeError(f"{address} holds {len(answer.content)} bytes")


def main() -> None:
    """Read the address from standard input; write what the visitors did as JSON."""
    given = json.load(sys.stdin)
    guests = [Guest(given["url"], number) for number in range(given["visitors"])]
    threads = [threading.Thread(target=guest.live) for guest in guests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump({"actions": [action for guest in guests for action in guest.actions]}, sys.stdout)


if __name__ == "__main__":
    main()
