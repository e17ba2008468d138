"""The report card: what is measured and drawn stands there in the page's language."""

from pathlib import Path

import pytest

from voicehub.services.runtime import Runtime
from voicehub.services.studio import JobView
from voicehub.store.records import Job, JobEvent, User
from voicehub.ui.desk import Desk
from voicehub.ui.job_view import Seen
from voicehub.ui.report_card import examples, report_card
from voicehub.ui.server import services_of
from voicehub.ui.strings import string


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_follows_the_language_of_the_page(
    own_home: Path, tiny_base: Path, language: str
) -> None:
    desk = Desk(services_of(Runtime(own_home, tiny_base)), language)
    pictures = {"en": "copy.en.png", "zh": "copy.zh.png"}
    told = {"name": "copy", "file": "copy.wav", "pictures": pictures}
    events = [JobEvent(1, "a", "2026-01-01", "example", told)]
    job = Job("a", "somebody", "evaluate", "training", "done", {}, "2026-01-01")
    user, view = User("somebody", "guest", "2026-01-01"), JobView(job, 0, 0.0, [], lambda _: events)
    drawn = examples(desk, Seen(user, view, events))
    assert f"/files/job/a/copy.{language}.png" in drawn
    assert drawn.count(".png") == 1
    rows = [{"system": "natural", "similarity": 0.9751}, {"system": "this voice, speech"}]
    card = report_card(desk, {"rows": rows, "ceiling": 0.98, "floor": 0.71})
    assert string("floor_note", language, value=0.71) in card
    assert "0.975" in card
    assert "–" in card
    assert string("measure_similarity", language) in card
