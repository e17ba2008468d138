"""The drill of the Hub's faults: each alone, every two in every order, and a kill at each step."""

import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from drills.outcome import Options, Outcome

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # the stub Hub and its parcels are shared with the tests
os.environ["HF_HUB_DISABLE_XET"] = "1"  # the stub speaks git LFS; read at import

from hub_parcels import write_parcel  # noqa: E402
from stub_hub import OWNER, STEPS, TOKEN, Fault, StubHub  # noqa: E402

from voicehub.errors import HubError  # noqa: E402
from voicehub.hub.hub_shelf import HubShelf  # noqa: E402
from voicehub.hub.parcel import file_hash, files_of  # noqa: E402
from voicehub.hub.shelf import Shipment, patiently  # noqa: E402

_KINDS = ("429", "500", "503", "412", "timeout", "lost", "500-done")
_UPLOADING = ("create", "info", "preupload", "batch", "object", "commit", "refs", "tag")
_ERASING = ("large", "erase-large", "delete")
_TIMEOUT_SECONDS = 0.3  # of the client, so that a Hub that hangs costs the drill little
_HANG_SECONDS = 0.5
_TITLE = "Ada, version 1"
_SENDER = "from drills.hub import send; send()"


@dataclass(frozen=True)
class Case:
    """What goes wrong, in its order."""

    name: str
    faults: tuple[tuple[str, str], ...]
    erasing: bool = False


def cases() -> Iterator[Case]:
    """Yield every fault alone at every step, every two of a commit in every order, and erasures."""
    for step, kind in itertools.product(_UPLOADING, _KINDS):
        if kind == "412" and step != "commit":
            continue  # only a commit has a parent
        yield Case("single", ((step, kind),))
    for first, second in itertools.product(_KINDS, repeat=2):
        yield Case("pair", (("commit", first), ("commit", second)))
    for first, second in itertools.permutations(("commit", "tag", "create"), 2):
        yield Case("pair", ((first, "500-done"), (second, "lost")))
    for step, kind in itertools.product(_ERASING, ("429", "500", "timeout", "lost", "500-done")):
        yield Case("erase", ((step, kind),), erasing=True)


def run(options: Options) -> Outcome:
    """Send a voice through every case to a Hub on loopback; count revisions and compare hashes."""
    wrong, counted, seconds = [], Counter[str](), []
    with tempfile.TemporaryDirectory() as name:
        for number, case in enumerate(cases()):
            began = time.monotonic()
            problem = _try(case, Path(name) / str(number))
            seconds.append(time.monotonic() - began)
            counted[case.name] += 1
            if problem:
                wrong.append({"case": asdict(case), "problem": problem})
        for step in _UPLOADING:
            problem = _killed(step, Path(name) / step)
            counted["kill"] += 1
            if problem:
                wrong.append({"case": f"killed at {step}", "problem": problem})
    total = sum(counted.values())
    figures = {
        "cases": dict(counted), "steps": sorted(STEPS), "kinds": list(_KINDS), "wrong": wrong,
        "longest_seconds": round(max(seconds), 2),
    }  # fmt: skip
    verdict = (
        f"{total} orders of faults ({counted['kill']} of them kills): {total - len(wrong)} ended with "
        "exactly one revision, its tag and equal hashes, or with nothing left where it was erased"
    )
    return Outcome(figures, not wrong, verdict)


def _try(case: Case, folder: Path) -> str | None:
    """Return what is wrong after a case, None where nothing is."""
    shipment = _shipment(folder)
    with StubHub().running() as hub:
        hub.slow_seconds = _HANG_SECONDS
        shelf = HubShelf(hub.url, TOKEN, timeout=_TIMEOUT_SECONDS)
        if case.erasing:
            shelf.put(shipment)
        hub.faults = [Fault(*each) for each in case.faults]

        def act() -> str:
            if case.erasing:
                shelf.erase(shipment.repo, shipment.voice_id)
                return ""
            return shelf.put(shipment)

        try:
            patiently(act, lambda: False, lambda _: None)
        except HubError as error:
            return f"gave up: {error}"
        if case.erasing:
            return None if not hub.repos else "something is left"
        return _judge(hub, shipment)


def _judge(hub: StubHub, shipment: Shipment) -> str | None:
    repo = hub.repos[shipment.repo]
    titles = [each["title"] for each in repo.commits]
    if titles != ["initial commit", _TITLE]:
        return f"commits: {titles}"
    sent = {name: file_hash(shipment.folder / name) for name in files_of(shipment.folder)}
    if hub.content(shipment.repo) != sent:
        return "the hashes differ"
    if repo.tags != {"v1": repo.head["oid"]}:
        return f"tags: {repo.tags}"
    return None if repo.private else "it is public"


def _killed(step: str, folder: Path) -> str | None:
    """Kill the sender when the Hub sees its request of a step, and send again."""
    shipment = _shipment(folder)
    with StubHub().running() as hub:
        environment = os.environ | {
            "PYTHONPATH": str(ROOT), "DRILL_HUB": hub.url, "DRILL_FOLDER": str(shipment.folder),
        }  # fmt: skip
        sender = subprocess.Popen([sys.executable, "-c", _SENDER], env=environment, cwd=ROOT)

        def kill(seen: str) -> None:
            if seen == step and sender.poll() is None:
                sender.send_signal(signal.SIGKILL)

        hub.before = kill
        if sender.wait(300) != -signal.SIGKILL:
            return f"the sender ended with {sender.returncode} before it was killed"
        hub.before = lambda seen: None
        patiently(lambda: HubShelf(hub.url, TOKEN).put(shipment), lambda: False, lambda _: None)
        return _judge(hub, shipment)


def send() -> None:
    """Send a parcel as the process that is killed does."""
    folder = Path(os.environ["DRILL_FOLDER"])
    HubShelf(os.environ["DRILL_HUB"], TOKEN).put(_of(folder))


def _shipment(folder: Path) -> Shipment:
    return _of(write_parcel(folder / "parcel", folder))


def _of(folder: Path) -> Shipment:
    return Shipment(f"{OWNER}/voice", folder, "v-1", "v1", _TITLE)
