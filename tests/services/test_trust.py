"""Whose voice it is, what it may be used for, and who decides where a program cannot."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from house import Clip, House, Visitor, give_consent
from store.people import marked

from voicehub.audio.files import read_audio
from voicehub.audio.waveform import Waveform
from voicehub.consent.limits import VoiceBand, VoiceLimits, voice_limits
from voicehub.errors import ConsentError, InputError, NotFoundError
from voicehub.services.consents import Allowed, Consents
from voicehub.services.reviews import OptOuts, Reviews
from voicehub.services.speech import SpeechService
from voicehub.services.verification import StatementCheck, Verdict
from voicehub.services.voiceprints import Comparison, Impostors, embed, kept_print
from voicehub.store.records import Challenge, Consent, User
from voicehub.store.rows import from_now, now


class Unsure:
    """Leaves every statement to a person."""

    def verify(self, challenge: Challenge, waveform: Waveform) -> Verdict:
        return Verdict("waiting", "Unsure")


def limits_of(*bands: VoiceBand) -> VoiceLimits:
    return VoiceLimits(bands, 0.99, "tests")


def agree(house: House, user: User, clip: Clip, allowed: Allowed) -> Consent:
    challenge = house.consents.challenge(user, "en", "Ada", "tests", allowed)
    return house.consents.accept(user, challenge.id, clip(4, "reader-f", 1), True)


def test_other_words_are_no_consent(house: House, ada: Visitor, clip: Clip) -> None:
    consents = Consents(house.runtime)
    assert isinstance(consents.verifier, StatementCheck)
    challenge = consents.challenge(ada.user, "en", "Ada", "tests")
    with pytest.raises(ConsentError, match="today's code"):
        consents.accept(ada.user, challenge.id, clip(7, "reader-f", 2), True)
    with pytest.raises(ConsentError, match="heard before, as a statement"):
        consents.accept(ada.user, challenge.id, clip(4, "reader-f", 1), True)
    with pytest.raises(ConsentError, match="heard before, as a sample"):
        consents.accept(ada.user, challenge.id, clip(5, "reader-f"), True)


def test_recordings_of_somebody_else_make_no_voice(house: House, ada: Visitor, clip: Clip) -> None:
    other = house.samples.add(ada.user, clip(6, "reader-m"), "other.wav")
    for ask in (
        lambda: house.studio.preview(ada.user, ada.consent.id, [ada.sample.id, other.id]),
        lambda: house.studio.clone(ada.user, ada.consent.id, [other.id], "Ada"),
    ):
        with pytest.raises(ConsentError, match="does not sound like"):
            ask()
    states = {c.sha256: c.state for c in house.runtime.checks.of_consent(ada.consent.id)}
    assert states == {ada.sample.sha256: "matched", other.sha256: "refused"}
    assert house.studio.preview(ada.user, ada.consent.id, [ada.sample.id])


def test_a_person_decides_between_the_thresholds(house: House, ada: Visitor) -> None:
    comparison = Comparison(house.runtime, limits_of(VoiceBand(0.0, 0.9999, 0.1)))
    with pytest.raises(ConsentError, match="a person listens"):
        comparison.require(ada.consent, [ada.sample])
    reviews = Reviews(house.runtime)
    (waiting,) = reviews.waiting()
    assert waiting["what"] == "recording"
    assert len(waiting["files"]) == 2
    with pytest.raises(ConsentError, match="a person listens"):
        house.studio.clone(ada.user, ada.consent.id, [ada.sample.id], "Ada")
    reviews.decide(waiting["id"], True, "the same room")
    assert house.studio.clone(ada.user, ada.consent.id, [ada.sample.id], "Ada")
    assert reviews.waiting() == []
    with pytest.raises(InputError, match="accepted already"):
        reviews.decide(waiting["id"], False)
    with pytest.raises(NotFoundError):
        reviews.decide("nothing", True)


def test_a_longer_recording_decides_and_not_a_person(
    house: House, ada: Visitor, clip: Clip
) -> None:
    short, long = VoiceBand(0.0, 0.9999, 0.1), VoiceBand(8.0, 0.5, 0.1)
    comparison = Comparison(house.runtime, limits_of(short, long))
    with pytest.raises(ConsentError, match=r"too little to tell .* record 8 s or more"):
        comparison.require(ada.consent, [ada.sample])
    assert Reviews(house.runtime).waiting() == []
    assert house.runtime.checks.of_consent(ada.consent.id) == []
    longer = house.samples.add(ada.user, clip(14), "longer.wav")
    comparison.require(ada.consent, [longer])
    with pytest.raises(ConsentError, match="too little to tell"):
        comparison.require(ada.consent, [longer, ada.sample])
    assert [each.state for each in house.runtime.checks.of_consent(ada.consent.id)] == ["matched"]


def test_who_is_short_and_somebody_else_is_refused(house: House, ada: Visitor, clip: Clip) -> None:
    other = house.samples.add(ada.user, clip(6, "reader-m"), "other.wav")
    with pytest.raises(ConsentError, match="does not sound like"):
        Comparison(house.runtime).require(ada.consent, [other])
    assert [each.state for each in house.runtime.checks.of_consent(ada.consent.id)] == ["refused"]


def test_what_is_shorter_than_was_measured_is_never_accepted() -> None:
    limits = voice_limits()
    seconds = [band.seconds for band in limits.bands]
    assert seconds == sorted(seconds)
    assert limits.band(seconds[0] / 2).judge(0.99) == "wait"
    assert limits.band(seconds[0] / 2).judge(0.1) == "refuse"
    assert [limits.band(each).seconds for each in (*seconds, 600.0)] == [*seconds, seconds[-1]]
    assert limits.band(8.0).judge(float("nan")) == "refuse"


def test_a_statement_waits_until_it_is_accepted(house: House, ada: Visitor, clip: Clip) -> None:
    consents, reviews = Consents(house.runtime, Unsure()), Reviews(house.runtime)
    for accept in (True, False):
        challenge = consents.challenge(ada.user, "en", "Ada", "tests")
        consent = consents.accept(ada.user, challenge.id, clip(4, "reader-f", 3), True)
        assert (consent.state, consent.valid) == ("waiting", False)
        with pytest.raises(ConsentError, match="waits for a person"):
            house.studio.clone(ada.user, consent.id, [ada.sample.id], "Ada")
        assert reviews.decide(consent.id, accept) == consent.id
        if accept:
            assert house.studio.preview(ada.user, consent.id, [ada.sample.id])
        else:
            with pytest.raises(ConsentError, match="refused by a reviewer"):
                house.studio.clone(ada.user, consent.id, [ada.sample.id], "Ada")


def test_a_consent_allows_what_it_was_given_for(house: House, ada: Visitor, clip: Clip) -> None:
    spoken = agree(house, ada.user, clip, Allowed(conversion=False))
    assert (spoken.for_speech, spoken.for_conversion, spoken.for_sale) == (True, False, False)
    assert spoken.problem(now(), "convert") == "the consent does not allow to convert recordings"
    assert spoken.problem(now(), "sell") == "the consent does not allow to sell the voice"
    assert spoken.problem(now(), "speak") == ""
    converted = agree(house, ada.user, clip, Allowed(speech=False, until=from_now(60.0)))
    with pytest.raises(ConsentError, match="to speak texts"):
        house.studio.preview(ada.user, converted.id, [ada.sample.id])
    assert "which is over" in converted.problem(from_now(61.0))
    with pytest.raises(ConsentError, match="choose"):
        Allowed(speech=False, conversion=False)
    with pytest.raises(ConsentError, match="over already"):
        Allowed(until=from_now(-1.0))


def test_the_scope_holds_in_the_database(house: House, ada: Visitor, clip: Clip) -> None:
    consent = agree(house, ada.user, clip, Allowed(conversion=False))
    ended = house.done(house.studio.clone(ada.user, consent.id, [ada.sample.id], "Ada", 1))
    voice_id = (ended.result or {})["voice_id"]
    voice = house.runtime.store.voice(voice_id)
    with pytest.raises(ConsentError, match="to convert recordings"):
        house.studio.convert(ada.user, voice_id, clip(3, "reader-m"))
    with pytest.raises(ConsentError, match="to convert recordings"):
        SpeechService(house.runtime, ada.user.id).convert(voice_id, read_audio(clip(3)))
    spoken = marked(house.runtime.store, voice)
    with pytest.raises(ConsentError, match="allows it"):
        house.runtime.store.log_generation(replace(spoken, kind="convert"))
    house.runtime.store.log_generation(spoken)


def test_nobody_clones_somebody_elses_voice(
    house: House, ada: Visitor, bob: Visitor, clip: Clip
) -> None:
    runtime = house.runtime
    house.done(house.studio.clone(ada.user, ada.consent.id, [ada.sample.id], "Ada", 1))
    with pytest.raises(ConsentError, match="did not agree"):
        house.samples.add(bob.user, clip(5, "reader-f"), "stolen.wav")
    (refused,) = runtime.prints.impersonations()
    assert (refused.user_id, refused.kind) == (bob.user.id, "voice")
    assert refused.score >= voice_limits().impostor
    assert [s.id for s in house.samples.list(bob.user)] == [bob.sample.id]
    vector = kept_print(runtime.home / ada.sample.path)
    Impostors(runtime).check(ada.user.id, vector, "a" * 64)  # one's own again
    house.library.revoke(ada.user, house.library.voices(ada.user)[0].id)
    assert len(runtime.registry) == 0
    assert house.samples.list(ada.user) == []
    assert house.samples.add(bob.user, clip(5, "reader-f"), "free.wav")


def test_who_opted_out_is_refused_until_the_entry_ends(
    house: House, ada: Visitor, clip: Clip
) -> None:
    optouts = OptOuts(house.runtime)
    entry = optouts.add("Grace", [clip(8, "reader-m", 1), clip(8, "reader-m", 2)])
    vector = embed(read_audio(clip(8, "reader-m", 1)))
    with pytest.raises(ConsentError, match="did not agree"):
        Impostors(house.runtime).check(ada.user.id, vector, "a" * 64)
    optouts.remove(entry.id)
    Impostors(house.runtime).check(ada.user.id, vector, "a" * 64)
    assert [each.revoked is not None for each in optouts.list()] == [True]
    with pytest.raises(NotFoundError):
        optouts.remove(entry.id)


def test_a_guests_statement_cannot_be_taken_for_granted(
    house: House, ada: Visitor, clip: Clip
) -> None:
    consent = give_consent(house, ada.user, clip)
    with closing(sqlite3.connect(house.runtime.home / "voicehub.db")) as db:
        for change in ("state = 'accepted'", "until = '2999'", "for_sale = 1"):
            with pytest.raises(sqlite3.IntegrityError, match="consent"):
                db.execute(f"UPDATE consents SET {change} WHERE id = ?", [consent.id])
