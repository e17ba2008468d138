"""Whole visits in a browser with a microphone: from the consent read aloud to a voice that speaks."""

from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from looking import sticking_out, untranslated

from drills.browser import Ear, browsing
from drills.journey import Journey, visit
from drills.recordings import READERS, speech
from drills.server import serving
from drills.visit import MAX_CLICKS, SILENT
from voicehub.audio.files import read_audio
from voicehub.ui.desk import COOKIE

WAIT_SECONDS = 240.0  # for anything in the page, on a busy machine
NAME = "Ada Lovelace"
CONSENT_SECONDS, SAMPLE_SECONDS = 6.0, 8.0  # of reading

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture
def microphone(tmp_path: Path) -> Path:
    """What the microphone hears: a bundled reader."""
    return speech(tmp_path / "microphone.wav", READERS[0])


def test_from_the_microphone_to_one_s_own_voice(
    microphone: Path, shots: Path, tmp_path: Path
) -> None:
    """In English at a desk, with the base that ships and a short tuning."""
    with (
        serving(settings={"VOICEHUB_TUNING_STEPS": "8"}) as server,
        browsing(microphone, "en", 1280, WAIT_SECONDS) as context,
    ):
        page = context.new_page()
        ear, journey = Ear(page), Journey(page, server.url, "en", shots)
        assert visit(journey, CONSENT_SECONDS, SAMPLE_SECONDS) > SILENT
        assert journey.hand.clicks <= MAX_CLICKS
        assert journey.speak("Good morning! 你好。") > SILENT
        link = page.locator("a[href*='/files/speech/'][href*='format=flac']:visible").first
        address = urljoin(server.url, link.get_attribute("href") or "")
        cookies = {each["name"]: each["value"] for each in context.cookies()}
        answer = httpx.get(address, cookies={COOKIE: cookies[COOKIE]}).raise_for_status()
        assert httpx.get(address).status_code == 404  # nobody else's
        assert sticking_out(page) == []
    assert ear.heard == []
    (tmp_path / "speech.flac").write_bytes(answer.content)
    assert read_audio(tmp_path / "speech.flac").seconds > 1.0


def test_a_tuning_outlives_the_page_stops_and_goes_on(
    microphone: Path, shots: Path, tiny_base: Path
) -> None:
    """In Chinese on a phone, with a tuning that takes longer than anybody waits."""
    with (
        serving(tiny_base, {"VOICEHUB_TUNING_STEPS": "1000"}) as server,
        browsing(microphone, "zh", 390, WAIT_SECONDS) as context,
    ):
        page = context.new_page()
        ear, journey = Ear(page), Journey(page, server.url, "zh", shots)
        journey.open()
        journey.consent(NAME, CONSENT_SECONDS)
        journey.sample(SAMPLE_SECONDS)
        journey.clone()
        journey.come_back("stop")
        assert untranslated(page, "zh", (NAME,)) == []
        journey.stop()
        assert sticking_out(page) == []
        journey.come_back("resume")
        journey.go_on()
        journey.stop()
        journey.speak("你好，今天天气很好。")
        assert sticking_out(page) == []
        assert untranslated(page, "zh", (NAME,)) == []
    assert ear.heard == []
