"""A server where somebody has one of everything, so that no tab of theirs is empty."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drills.people import give_consent, give_sample, give_voice, new_guest, zero_shot
from drills.recordings import READERS
from drills.server import Server, serving
from drills.visitor import visiting, wait_until
from voicehub.services.runtime import Runtime

OWNER, VOICE, TEXT = "Ada Lovelace", "Countess", "Good morning! 你好。"
_LONGEST_SECONDS = 240.0  # of speaking a word, on a busy machine


@dataclass(frozen=True)
class Residence:
    """The server, and the session cookie of who lives there."""

    server: Server
    token: str


@contextmanager
def residing(base: Path, clip: Callable[..., Path]) -> Iterator[Residence]:
    """Yield a server where somebody has agreed, recorded, made a voice, and let it speak."""
    with serving(base) as server:
        runtime = Runtime(server.home, base, "cpu")
        user, token = new_guest(runtime)
        voice = give_voice(runtime, user, zero_shot(runtime, READERS[0]), VOICE)
        with visiting(server.url, token=token) as visitor:
            give_consent(visitor, OWNER, clip(4))
            give_sample(visitor, clip(8, READERS[0], 1))
            visitor.call("speak", voice.id, TEXT, 1.0, 0, "wav")
            wait_until(lambda: not runtime.jobs.active_count(), _LONGEST_SECONDS)
        yield Residence(server, token)
