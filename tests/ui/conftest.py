"""A real server over a home of its own, with all lanes of workers in threads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client
from serving import GENEROUS, serving
from visiting import Visitor

from drills.readers import BundledReaders
from voicehub.services.runtime import Runtime


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Runtime:
    home = tmp_path_factory.mktemp("page") / "home"
    return Runtime(home, tiny_base, "cpu", GENEROUS, BundledReaders())


@pytest.fixture(scope="session")
def address(runtime: Runtime) -> Iterator[str]:
    """The server's address."""
    with serving(runtime) as address:
        yield address


@pytest.fixture
def visitor(address: str) -> Iterator[Visitor]:
    """Somebody who has just opened the page in English."""
    client = Client(address, verbose=False)
    yield Visitor(client)
    client.close()


@pytest.fixture
def other(address: str) -> Iterator[Visitor]:
    """Somebody else."""
    client = Client(address, verbose=False)
    yield Visitor(client)
    client.close()
