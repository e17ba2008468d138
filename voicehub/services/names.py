"""Names that people give to voices, and the texts they want spoken, checked at the edge."""

import unicodedata

from voicehub.errors import InputError, TextError

MAX_NAME = 64  # characters
MAX_TEXT_BYTES = 1_000_000  # of UTF-8, about fifteen hours of English speech
_FORBIDDEN = set('/\\:*?"<>|')  # would read as a path, a pattern or markup somewhere


def checked_name(name: str) -> str:
    """Return ``name`` in one Unicode form without outer blanks, or raise ``InputError``."""
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(clean) <= MAX_NAME:
        raise InputError(f"a voice's name needs 1 to {MAX_NAME} characters, got {len(clean)}")
    if clean[0] in ".-" or any(is_unwanted(character) for character in clean):
        raise InputError(
            f"a voice's name needs letters, digits, blanks and plain marks, got {clean!r}; "
            "it may not begin with a dot or a dash"
        )
    return clean


def checked_phrase(what: str, phrase: str, limit: int = MAX_NAME) -> str:
    """Return a phrase that is to be read aloud, or raise ``InputError`` naming ``what`` it is."""
    clean = " ".join(unicodedata.normalize("NFC", phrase).split())
    if not 1 <= len(clean) <= limit:
        raise InputError(f"{what} needs 1 to {limit} characters, got {len(clean)}")
    if any(is_unwanted(character) for character in clean):
        raise InputError(f"{what} needs letters, digits, blanks and plain marks, got {clean!r}")
    return clean


def is_unwanted(character: str) -> bool:
    """Return whether a character has no place in a name."""
    # Control, format (invisible and direction-changing), private and unassigned characters.
    return character in _FORBIDDEN or unicodedata.category(character)[0] == "C"


def checked_text(text: str, max_bytes: int = MAX_TEXT_BYTES) -> str:
    """Return ``text``, or raise ``TextError`` where it is empty or longer than ``max_bytes``."""
    size = len(text.encode("utf-8", "replace"))
    if size >= max_bytes:
        raise TextError(
            f"the text has {size:,} bytes, less than {max_bytes:,} can be spoken at once; "
            "cut it into parts"
        )
    if not text.strip():
        raise TextError("there is no text to speak; give at least one word")
    return text
