"""Which shelf an address means: the Hub, this installation's registry, or a registry elsewhere."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from voicehub.hub.registry import Registry
from voicehub.hub.shelf import Shelf
from voicehub.services.runtime import Runtime

OWN_REGISTRY = ""


def hub_address() -> str:
    """Return the address of the Hub, as the environment names it."""
    from voicehub.hub.client import endpoint

    return endpoint()


def registry_address(folder: Path) -> str:
    """Return the address of a registry that lies in a folder."""
    return folder.absolute().as_uri()


def shelf_at(runtime: Runtime, address: str) -> Shelf:
    """Return the shelf of an address; the Hub's client is imported at its first use."""
    if address == OWN_REGISTRY:
        return Registry(runtime.home / "registry")
    if address.startswith("file://"):
        return Registry(Path(unquote(urlsplit(address).path)))
    from voicehub.hub.client import token
    from voicehub.hub.hub_shelf import HubShelf

    return HubShelf(address, token())


def shown(address: str) -> str:
    """Return what a shelf is called in a sentence."""
    if address == OWN_REGISTRY:
        return "the local registry"
    return "a registry" if address.startswith("file://") else "the hub"
