"""A real browser without a window, whose microphone hears a file."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

from drills.outcome import DrillError

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--no-sandbox",
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_LOCALES = {"en": "en-US", "zh": "zh-CN"}
_LEAVING = re.compile("console: (AbortError: signal is aborted|.*Connection errored out)")
_LEAVING_SECONDS = 5.0
PHONE = 500  # pixels: windows narrower than that are a phone's


def chromium() -> Path | None:
    """Return where Chromium is installed, None where it is not."""
    found = (shutil.which(name) for name in _NAMES)
    return next((Path(path) for path in found if path), None)


@contextmanager
def browsing(
    microphone: Path, language: str = "en", width: int = 1280, wait_seconds: float = 60.0
) -> Iterator[BrowserContext]:
    """Yield a fresh profile: no cookie, no cache, a window of ``width`` pixels.

    The microphone hears the file ``microphone`` from its beginning each time it is switched on.
    """
    program = chromium()
    if program is None:
        raise DrillError("no Chromium is installed: apt-get install chromium")
    flags = [*_FLAGS, f"--use-file-for-fake-audio-capture={microphone}%noloop"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        context = profile(browser, language, width, wait_seconds)
        try:
            yield context
        finally:
            context.close()
            browser.close()


def profile(
    browser: Browser, language: str = "en", width: int = 1280, wait_seconds: float = 60.0
) -> BrowserContext:
    """Return a fresh profile of a browser, for somebody who has nothing to do with the others."""
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width < PHONE else 800},
        locale=_LOCALES[language], has_touch=width < PHONE, permissions=["microphone"],
        service_workers="block",
    )  # fmt: skip
    context.set_default_timeout(wait_seconds * 1000)
    return context


class Hand:
    """Clicks, and counts what it clicked."""

    def __init__(self) -> None:
        self.clicks = 0

    def click(self, target: Locator) -> None:
        """Click, as soon as there is something to click on."""
        target.click()
        self.clicks += 1

    def write(self, target: Locator, text: str) -> None:
        """Click into a field, unless it has the focus, and type."""
        if not target.evaluate("field => field === document.activeElement"):
            self.click(target)
        target.press_sequentially(text)


class Ear:
    """Hears what goes wrong in a page: errors in its console, requests that fail.

    Whoever leaves a page ends its streams, which Gradio's client says in the console: that is nothing wrong.
    """

    def __init__(self, page: Page) -> None:
        self._said: list[tuple[float, str]] = []
        self._left: list[float] = []
        page.on("pageerror", lambda error: self._hear(f"error: {error}"))
        page.on(
            "console",
            lambda said: said.type == "error" and self._hear(f"console: {said.text}"),
        )
        page.on("request", lambda asked: asked.is_navigation_request() and self._leave())
        page.on(
            "response",
            lambda answer: answer.status >= 400 and self._hear(f"{answer.status} {answer.url}"),
        )

    @property
    def heard(self) -> list[str]:
        """What went wrong until now."""
        return [text for at, text in self._said if not self._is_of_leaving(at, text)]

    def _hear(self, text: str) -> None:
        self._said.append((time.monotonic(), text))

    def _leave(self) -> None:
        self._left.append(time.monotonic())

    def _is_of_leaving(self, at: float, text: str) -> bool:
        near = any(abs(at - left) < _LEAVING_SECONDS for left in self._left)
        return near and bool(_LEAVING.match(text))
