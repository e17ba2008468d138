"""The second process of the drill of the crowd: visitors who browse, think, and let voices speak."""

import json
import random
import re
import sys
import threading
import time
from collections.abc import Mapping

from drills.noted import Noted
from drills.people import plain, speech_of
from drills.visitor import Visitor, addresses, wait_until

THINK_SECONDS = (1.0, 3.0)  # between two things that a visitor does
SPEECHES = 2  # that each visitor asks for
_ARRIVAL_SECONDS = 5.0  # within which all have come
_POLL_SECONDS = 0.5  # as the page does
_LONGEST_SECONDS = 600.0  # that a visitor waits for speech
_TEXTS = (
    "Good morning! The train to the harbour leaves at half past nine.",
    "Please read the last page again, slowly, and tell me what it says.",
    "Rain in the morning, sun in the afternoon; take a coat along anyway.",
    "你好，今天天气很好，我们去公园走走吧。",
)


class Guest(Noted):
    """One visitor of the crowd; ``actions`` are what it did: name, seconds, and the error if any."""

    def __init__(self, url: str, given: Mapping[str, str], number: int) -> None:
        address = f"10.0.{number // 250}.{number % 250 + 1}"
        self.visitor = Visitor(url, token=given["token"], address=address)
        self.voice_id = given["voice_id"]
        self.random = random.Random(number)
        self.actions: list[tuple[str, float, str]] = []
        self.spoken: list[float] = []  # seconds from asking to hearing it all

    def live(self) -> None:
        """Come, look around, let the voice speak, and go."""
        time.sleep(self.random.uniform(0.0, _ARRIVAL_SECONDS))
        try:
            self.act("page", self.visitor.open)
            for _ in range(SPEECHES):
                self.think()
                self.act("voices", lambda: self.visitor.call("voices"))
                self.act("voice_details", lambda: self.visitor.call("voice_details", self.voice_id))
                self.think()
                self.act("leaderboard", lambda: self.visitor.call("leaderboard", self.voice_id))
                self.think()
                self.speak()
        except Exception as error:  # told already, or by the visitor who did not get far
            self.actions.append(("visit", 0.0, f"{type(error).__name__}: {error}"))
        finally:
            self.visitor.close()

    def think(self) -> None:
        """Do nothing for a while."""
        time.sleep(self.random.uniform(*THINK_SECONDS))

    def speak(self) -> None:
        """Ask for speech, follow it as the page does, and fetch it."""
        began = time.monotonic()
        text = self.random.choice(_TEXTS)
        given = (self.voice_id, text, 1.0, 0, "wav")
        shown = [self.act("speak", lambda: self.visitor.call("speak", *given))]
        before = set(speech_of(shown[0]))

        def fresh() -> list[str]:
            shown.append(self.act("poll", lambda: self.visitor.call("speak_progress")))
            if re.search(r"vh-bad\b", plain(shown[-1])):
                raise RuntimeError(f"the speech failed: {plain(shown[-1])[:300]}")
            return [each for each in speech_of(shown[-1]) if each not in before]

        made = wait_until(fresh, _LONGEST_SECONDS, _POLL_SECONDS)
        self.spoken.append(time.monotonic() - began)
        chunks = [each for each in addresses(shown) if each.startswith("/files/job/")]
        for address in (chunks[-1], made[0]):
            self.act("hear", lambda address=address: self.fetch(address))

    def fetch(self, address: str) -> None:
        """Fetch a sound, all of it."""
        answer = self.visitor.get(address).raise_for_status()
        if len(answer.content) < 1000:
            raise RuntimeError(f"{address} holds {len(answer.content)} bytes")


def main() -> None:
    """Read the address and the visitors from standard input; write what they did as JSON."""
    given = json.load(sys.stdin)
    guests = [Guest(given["url"], each, number) for number, each in enumerate(given["guests"])]
    threads = [threading.Thread(target=guest.live) for guest in guests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    actions = [action for guest in guests for action in guest.actions]
    spoken = [seconds for guest in guests for seconds in guest.spoken]
    json.dump({"actions": actions, "spoken": spoken}, sys.stdout)


if __name__ == "__main__":
    main()
