"""Nobody reaches what is somebody else's, in any call, and is told what they would be told of nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from house import Clip, House, Visitor, give_consent

from voicehub.errors import NotFoundError
from voicehub.store.records import Job, Voice


@pytest.fixture
def voice(house: House, ada: Visitor) -> Voice:
    job = house.studio.clone(ada.user, ada.consent.id, [ada.sample.id], "Ada", 1)
    house.done(job)
    return house.library.voices(ada.user)[0]


@pytest.fixture
def spoken(house: House, ada: Visitor, voice: Voice) -> Job:
    return house.done(house.studio.speak(ada.user, voice.id, "Hello."))


Call = Callable[[House, Visitor, dict[str, str], Clip], object]
CALLS: dict[str, Call] = {
    "sample file": lambda h, v, ids, c: h.samples.file(v.user, ids["sample"]),
    "sample picture": lambda h, v, ids, c: h.samples.picture(v.user, ids["sample"], "en"),
    "sample remove": lambda h, v, ids, c: h.samples.remove(v.user, ids["sample"]),
    "sample get": lambda h, v, ids, c: h.samples.get(v.user, [ids["sample"]]),
    "accept": lambda h, v, ids, c: h.consents.accept(v.user, ids["challenge"], c(4), True),
    "statement": lambda h, v, ids, c: h.consents.statement(v.user, ids["consent"]),
    "revoke consent": lambda h, v, ids, c: h.consents.revoke(v.user, ids["consent"]),
    "preview": lambda h, v, ids, c: h.studio.preview(v.user, ids["consent"], [v.sample.id]),
    "preview of sample": lambda h, v, ids, c: h.studio.preview(
        v.user, v.consent.id, [ids["sample"]]
    ),
    "clone": lambda h, v, ids, c: h.studio.clone(v.user, ids["consent"], [v.sample.id], "x"),
    "clone of sample": lambda h, v, ids, c: h.studio.clone(
        v.user, v.consent.id, [v.sample.id, ids["sample"]], "x"
    ),
    "clone again": lambda h, v, ids, c: h.studio.clone(
        v.user, "", [v.sample.id], "", voice=h.runtime.store.voice(ids["voice"])
        if ids["voice"] != "none" else Voice("none", "x", "", "adapter", "", "", "", ""),
    ),
    "speak": lambda h, v, ids, c: h.studio.speak(v.user, ids["voice"], "Hello."),
    "convert": lambda h, v, ids, c: h.studio.convert(v.user, ids["voice"], c(3)),
    "evaluate": lambda h, v, ids, c: h.studio.evaluate(v.user, ids["voice"], [v.sample.id]),
    "cancel": lambda h, v, ids, c: h.studio.cancel(v.user, ids["job"]),
    "job": lambda h, v, ids, c: h.studio.job(v.user, ids["job"]),
    "resume": lambda h, v, ids, c: h.studio.resume(v.user, ids["job"]),
    "job file": lambda h, v, ids, c: h.studio.file(v.user, ids["job"], "0000.wav"),
    "details": lambda h, v, ids, c: h.library.details(v.user, ids["voice"]),
    "rename": lambda h, v, ids, c: h.library.rename(v.user, ids["voice"], "Mine"),
    "checkpoints": lambda h, v, ids, c: h.library.checkpoints(v.user, ids["voice"]),
    "make current": lambda h, v, ids, c: h.library.make_current(
        v.user, ids["voice"], ids["checkpoint"]
    ),
    "remove checkpoint": lambda h, v, ids, c: h.library.remove_checkpoint(
        v.user, ids["voice"], ids["checkpoint"]
    ),
    "evaluations": lambda h, v, ids, c: h.library.evaluations(v.user, ids["voice"]),
    "export": lambda h, v, ids, c: h.library.export(v.user, ids["voice"]),
    "delete": lambda h, v, ids, c: h.library.delete(v.user, ids["voice"]),
    "revoke": lambda h, v, ids, c: h.library.revoke(v.user, ids["voice"]),
    "speech file": lambda h, v, ids, c: h.speeches.file(v.user, ids["speech"]),
    "speech as mp3": lambda h, v, ids, c: h.speeches.file(v.user, ids["speech"], "mp3"),
    "speech delete": lambda h, v, ids, c: h.speeches.delete(v.user, ids["speech"]),
}  # fmt: skip


def test_what_is_somebody_elses_is_not_there(
    house: House, ada: Visitor, bob: Visitor, voice: Voice, spoken: Job, clip: Clip
) -> None:
    challenge = house.consents.challenge(ada.user, "en", "Ada", "tests")
    ids = {
        "sample": ada.sample.id, "consent": ada.consent.id, "challenge": challenge.id,
        "voice": voice.id, "job": spoken.id, "speech": spoken.id,
        "checkpoint": house.library.checkpoints(ada.user, voice.id)[0].id,
    }  # fmt: skip
    for name, call in CALLS.items():
        with pytest.raises(NotFoundError) as caught:
            call(house, bob, ids, clip)
        with pytest.raises(NotFoundError) as nothing:
            call(house, bob, dict.fromkeys(ids, "none"), clip)
        said = str(caught.value)
        for identifier in ids.values():
            said = said.replace(identifier, "none")
        assert said == str(nothing.value), name
    # And nothing of it did anything: all is there, and the owner may do what others may not.
    assert house.library.details(ada.user, voice.id).voice == voice
    assert house.speeches.file(ada.user, spoken.id).is_file()
    assert house.samples.file(ada.user, ada.sample.id).is_file()
    assert house.consents.accept(ada.user, challenge.id, clip(4, "reader-f", 1), True).valid


def test_lists_hold_ones_own_alone(
    house: House, ada: Visitor, bob: Visitor, voice: Voice, spoken: Job
) -> None:
    assert [each.id for each in house.samples.list(bob.user)] == [bob.sample.id]
    assert house.library.voices(bob.user) == []
    assert house.speeches.history(bob.user) == []
    assert house.studio.recent(bob.user) == []
    assert house.studio.active(bob.user) == []
    assert house.consents.of_user(bob.user) == [bob.consent]
    nobody = replace(bob.user, id="nobody")
    assert house.samples.list(nobody) == []
    assert house.library.voices(nobody) == []
    assert house.library.storage_bytes(nobody) == 0


def test_two_users_may_give_the_same_name(
    house: House, ada: Visitor, bob: Visitor, voice: Voice, clip: Clip
) -> None:
    job = house.studio.clone(bob.user, bob.consent.id, [bob.sample.id], "Ada", 1)
    house.done(job)
    assert [each.name for each in house.library.voices(bob.user)] == ["Ada"]
    assert give_consent(house, bob.user, clip, "zh", "reader-m").language == "zh"


def test_a_file_of_a_job_is_one_of_its_own(house: House, ada: Visitor, spoken: Job) -> None:
    assert house.studio.file(ada.user, spoken.id, "0000.wav").is_file()
    for name in ("../../voicehub.db", "/etc/passwd", "..", "", "none.wav"):
        with pytest.raises(NotFoundError):
            house.studio.file(ada.user, spoken.id, name)
