"""A tuning that was stopped goes on, and a voice is tuned further, by the wiring of the page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gradio_client.exceptions import AppError
from visiting import Visitor

from drills.people import give_consent, give_sample, plain
from drills.visitor import Visitor as Browser
from drills.visitor import visiting, wait_until
from voicehub.services.runtime import Runtime
from voicehub.ui.strings import string

Clip = Callable[..., Path]
LONGEST_SECONDS = 240.0


def steps_of(job: dict[str, Any]) -> list[int]:
    """Return the steps at which a tuning was scored."""
    return [event["step"] for event in job["events"] if event["kind"] == "score"]


def test_a_stopped_tuning_goes_on_as_the_same_voice(visitor: Visitor, clip: Clip) -> None:
    with pytest.raises(AppError, match="nothing going on"):
        visitor.call("resume_clone")
    voice_id = visitor.voice(clip(4, "reader-f", 1), clip(6))
    stopped = visitor.job()
    visitor.call("resume_clone")
    resumed = visitor.job()
    assert resumed["id"] != stopped["id"]
    last = max(steps_of(stopped))
    wait_until(lambda: max(steps_of(visitor.job()), default=0) > last, LONGEST_SECONDS)
    assert "<svg" in visitor.shown("clone_progress")  # of the tuning that goes on
    visitor.call("stop_clone")
    ended = visitor.ended()
    assert ended["id"] == resumed["id"]
    assert ended["result"]["voice_id"] == voice_id
    assert [voice["id"] for voice in visitor.call("voices")] == [voice_id]


def test_a_voice_is_tuned_further_with_more_samples(
    address: str, runtime: Runtime, clip: Clip
) -> None:
    with visiting(address) as browser:
        give_consent(browser, "Ada", clip(4, "reader-f", 1))
        give_sample(browser, clip(6))
        voice_id = tuned(browser, "Ada")
        versions = len(runtime.store.checkpoints.of_voice(voice_id))
        opened = browser.run(pressed(browser, string("retune", "en")), [voice_id])
        assert string("retuning", "en", name="Ada") in plain(opened)
        give_sample(browser, clip(5, "reader-f", 2))
        assert tuned(browser, "a name that a version does not bear") == voice_id
        (voice,) = browser.call("voices")[0]
    assert voice["name"] == "Ada"
    assert len(runtime.store.checkpoints.of_voice(voice_id)) > versions
    assert len(runtime.store.recordings(voice_id)) == 2


def test_who_comes_back_sees_the_tuning_that_they_left(
    address: str, runtime: Runtime, clip: Clip
) -> None:
    stopped = string("job_stopped_clone", "en")
    with visiting(address) as browser:
        give_consent(browser, "Ada", clip(4, "reader-f", 1))
        give_sample(browser, clip(6))
        tuned(browser, "Ada")
        back = plain(browser.open())
        assert stopped in back
        tuned(browser, "Another")  # for the consent is remembered
        give_sample(browser, clip(5, "reader-f", 2))  # now there is something else to do
        assert stopped not in plain(browser.open())


def tuned(browser: Browser, name: str) -> str:
    """Ask for a voice and stop its tuning at the first score; return which voice it is."""
    browser.call("clone", name)
    job_id = browser.call("jobs")[0][0]["id"]

    def job() -> dict[str, Any]:
        return dict(browser.call("job", job_id)[0])

    wait_until(lambda: steps_of(job()), LONGEST_SECONDS)
    browser.call("stop_clone")
    wait_until(lambda: job()["state"] == "cancelled", LONGEST_SECONDS)
    return str(job()["result"]["voice_id"])


def pressed(browser: Browser, label: str) -> int:
    """Return the number of the function that is called when a button is pressed."""
    for number, each in browser.functions.items():
        for component, event in each["targets"]:
            if event == "click" and browser.components[component]["props"].get("value") == label:
                return number
    raise AssertionError(f"no button says {label}")
