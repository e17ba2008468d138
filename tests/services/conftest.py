"""What the tests of services share: a house, and two visitors in it who gave consent."""

from pathlib import Path

import pytest
from house import Clip, House, Visitor, visit

from voicehub.services.runtime import Runtime


@pytest.fixture
def house(own_home: Path, tiny_base: Path) -> House:
    return House(Runtime(own_home, tiny_base, "cpu"))


@pytest.fixture
def ada(house: House, clip: Clip) -> Visitor:
    return visit(house, clip)


@pytest.fixture
def bob(house: House, clip: Clip) -> Visitor:
    return visit(house, clip, "reader-m")
