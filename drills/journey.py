"""A stranger's way through the page, from opening it to hearing their own voice."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page

from drills.browser import Hand
from drills.outcome import DrillError
from voicehub.ui.strings import string

TUNING_SECONDS = 900.0  # after which a tuning is given up
_HEARD = "player => Number(player.shadowRoot.querySelector('input').value) > 0"
_LOUDNESS = """async (player) => {
  const [address] = JSON.parse(player.dataset.parts)[0];
  const bytes = await (await fetch(address)).arrayBuffer();
  const sound = await new OfflineAudioContext(1, 1, 24000).decodeAudioData(bytes);
  const samples = sound.getChannelData(0);
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}"""


@dataclass
class Journey:
    """One visit; ``moments`` are seconds since the page was asked for, in their order."""

    page: Page
    url: str
    language: str = "en"
    shots: Path | None = None
    hand: Hand = field(default_factory=Hand)
    moments: dict[str, float] = field(default_factory=dict)
    began: float = 0.0
    patience_seconds: float = TUNING_SECONDS

    def say(self, key: str, **values: object) -> str:
        """Return what the page calls something."""
        return string(key, self.language, **values)

    def reached(self, moment: str) -> None:
        """Note the time, and what the page looks like."""
        self.moments[moment] = round(time.monotonic() - self.began, 2)
        if self.shots is not None:
            size = (self.page.viewport_size or {"width": 0})["width"]
            self.shots.mkdir(parents=True, exist_ok=True)
            name = f"{self.language}-{size}-{len(self.moments):02}-{moment}.png"
            self.page.screenshot(path=self.shots / name, full_page=True)

    def open(self) -> None:
        """Open the page and wait until its first step can be taken."""
        self.began = time.monotonic()
        self.page.goto(self.url)
        self.button("show_statement").wait_for()
        self.reached("page")

    def button(self, key: str) -> Locator:
        """Return a button by what is written on it."""
        return self.page.get_by_role("button", name=self.say(key), exact=True)

    def consent(self, name: str, seconds: float) -> None:
        """Say who it is and read the statement aloud."""
        self.hand.write(self.page.get_by_label(self.say("owner_name")), name)
        self.hand.click(self.page.get_by_label(self.say("biometric_tick")))
        self.see(self.page.locator(".vh-statement"))
        self.reached("statement")
        self.record(self.say("statement_recorder"), seconds)
        self.see(self.page.get_by_role("heading", name=self.say("samples_title")))
        self.reached("consent")

    def sample(self, seconds: float) -> None:
        """Read aloud for ``seconds`` and wait for the verdict and the preview."""
        self.record(self.say("sample_recorder"), seconds)
        self.reached("last_sample")
        self.see(self.page.locator(".vh-sample").first)
        self.reached("verdict")
        self.see(self.page.locator(".vh-preview vh-player"))
        self.reached("preview")

    def clone(self) -> None:
        """Ask for the voice and wait until its tuning is shown."""
        self.hand.click(self.button("create"))
        self.see(self.button("stop"))
        self.reached("tuning")

    def wait_voice(self) -> None:
        """Wait until the voice is there."""
        self.see(self.button("speak_with_it"))
        self.reached("voice")

    def come_back(self, expected: str) -> None:
        """Load the page anew, as after closing it; the button ``expected`` is where one was."""
        self.page.reload()
        self.see(self.button(expected))
        self.reached("back")

    def stop(self) -> None:
        """Stop the tuning once it has something to hear; the best voice so far is kept."""
        self.see(self.page.locator(".vh-heard vh-player:visible").first)
        self.hand.click(self.button("stop"))
        self.see(self.button("speak_with_it"))
        self.reached("stopped")

    def go_on(self) -> None:
        """Go on with a tuning that was stopped."""
        self.hand.click(self.button("resume"))
        self.see(self.button("stop"))
        self.reached("resumed")

    def open_tab(self, name: str) -> None:
        """Open a tab of the page."""
        tab = self.page.get_by_role("tab", name=self.say(f"tab_{name}"), exact=True)
        self.hand.click(tab)
        self.page.wait_for_function("tab => tab.ariaSelected === 'true'", arg=tab.element_handle())

    def hear(self) -> float:
        """Play the newest sample of the voice; return how loud it is (root mean square)."""
        loudness = self.play(self.page.locator(".vh-heard vh-player:visible").first)
        self.reached("heard")
        return loudness

    def play(self, player: Locator) -> float:
        """Let a player play, unless it does so by itself; return how loud its first part is."""
        player.wait_for()
        if not player.evaluate("player => player.sound.playing"):
            self.hand.click(player.locator("button"))
        self.page.wait_for_function(_HEARD, arg=player.element_handle())
        return float(player.evaluate(_LOUDNESS))

    def see(self, wanted: Locator) -> None:
        """Wait until something is there; raise ``DrillError`` where the page says an error first."""
        trouble = self.page.locator(".toast-body.error")
        wanted.or_(trouble).first.wait_for(timeout=self.patience_seconds * 1000)
        if trouble.count():
            raise DrillError(f"the page says: {trouble.first.inner_text()}")

    def record(self, label: str, seconds: float) -> None:
        """Switch the microphone on, speak for ``seconds``, and switch it off."""
        recorder = self.recorder(label)
        self.hand.click(recorder.locator("button.record-button"))
        stop = recorder.locator("button.stop-button")
        stop.wait_for()
        self.page.wait_for_timeout(seconds * 1000)
        self.hand.click(stop)

    def recorder(self, label: str) -> Locator:
        """Return the recorder that is called ``label``; other tabs have one of the same name."""
        named = self.page.locator(".vh-recorder:visible")
        return named.filter(has=self.page.locator("label").get_by_text(label, exact=True)).first

    def speak(self, text: str) -> float:
        """Let the new voice say a text; return how loud its first sentence is."""
        self.hand.click(self.button("speak_with_it"))
        self.hand.write(self.page.get_by_label(self.say("text"), exact=True), text)
        self.hand.click(self.page.get_by_role("button", name=self.say("speak"), exact=True))
        self.see(self.page.locator(".vh-panel a[href*='/files/speech/']:visible").first)
        loudness = self.play(self.page.locator(".vh-panel vh-player:visible").first)
        self.reached("speech")
        return loudness


def visit(journey: Journey, consent_seconds: float, sample_seconds: float) -> float:
    """Go the whole way; return how loud what is heard at its end is."""
    steps: list[Callable[[], None]] = [
        journey.open,
        lambda: journey.consent("Ada Lovelace", consent_seconds),
        lambda: journey.sample(sample_seconds),
        journey.clone,
        journey.wait_voice,
    ]
    for step in steps:
        step()
    return journey.hear()
