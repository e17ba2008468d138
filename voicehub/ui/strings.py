"""Every sentence of the page in both languages, and which language a visitor reads."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from voicehub.audio.quality import MESSAGES

LANGUAGES = ("en", "zh")
_FOLDER = Path(__file__).parent / "strings"


@lru_cache(maxsize=4)
def catalogue(name: str) -> dict[str, Any]:
    """Return a file of the catalogue: a language's sentences, or the sheets to read aloud."""
    read: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    return read


def string(key: str, language: str, **values: object) -> str:
    """Return a sentence of the page."""
    return str(catalogue(language)["page"][key]).format(**values)


def gradio_labels(language: str) -> dict[str, str]:
    """Return what Gradio calls its parts in English, whatever the page's language, and our words for it."""
    return dict(catalogue(language).get("gradio", {}))


def language_of(accepted: str | None) -> str:
    """Return the page's language for an Accept-Language header."""
    first = (accepted or "").split(",")[0].strip().lower()
    return "zh" if first.startswith("zh") else "en"


def quality_sentence(check: Mapping[str, Any], language: str) -> str:
    """Return what a quality check found and advises; the English ones are the checks' own."""
    known = catalogue(language).get("quality", {})
    if check["code"] in known:
        return str(known[check["code"]]).format(value=check["value"])
    return str(check["message"])


def error_sentence(message: str, language: str) -> str:
    """Return what went wrong in the visitor's language; what is not in the catalogue stays English."""
    said = _translated(message, language, ("errors", "advice"))
    if said is None:
        said = message[:1].upper() + message[1:]
    return (
        said if said.endswith((".", "。", "!", "?")) else said + ("。" if language == "zh" else ".")
    )


def progress_sentence(message: str, language: str) -> str | None:
    """Return what a worker says of its progress in the visitor's language, if it is known."""
    return _translated(message, language, ("progress",))


def _translated(message: str, language: str, sections: tuple[str, ...]) -> str | None:
    """Return the sentence whose template matches; what stands in its gaps is looked up too."""
    for pattern, sentence in _templates(language, sections):
        found = pattern.fullmatch(message)
        if found:
            given = {
                name: _translated(value, language, sections) or value
                for name, value in found.groupdict().items()
            }
            return sentence.format(**given)
    return None


@lru_cache(maxsize=8)
def _templates(language: str, sections: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the templates of the sections, as patterns that match what was made from them."""
    found: dict[str, str] = {}
    for section in sections:
        found |= catalogue(language).get(section, {})
    if "advice" in sections and "quality" in catalogue(language):
        plain = catalogue(language)["quality"]
        found |= {MESSAGES[code]: re.sub(r":[^}]*}", "}", text) for code, text in plain.items()}
    return tuple((_pattern(template), sentence) for template, sentence in found.items())


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"{(\w+)(?::[^}]*)?}", template)
    made = [
        f"(?P<{part}>.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts)
    ]
    return re.compile("".join(made), re.DOTALL)


def sheet(language: str) -> list[str]:
    """Return the sentences to read aloud: together they hold the sounds of the language."""
    return list(catalogue("sheet")[language])
