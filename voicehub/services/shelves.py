"""Which shelf an address means: the Hub, this installation's registry, or a registry elsewhere."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from voicehub.hub.registry import Registry
from voicehub.hub.shelf import Shelf
from voicehub.services.hub_tokens import HubTokens
from voicehub.services.runtime import Runtime
from voicehub.store.hub_records import Delivery
from voicehub.store.records import OPERATOR, User

OWN_REGISTRY = ""


def hub_address() -> str:
    """Return the address of the Hub, as the environment names it."""
    from voicehub.hub.client import endpoint

    return endpoint()


def registry_address(folder: Path) -> str:
    """Return the address of a registry that lies in a folder."""
    return folder.absolute().as_uri()


def owners(runtime: Runtime, user: User) -> tuple[str, ...]:
    """Return whose repositories of the Hub a user of the page may make; none without a token.

    With their own token it is the user, with the operator's whom `VOICEHUB_HUB_OWNERS` names.
    """
    from voicehub.hub.client import token

    if user.kind == "guest":
        return ()
    held = HubTokens(runtime.home).of(user.id)
    named = os.environ.get("VOICEHUB_HUB_OWNERS", "") if token() else ""
    opened = [each.strip() for each in named.split(",") if each.strip()]
    return tuple(dict.fromkeys([*([held.owner] if held else []), *opened]))


def shelf_of(runtime: Runtime, delivery: Delivery) -> Shelf:
    """Return the shelf of a delivery, with the token of who published there while it holds."""
    owner = delivery.repo.partition("/")[0]
    sent = [
        each for each in runtime.outbox.of_voice(delivery.voice_id) if each.repo == delivery.repo
    ]
    for user_id in dict.fromkeys(each.user_id for each in (delivery, *sent)):
        held = HubTokens(runtime.home).of(user_id) if user_id != OPERATOR else None
        if held is not None and held.owner == owner:
            return shelf_at(runtime, delivery.endpoint, held.secret)
    return shelf_at(runtime, delivery.endpoint)


def shelf_at(runtime: Runtime, address: str, secret: str | None = None) -> Shelf:
    """Return the shelf of an address, by default with the operator's token.

    The Hub's client is imported at its first use.
    """
    if address == OWN_REGISTRY:
        return Registry(runtime.home / "registry")
    if address.startswith("file://"):
        return Registry(Path(unquote(urlsplit(address).path)))
    from voicehub.hub.client import token
    from voicehub.hub.hub_shelf import HubShelf

    return HubShelf(address, secret or token())


def shown(address: str) -> str:
    """Return what a shelf is called in a sentence."""
    if address == OWN_REGISTRY:
        return "the local registry"
    return "a registry" if address.startswith("file://") else "the hub"
