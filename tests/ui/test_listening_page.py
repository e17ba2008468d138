"""A listening test from its folders to the score, with a listener in a browser and no server."""

import json
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from drills.browser import chromium
from voicehub.audio.files import write_audio
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.cli.main import main
from voicehub.ui.strings import string

N_PAIRS = 3


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is given to listeners; the key lies beside it."""
    root = tmp_path_factory.mktemp("listening")
    rng = np.random.default_rng(0)
    for name in ("before", "after"):
        (root / name).mkdir()
        for number in range(N_PAIRS):
            noise = Waveform(rng.normal(0, 0.05, SAMPLE_RATE).astype(np.float32))
            write_audio(root / name / f"speech-{number}.wav", noise)
    folder = root / "test"
    made = ["listening-test", str(root / "before"), str(root / "after"), "-o", str(folder)]
    assert main([*made, "--quiet"]) == 0
    assert main([*made, "--quiet"]) == 2  # people may have it already
    return folder


def key_of(given: Path) -> Path:
    return given.with_name("test-key.json")


def test_listeners_are_not_given_the_key(given: Path) -> None:
    key = json.loads(key_of(given).read_text("utf-8"))
    assert len(key["pairs"]) == N_PAIRS + 1
    for page in ("index.html", "index.zh.html"):
        text = (given / page).read_text("utf-8")
        assert "before" not in text.replace("before you", "").replace("until you", "")
        assert "speech-0" not in text
        assert "http" not in text


@pytest.mark.parametrize(("page_name", "language"), [("index.html", "en"), ("index.zh.html", "zh")])
def test_somebody_rates_and_saves(
    given: Path, tmp_path: Path, page_name: str, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    browser_path = chromium()
    if browser_path is None:
        pytest.skip("no Chromium is installed")
    count = N_PAIRS + 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(browser_path))
        page = browser.new_page(viewport={"width": 390, "height": 844})
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto((given / page_name).as_uri())
        pairs = page.locator("fieldset")
        assert pairs.count() == count
        for number in range(count - 1):  # one is left out
            label = string("listening_rate_5", language)
            pairs.nth(number).get_by_label(label, exact=True).check()
        page.reload()  # what was rated is still there
        told = string("listening_progress", language).format(done=count - 1, count=count)
        assert page.locator("#progress").inner_text() == told
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        loaded = page.locator("audio").first.evaluate(
            "a => new Promise(r => { a.onloadedmetadata = () => r(a.duration); a.onerror = () => r(0); a.load(); })"
        )
        assert loaded == pytest.approx(1.0, abs=0.1)
        with page.expect_download() as saving:
            page.get_by_role("button", name=string("listening_save", language)).click()
        saved = tmp_path / "answers.json"
        saving.value.save_as(saved)
        browser.close()
    assert problems == []
    key = json.loads(key_of(given).read_text("utf-8"))
    assert main(["listening-score", str(key_of(given)), str(saved), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rated = key["pairs"][: count - 1]
    signs = [{"before": 2, "after": -2}[p["first"]] for p in rated if p["first"] != "control"]
    assert found["cmos"] == pytest.approx(np.mean(signs))
    assert found["ratings"] == len(signs)
