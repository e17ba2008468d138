"""The drill of attacks on the running page that are no files: addresses, bodies, identities, words."""

import tempfile
from pathlib import Path

from drills.hostile_page import attack
from drills.outcome import Options, Outcome
from drills.recordings import READERS, clip
from drills.server import UNLIMITED, serving


def run(options: Options) -> Outcome:
    """Try each attack on a server of its own; none gets in, and the server lives on."""
    with tempfile.TemporaryDirectory() as name:
        good = clip(Path(name) / "speech.wav", READERS[0], 0, 5.0).read_bytes()
        with serving(options.base, UNLIMITED, ready=False, options=("--no-worker",)) as server:
            found = attack(server, good)
    got_in = [each for each, said in found.items() if said["got_in"]]
    verdict = (
        f"{len(got_in)} of {len(found)} attacks got in{': ' * bool(got_in)}{', '.join(got_in)}"
    )
    return Outcome({"attacks": found, "got_in": got_in}, not got_in, verdict)
