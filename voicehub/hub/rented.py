"""The engine of rented machines: each tuning is a Hugging Face Job in the image of a Space that holds this project.

Recordings travel through a private repository of the order's own, which is deleted once the voice is here or the
job has failed. Run as a module, this is what happens on the rented machine.
"""

import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from huggingface_hub import CommitOperationAdd, HfApi, hf_hub_download

from voicehub.engines.work import MADE, Made, Order, Report, key_of, made_in, perform
from voicehub.errors import CheckpointError, HubError, InputError
from voicehub.hub.client import client, endpoint, in_words
from voicehub.hub.compute import HubCompute
from voicehub.settings import CHECKPOINTS

_ORDER, _IN, _OUT = "order.json", "in/", "out/"
_TIMEOUT_SECONDS = 120.0  # for one answer
_LOOK_SECONDS = 5.0
_TOKEN = "HF_TOKEN"


class RentedEngine:
    """Tunes in the Space ``space``, OWNER/NAME, on machines of a ``flavor``, each for ``seconds`` at most.

    The Space's base checkpoint has to be the one here. It costs the owner of the token money.
    """

    def __init__(
        self, space: str, address: str, secret: str | None, flavor: str = "t4-small",
        seconds: int = 1800, look_seconds: float = _LOOK_SECONDS,
    ) -> None:  # fmt: skip
        self.compute = HubCompute(address, secret)
        self.space, self.address, self._secret = space, address, secret or ""
        self.flavor, self.seconds, self.look_seconds = flavor, seconds, look_seconds
        self.api = self.compute.api

    def run(self, orders: Sequence[Order], place: Path, report: Report) -> list[Made]:
        """Return what came of each order; one that was begun and not waited for goes on.

        Raises ``HubError`` where a job failed, and ``InputError`` for anything but tunings.
        """
        if any(order.kind != "tune" for order in orders):
            raise InputError("only tunings run on rented machines")
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = []
        for number, order in enumerate(orders):

            def say(words: str, begun: float = number / len(orders)) -> None:
                report(begun, words)

            made.append(self._one(order, place, say))
        return made

    def _one(self, order: Order, place: Path, say: Callable[[str], None]) -> Made:
        base_id = _base_id(Path(order.base))
        key = key_of(order, base_id)
        there = made_in(place / key)
        if there is not None:
            return there
        repo = f"{self.compute.namespace}/voicehub-order-{key[:16]}"
        sent = self._sent(repo)
        if sent is None:
            say("sending the recordings")
            sent = self._send(order, base_id, repo)
        job = self.compute.start(
            sent, f"hf.co/spaces/{self.space}", ["python", "-m", __name__, repo], self.flavor,
            self.seconds, {_TOKEN: self._secret}, {"HF_ENDPOINT": self.address},
        )  # fmt: skip
        state = self.compute.state(job)
        while state in ("waiting", "running"):
            say(f"the rented machine: {state}")
            time.sleep(self.look_seconds)
            state = self.compute.state(job)
        try:
            if state != "done":
                raise HubError(f"the job {job} {state}; its page on the Hub has what it said")
            return self._fetch(repo, place / key)
        finally:
            with in_words(repo, _TIMEOUT_SECONDS):
                self.api.delete_repo(repo, missing_ok=True)

    def _sent(self, repo: str) -> str | None:
        """Return the label of an order that lies in its repository already, None where none does."""
        with in_words(repo, _TIMEOUT_SECONDS), TemporaryDirectory() as name:
            if not self.api.file_exists(repo, _ORDER):
                return None
            _download(self.api, repo, _ORDER, Path(name))
            return str(json.loads((Path(name) / _ORDER).read_text("utf-8"))["label"])

    def _send(self, order: Order, base_id: str, repo: str) -> str:
        """Put an order into a repository of its own; return its label, which no other has."""
        names = [f"{_IN}{n}{Path(each).suffix}" for n, each in enumerate(order.inputs)]
        label = secrets.token_hex(16)
        told = {"label": label, "base_id": base_id, "inputs": names, "config": dict(order.config)}
        pairs = zip(names, order.inputs, strict=True)
        files = [CommitOperationAdd(name, Path(path)) for name, path in pairs]
        files.append(CommitOperationAdd(_ORDER, json.dumps(told).encode()))
        with in_words(repo, _TIMEOUT_SECONDS):
            self.api.create_repo(repo, private=True, exist_ok=True)
            self.api.create_commit(repo, files, commit_message="an order")
        return label

    def _fetch(self, repo: str, folder: Path) -> Made:
        with TemporaryDirectory(dir=folder.parent) as name, in_words(repo, _TIMEOUT_SECONDS):
            _download(self.api, repo, _OUT, Path(name))
            out = Path(name) / _OUT
            if not (out / MADE).is_file():
                raise HubError(f"{repo} holds nothing that was made")
            made = Made(**json.loads((out / MADE).read_text("utf-8")))
            here = replace(made, folder=str(folder))
            (out / MADE).write_text(json.dumps(asdict(here)), encoding="utf-8")
            out.rename(folder)
        kept = made_in(folder)
        if kept is None:
            raise CheckpointError(f"{folder} cannot be written")
        return kept


def carry_out(repo: str, api: HfApi, base: Path = CHECKPOINTS / "base") -> None:
    """Do the order that lies in a repository, on the rented machine, and put there what came of it."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        _download(api, repo, "", folder)
        told = json.loads((folder / _ORDER).read_text("utf-8"))
        if told["base_id"] != _base_id(base):
            raise CheckpointError(f"the Space has another base checkpoint than {told['base_id']}")
        inputs = tuple(str(folder / each) for each in told["inputs"])
        order = Order("tune", str(base), inputs, told["config"])
        made = perform(order, folder / "made", lambda done, words: print(f"{done:.0%} {words}"))
        files = [
            CommitOperationAdd(f"{_OUT}{path.name}", path) for path in Path(made.folder).iterdir()
        ]
        api.create_commit(repo, files, commit_message="what came of it")


def _download(api: HfApi, repo: str, prefix: str, into: Path) -> None:
    for each in api.model_info(repo).siblings or []:
        if each.rfilename.startswith(prefix) and each.rfilename != ".gitattributes":
            hf_hub_download(
                repo, each.rfilename, local_dir=into, endpoint=api.endpoint, token=api.token
            )


def _base_id(base: Path) -> str:
    return str(json.loads((base / "config.json").read_text("utf-8"))["id"])


if __name__ == "__main__":
    carry_out(sys.argv[1], client(endpoint(), os.environ.get(_TOKEN)))
