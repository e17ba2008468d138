"""The legal basis that every voice needs: a spoken statement, or the licence of an open corpus."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from voicehub.audio.activity import speech_spans
from voicehub.audio.files import read_audio
from voicehub.errors import ConsentError, InputError
from voicehub.store.records import OPERATOR, Consent
from voicehub.store.rows import new_id, now

TEXT_VERSION = "1"
STATEMENTS = {
    "en": (
        "I, {name}, am the owner of this voice. I agree that VoiceHub may use my recordings "
        "to create and use a synthetic version of my voice for {scope}."
    ),
    "zh": (
        "我，{name}，是此声音的拥有者。我同意 VoiceHub 使用我的录音创建并使用我的合成声音，"
        "用途为{scope}。"
    ),
}
# What is read to the page's challenge: version 2 adds the code, which makes a reading single-use.
CODED_TEXT_VERSION = "2"
_CODES = {"en": " Today's code is {code}.", "zh": "今日口令：{code}。"}
LANGUAGES = tuple(STATEMENTS)
MAX_SCOPE = 120  # characters
MIN_STATEMENT_SECONDS = 2.0  # of speech: the shortest reading of the shortest statement
MAX_STATEMENT_SECONDS = 120.0


@dataclass(frozen=True)
class SpokenStatement:
    """A recording of the owner reading the statement of this version aloud.

    ``text`` is what was read, where it is known: then the words are compared.
    """

    path: Path
    text: str = ""
    language: str = "en"


@dataclass(frozen=True)
class CorpusLicence:
    """The open licence of a corpus, with the attribution it asks for."""

    name: str
    attribution: str

    def __post_init__(self) -> None:
        for what, value, limit in (
            ("licence", self.name, 200),
            ("attribution", self.attribution, 2000),
        ):
            if not 1 <= len(value.strip()) <= limit:
                raise ConsentError(
                    f"the {what} of the corpus needs 1 to {limit} characters, "
                    f"got {len(value.strip())}"
                )


Basis = SpokenStatement | CorpusLicence


def consent_from(basis: Basis, user_id: str = OPERATOR) -> Consent:
    """Return the record of ``basis``; raise ``ConsentError`` where a statement holds no speech.

    That the words are those of the statement, and the voice that of the recordings, is not
    verified yet.
    """
    if isinstance(basis, CorpusLicence):
        return Consent(
            new_id(),
            "corpus-licence",
            now(),
            licence=basis.name.strip(),
            attribution=basis.attribution.strip(),
            user_id=user_id,
            state="licensed",
        )
    statement = read_audio(basis.path, max_seconds=MAX_STATEMENT_SECONDS)
    speech = sum(end - start for start, end in speech_spans(statement))
    if speech < MIN_STATEMENT_SECONDS:
        raise ConsentError(
            f"{basis.path.name} holds {speech:.1f} s of speech; read the whole statement aloud, "
            f"which takes more than {MIN_STATEMENT_SECONDS:g} s"
        )
    digest = file_sha256(basis.path)
    return Consent(
        new_id(),
        "spoken",
        now(),
        statement_sha256=digest,
        text_version=TEXT_VERSION,
        user_id=user_id,
        verification={"verdict": "recorded"},
    )


def statement_text(language: str, name: str, scope: str, code: str) -> str:
    """Return the words to read aloud in answer to a challenge."""
    words = STATEMENTS[checked_language(language)].format(name=name, scope=scope)
    return words + _CODES[language].format(code=code)


def checked_language(language: str) -> str:
    """Return a language that the statement is there in, or raise ``InputError``."""
    if language not in STATEMENTS:
        raise InputError(f"the statement is there in {' and '.join(LANGUAGES)}, not {language!r}")
    return language


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
