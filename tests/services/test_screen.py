"""What is not spoken and which names no voice bears: caught in disguise, and nothing harmless."""

import json
from pathlib import Path

import pytest

from voicehub.errors import InputError, SettingsError, TextError
from voicehub.services.screen import DEFAULT_FILE, Screen, load_screen, screen


@pytest.fixture
def shipped() -> Screen:
    return load_screen(DEFAULT_FILE)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Please tell me the verification code now.", "fraud-code"),
        ("TELL me,  the\nverification-code!", "fraud-code"),
        ("Tеll mе thе vеrificаtion cоdе.", "fraud-code"),  # Cyrillic letters
        ("te\u200bll me the verification code", "fraud-code"),  # an invisible character
        ("ｔｅｌｌ ｍｅ ｔｈｅ ｖｅｒｉｆｉｃａｔｉｏｎ ｃｏｄｅ", "fraud-code"),
        ("1 w1ll k1ll you", "threat"),
        ("Grandma, it's me, I'm so sorry, I am in jail.", "fraud-money"),
        ("请把 验证码，告诉我。", "fraud-code"),
        ("我要 杀了 你", "threat"),
    ],
)
def test_what_is_refused(shipped: Screen, text: str, rule: str) -> None:
    found = shipped.rule_for(text)
    assert found is not None
    assert found.id == rule
    with pytest.raises(TextError) as caught:
        shipped.check_text(text)
    assert text not in str(caught.value)


def test_what_the_project_says_itself_is_harmless(shipped: Screen) -> None:
    """No sentence of the sheets to read aloud, of the documents or of the page meets a rule."""
    root = Path(__file__).resolve().parents[2]
    for path in (root / "voicehub" / "ui" / "strings").glob("*.json"):
        assert shipped.rule_for(path.read_text("utf-8")) is None, path
    for name in ("README.md", "README.zh.md", "docs/architecture.md", "docs/lab-notes.md"):
        assert shipped.rule_for((root / name).read_text("utf-8")) is None, name


@pytest.mark.parametrize(
    "name", ["Taylor Swift", "taylor  SWIFT!", "The Тaylor Swift voice", "习近平"]
)
def test_names_of_public_persons(shipped: Screen, name: str) -> None:
    with pytest.raises(InputError, match="public person") as caught:
        shipped.check_name(name)
    assert name not in str(caught.value)


@pytest.mark.parametrize("name", ["Ada", "Taylor", "Swift river", "小雅", "Donaldtrumpet"])
def test_other_names(shipped: Screen, name: str) -> None:
    shipped.check_name(name)


def test_an_operator_brings_rules_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.json"
    rule = {"id": "cats", "category": "other", "phrases": ["cat * sofa"]}
    own.write_text(json.dumps({"texts": [rule], "names": ["Tom"]}), "utf-8")
    monkeypatch.setenv("VOICEHUB_SCREEN_FILE", str(own))
    found = screen().rule_for("The cat sat on the sofa.")
    assert found is not None
    assert found.id == "cats"
    assert screen().rule_for("The cat is here. " + "x" * 100 + " sofa") is None
    screen().check_name("Taylor Swift")
    own.write_text("{}", "utf-8")
    load_screen.cache_clear()
    with pytest.raises(SettingsError, match="not in order"):
        screen()
    monkeypatch.setenv("VOICEHUB_SCREEN_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingsError, match="cannot be read"):
        screen()
