"""A Hub on loopback, or the real one where HF_TOKEN is given; parcels that hold no real voice."""

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hub_parcels import Place, write_parcel
from huggingface_hub import constants
from stub_hub import OWNER, TOKEN, StubHub

from voicehub.hub.hub_shelf import HubShelf
from voicehub.hub.shelf import Shipment


@pytest.fixture(autouse=True)
def plain_transfers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stub speaks git LFS, not Xet; the constant is read from the environment at import."""
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)


@pytest.fixture
def hub() -> Iterator[StubHub]:
    with StubHub().running() as hub:
        yield hub


@pytest.fixture(params=["stub", pytest.param("real", marks=pytest.mark.real_hub)])
def place(request: pytest.FixtureRequest, hub: StubHub) -> Iterator[Place]:
    """The same tests run against the stub, and against the real Hub where there is a token."""
    if request.param == "stub":
        yield Place(HubShelf(hub.url, TOKEN), f"{OWNER}/voice", hub)
        return
    secret = os.environ.get("HF_TOKEN")
    if not secret:
        pytest.skip("optional: no HF_TOKEN for the real Hub")
    shelf = HubShelf("https://huggingface.co", secret)
    repo = f"{shelf.api.whoami()['name']}/voicehub-test-{secrets.token_hex(4)}"
    try:
        yield Place(shelf, repo, None)
    finally:
        shelf.erase(repo, "v-1")


@pytest.fixture
def ship(tmp_path: Path) -> Callable[..., Shipment]:
    """Return a function that makes parcels ready to go."""

    def make(repo: str, number: int = 1, **changes: object) -> Shipment:
        voice_id = str(changes.pop("voice_id", "v-1"))
        folder = write_parcel(tmp_path / f"parcel-{voice_id}-{number}", tmp_path, voice_id, number)
        shipment = Shipment(repo, folder, voice_id, f"v{number}", f"Ada, version {number}")
        return replace(shipment, **changes)

    return make
