"""The screen: texts that are not spoken and names that no voice bears, from a file of phrases."""

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from voicehub.errors import InputError, SettingsError, TextError
from voicehub.settings import screen_file

DEFAULT_FILE = Path(__file__).parent / "data" / "screen.json"
CATEGORIES = ("fraud", "harassment", "unlawful", "other")
_GAP = r".{0,60}?"  # what a star in a phrase stands for: so many characters at most
_MAX_PHRASE = 200  # characters
# Letters of other scripts that look like Latin ones, as who evades a list writes them.
_ALIKE = str.maketrans(
    {
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ј": "j",
        "ѕ": "s", "ԁ": "d", "ɡ": "g", "к": "k", "м": "m", "т": "t", "в": "b", "н": "h",
        "α": "a", "ε": "e", "ο": "o", "ρ": "p", "ν": "v", "ι": "i", "κ": "k", "τ": "t", "υ": "u",
        "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """One rule for texts; ``pattern`` is matched against text in the form of `_plain`."""

    id: str
    category: str
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Screen:
    """Rules and names. What is refused is told by its rule, never by the words that were given."""

    rules: tuple[Rule, ...]
    names: tuple[re.Pattern[str], ...]

    def rule_for(self, text: str) -> Rule | None:
        """Return the first rule that a text meets, None for nearly every text."""
        forms = _forms(text)
        for rule in self.rules:
            if any(rule.pattern.search(form) for form in forms):
                return rule
        return None

    def check_text(self, text: str) -> None:
        """Raise ``TextError`` where a rule forbids to speak ``text``."""
        rule = self.rule_for(text)
        if rule is not None:
            raise ScreenedError(rule)

    def check_name(self, name: str) -> None:
        """Raise ``InputError`` where no voice may bear a name like this one."""
        forms = _forms(name)
        if any(pattern.search(form) for pattern in self.names for form in forms):
            raise InputError(
                "this is the name of a public person, and no voice is made under it here; "
                "give the voice another name"
            )


class ScreenedError(TextError):
    """A rule forbids to speak a text."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(
            f"this text is not spoken here: it meets the rule {rule.id!r} against {rule.category}; "
            "if it is harmless, put it in other words"
        )
        self.rule = rule


def screen() -> Screen:
    """Return the screen of this installation: ``VOICEHUB_SCREEN_FILE``, else the one that ships."""
    return load_screen(screen_file() or DEFAULT_FILE)


@lru_cache(maxsize=4)
def load_screen(path: Path) -> Screen:
    """Read a file of rules; raise ``SettingsError`` where it is none."""
    try:
        read = json.loads(path.read_text("utf-8"))
        rules = tuple(_rule(each) for each in read["texts"])
        names = tuple(re.compile(_pattern(str(each))) for each in read["names"])
    except OSError as error:
        raise SettingsError(
            f"the screen {path} cannot be read: {error.strerror or error}"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"the screen {path} is not in order: {error}") from error
    return Screen(rules, names)


def _rule(given: dict[str, Any]) -> Rule:
    name, category = str(given["id"]), str(given["category"])
    if not re.fullmatch(r"[a-z0-9-]{1,40}", name):
        raise ValueError(f"the rule {name!r} needs an id of small letters, digits and dashes")
    if category not in CATEGORIES:
        raise ValueError(f"the rule {name} needs a category of {', '.join(CATEGORIES)}")
    phrases = [str(each) for each in given["phrases"]]
    return Rule(name, category, re.compile("|".join(map(_pattern, phrases))))


def _pattern(phrase: str) -> str:
    """Return the pattern of a phrase: whole words, a star for a few characters in between."""
    if not 1 <= len(phrase) <= _MAX_PHRASE:
        raise ValueError(f"a phrase needs 1 to {_MAX_PHRASE} characters, got {len(phrase)}")
    parts = [re.escape(_plain(part).strip()) for part in phrase.split("*")]
    if not all(parts):
        raise ValueError(f"the phrase {phrase!r} has no letters at its beginning, end or a star")
    joined = _GAP.join(parts)
    return joined if any(_is_han(c) for c in phrase) else rf"(?<!\w){joined}(?!\w)"


def _forms(text: str) -> tuple[str, str]:
    """Return a text in plain form, and with what looks like Latin letters read as such."""
    return _plain(text), _plain(text.casefold().translate(_ALIKE))


def _plain(text: str) -> str:
    """Return small letters without accents; marks and blanks become one blank, between Han none."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(c for c in folded if unicodedata.category(c) not in ("Mn", "Cf"))
    words = re.sub(r"[\W_]+", " ", kept.replace("'", "").replace("’", ""))
    return re.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", words).strip()


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"
