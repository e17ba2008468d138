"""The catalogue: both languages say everything, and nothing is said outside it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from voicehub.audio.quality import MESSAGES
from voicehub.ui.strings import (
    LANGUAGES,
    catalogue,
    error_sentence,
    language_of,
    progress_sentence,
    quality_sentence,
    sheet,
)

UI = Path(__file__).resolve().parents[2] / "voicehub" / "ui"
CODE = {path: path.read_text("utf-8") for path in sorted(UI.glob("*.py"))}
# Keys that are put together from a name.
MADE = (
    "account_", "ask_", "board_", "certainty_", "change_", "consent_", "earned_", "example_",
    "facet_", "filter_", "funnel_", "hub_state_", "job_", "label_", "language_", "level_",
    "listening_rate_", "listing_", "market_price_", "measure_", "order_", "passport_", "price_", "pricing_", "receipt_",
    "report_category_", "report_state_", "review_part_", "review_score_", "review_what_", "scene_",
    "stage_", "step_", "switch_", "tab_", "term_", "use_", "voice_",
)  # fmt: skip


def test_both_languages_say_everything() -> None:
    english, chinese = (catalogue(language)["page"] for language in LANGUAGES)
    assert set(english) == set(chinese)
    for key, sentence in english.items():
        assert sentence.strip(), key
        assert chinese[key].strip(), key
        assert fields(sentence) == fields(chinese[key]), key
    assert set(catalogue("zh")["quality"]) == set(MESSAGES)
    for code, sentence in MESSAGES.items():
        assert fields(sentence) == fields(catalogue("zh")["quality"][code]), code


def fields(sentence: str) -> list[tuple[str | None, str | None]]:
    """Return the places to fill in, with their formats, in any order."""
    return sorted(((name, how) for _, name, how, _ in Formatter().parse(sentence) if name), key=str)


@pytest.mark.parametrize("section", ["errors", "progress"])
def test_templates_are_filled_from_what_they_match(section: str) -> None:
    for language in LANGUAGES:
        for template, sentence in catalogue(language).get(section, {}).items():
            have = {name for name, _ in fields(template)}
            assert {name for name, _ in fields(sentence)} <= have, template


def test_every_string_is_used() -> None:
    code = "".join(CODE.values())
    unused = [
        key
        for key in catalogue("en")["page"]
        if f'"{key}"' not in code and not key.startswith(MADE)
    ]
    assert unused == []


def literals(path: Path) -> Iterator[str]:
    """Yield the text constants of a file that are not docstrings."""
    tree = ast.parse(CODE[path])
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(tree)
        if isinstance(node, documented)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node.value not in docs
        ):
            yield node.value


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_no_chinese_stands_outside_the_catalogue(path: Path) -> None:
    assert [text for text in literals(path) if re.search(r"[\u3400-\u9fff]", text)] == []


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.name)
def test_what_is_shown_comes_from_the_catalogue(path: Path) -> None:
    shown = {"label", "info", "placeholder", "title", "alt", "aria_label"}
    for node in ast.walk(ast.parse(CODE[path])):
        if not isinstance(node, ast.Call):
            continue
        for keyword in node.keywords:
            if keyword.arg in shown and isinstance(keyword.value, ast.Constant):
                value = keyword.value.value
                assert not isinstance(value, str) or value in ("", "VoiceHub"), value


def test_the_sheets_can_be_read() -> None:
    assert set(catalogue("sheet")) == set(LANGUAGES)
    for language in LANGUAGES:
        assert 8 <= len(sheet(language)) == len(set(sheet(language)))


def test_errors_are_told_in_the_visitors_language() -> None:
    english = "too many requests: 60 a minute are allowed, wait a moment"
    assert error_sentence(english, "zh") == "请求过多：每分钟最多 60 次，请稍候。"
    assert error_sentence(english, "en").startswith("Too many requests: 60")
    nested = "a.wav: " + MESSAGES["speech.none"].format(value=0)
    assert error_sentence(nested, "zh").startswith("a.wav：没有检测到语音")
    assert (
        error_sentence("need 0.5 <= speed <= 2, got 9", "zh") == "语速 应在 0.5 到 2 之间，现为 9。"
    )
    assert error_sentence("something new", "zh") == "Something new。"


def test_progress_is_told_in_the_visitors_language() -> None:
    said = "tuning step 7 of 120, about 40 s left"
    assert progress_sentence(said, "en") == "Step 7 of 120"
    assert progress_sentence(said, "zh") == "第 7 / 120 步"
    assert progress_sentence("measuring natural", "zh") == "正在评测：自然语音"
    assert progress_sentence("nobody knows", "zh") is None


def test_the_language_follows_the_browser() -> None:
    assert language_of("zh-CN,zh;q=0.9,en;q=0.8") == "zh"
    assert language_of("en-GB,zh;q=0.2") == language_of(None) == language_of("de") == "en"
    check = {"code": "speech.ok", "value": 12.0, "message": "12 s of speech."}
    assert quality_sentence(check, "zh") == "语音时长 12 秒。"
    assert quality_sentence(check, "en") == "12 s of speech."
