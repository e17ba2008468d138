"""What the tests of services share: a runtime with a voice; a house, and two visitors in it who gave consent."""

from pathlib import Path

import pytest
from house import Clip, House, Visitor, visit

from voicehub.services.clone import CloneRequest, CloneService
from voicehub.services.consent import CorpusLicence
from voicehub.services.runtime import Runtime
from voicehub.store.records import Voice


@pytest.fixture
def runtime(own_home: Path, tiny_base: Path) -> Runtime:
    return Runtime(own_home, tiny_base, "cpu")


@pytest.fixture
def voice(runtime: Runtime, clip: Clip) -> Voice:
    """A voice of the operator's, from an open corpus."""
    request = CloneRequest(
        [clip(5)], "Ada", CorpusLicence("CC BY 4.0", "LibriSpeech"), zero_shot=True
    )
    return CloneService(runtime).clone(request, lambda fraction, message: None).voice


@pytest.fixture
def house(own_home: Path, tiny_base: Path) -> House:
    return House(Runtime(own_home, tiny_base, "cpu"))


@pytest.fixture
def ada(house: House, clip: Clip) -> Visitor:
    return visit(house, clip)


@pytest.fixture
def bob(house: House, clip: Clip) -> Visitor:
    return visit(house, clip, "reader-m")
