"""The page as a whole: tabs, theme, limits and the server."""

import threading
from collections.abc import Callable
from typing import Any

import gradio as gr

from voicehub.errors import VoiceHubError
from voicehub.services.runtime import Runtime
from voicehub.settings import AUDIO_LIMITS
from voicehub.ui.clone_tab import CloneTab
from voicehub.ui.common import TRANSLATIONS, label
from voicehub.ui.speech_tabs import ConvertTab, SpeakTab, VoiceChoice

_CACHE_SECONDS = (1800, 6 * 3600)  # how often the cache is swept, and how old a file may grow
_QUEUE_LENGTH = 32

# Fonts that a computer has: nothing is fetched.
_FONTS = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans CJK SC", "sans-serif")

_CSS = """
.gradio-container { width: 100%; max-width: 1120px !important; margin: 0 auto !important; }
.quality td, .quality th { font-family: var(--font) !important; }
.statement blockquote { font-size: 1.06em; line-height: 1.6; border-left-width: 4px;
    border-left-color: var(--primary-500); }
.note { opacity: 0.75; font-size: 0.92em; }
.subtitle { opacity: 0.8; }
"""


def build_page(runtime: Runtime) -> gr.Blocks:
    """Return the page; nothing is loaded before a visitor asks for it."""
    choice = VoiceChoice(runtime)
    with gr.Blocks(title="VoiceHub", delete_cache=_CACHE_SECONDS, analytics_enabled=False) as page:
        gr.Markdown(label("title"))
        gr.Markdown(label("subtitle"), elem_classes="subtitle")
        with gr.Tabs():
            with gr.Tab(label("tab_clone"), id="clone"):
                cloned = CloneTab(runtime).build()
            with gr.Tab(label("tab_speak"), id="speak"):
                SpeakTab(runtime, choice).build()
            with gr.Tab(label("tab_convert"), id="convert"):
                ConvertTab(runtime, choice).build()
        gr.Markdown(label("footer"), elem_classes="note")
        lists = choice.dropdowns
        quietly: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        page.load(choice.refresh, lists, lists, **quietly)
        cloned.success(choice.choose_newest, None, lists, **quietly)
        gr.api(choice.voices, api_name="voices")
    return page.queue(max_size=_QUEUE_LENGTH)


def launch_options(runtime: Runtime) -> dict[str, Any]:
    """Return what goes to ``launch``: looks, languages, and which files nobody gets."""
    return {
        "theme": gr.themes.Soft(primary_hue="indigo", neutral_hue="slate", font=_FONTS),
        "css": _CSS,
        "i18n": TRANSLATIONS,
        "max_file_size": AUDIO_LIMITS.max_bytes,
        "blocked_paths": [str(runtime.home)],
        "run_history": False,
        "show_error": False,
        "footer_links": ["settings"],
    }


def serve(runtime: Runtime, host: str, port: int, say: Callable[[str], None]) -> None:
    """Serve the page until it is interrupted; ``say`` is told its address."""
    runtime.store.voices()  # a database that cannot be used is told now, not to the first visitor
    page = build_page(runtime)
    try:
        _, url, _ = page.launch(
            server_name=host,
            server_port=port,
            prevent_thread_lock=True,
            quiet=True,
            **launch_options(runtime),
        )
    except OSError as error:
        raise VoiceHubError(f"the page cannot be served on {host}:{port}: {error}") from error
    say(f"the page is on {url} (Ctrl-C ends it)")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say("closing")
    finally:
        page.close(verbose=False)
