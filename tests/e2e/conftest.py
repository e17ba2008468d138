"""What whole visits need: a browser, and somewhere for the screenshots."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from residing import Residence, residing

from drills.browser import chromium


@pytest.fixture(scope="session", autouse=True)
def browser() -> Path:
    """The browser, without which nothing here can be tested."""
    found = chromium()
    if found is None:
        pytest.skip("no Chromium is installed: apt-get install chromium fonts-noto-cjk")
    return found


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the screenshots: VOICEHUB_SHOTS, or one of this run's."""
    named = os.environ.get("VOICEHUB_SHOTS")
    return Path(named) if named else tmp_path_factory.mktemp("shots")


@pytest.fixture(scope="session")
def residence(browser: Path, tiny_base: Path, clip: Callable[..., Path]) -> Iterator[Residence]:
    """A server where somebody has one of everything."""
    with residing(tiny_base, clip) as residence:
        yield residence
