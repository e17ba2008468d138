"""What the tabs share: translated labels, errors as sentences, files that a visitor may fetch."""

import html
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gradio as gr
from gradio.utils import get_upload_folder

from voicehub.errors import InputError, VoiceHubError
from voicehub.ui.strings import STRINGS, language_of, string

_log = logging.getLogger(__name__)

# "zh-CN" too: the page looks a browser's locale up as it is written.
TRANSLATIONS = gr.I18n(
    en=STRINGS["en"],
    zh=STRINGS["zh"],
    **dict.fromkeys(("zh-CN", "zh-TW", "zh-HK", "zh-SG"), STRINGS["zh"]),
)
label = TRANSLATIONS


def visitor_language(request: gr.Request | None) -> str:
    """Return the language a visitor's browser asks for."""
    if request is None or getattr(request, "headers", None) is None:
        return "en"
    return language_of(request.headers.get("accept-language"))


@contextmanager
def sentences(language: str) -> Iterator[None]:
    """Turn every error into one sentence on the page; what is unexpected goes to the log."""
    try:
        yield
    except VoiceHubError as error:
        # Names of files and voices stand in these sentences, and toasts render markup.
        raise gr.Error(html.escape(str(error)), print_exception=False) from error
    except Exception as error:
        _log.exception("a handler of the page failed")
        raise gr.Error(string("unexpected", language), print_exception=False) from error


def needed(value: object, key: str, language: str) -> None:
    """Raise ``InputError`` with the sentence ``key`` where ``value`` is missing."""
    if not value:
        raise InputError(string(key, language))


def output_path(name: str) -> Path:
    """Return a path in Gradio's cache that nobody can guess; nothing private is ever put there."""
    folder = Path(get_upload_folder()) / secrets.token_hex(16)
    folder.mkdir(parents=True, mode=0o700)
    return folder / name
