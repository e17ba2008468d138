"""Consent: fresh words for everybody, answered once, kept with their hash, taken back with a receipt."""

import re
from pathlib import Path

import numpy as np
import pytest
from house import Clip, House, Visitor, give_consent

from voicehub.audio.files import write_audio
from voicehub.audio.waveform import SAMPLE_RATE, Waveform
from voicehub.consent.codes import new_code
from voicehub.errors import AudioError, ConsentError, InputError, LimitError, NotFoundError
from voicehub.services.consent import file_sha256
from voicehub.services.consents import Consents
from voicehub.services.runtime import Runtime
from voicehub.services.verification import Verdict
from voicehub.settings import ServiceLimits
from voicehub.store.records import Challenge


@pytest.fixture
def silence(tmp_path: Path) -> Path:
    path = tmp_path / "silence.wav"
    write_audio(path, Waveform(np.zeros(4 * SAMPLE_RATE, np.float32)))
    return path


def test_the_words_hold_name_purpose_and_code(house: House) -> None:
    user, _ = house.accounts.guest()
    english = house.consents.challenge(user, "en", " Ada  Lovelace ", "audio books")
    assert english.text == (
        "I, Ada Lovelace, am the owner of this voice. I agree that VoiceHub may use my recordings "
        "to create and use a synthetic version of my voice for audio books. "
        f"Today's code is {english.code}."
    )
    assert re.fullmatch(r"(\d ){4}[a-z]+ [a-z]+", english.code)
    chinese = house.consents.challenge(user, "zh", "张三", "有声书")
    assert chinese.text.endswith(f"用途为有声书。今日口令：{chinese.code}。")
    assert re.fullmatch(r"\d{4}[\u4e00-\u9fff]{4}", chinese.code)
    assert len({new_code("en") for _ in range(50)}) == 50
    for bad in (("fr", "Ada", "x"), ("en", "", "x"), ("en", "Ada", " "), ("en", "A\x00", "x")):
        with pytest.raises(InputError):
            house.consents.challenge(user, *bad)


def test_a_reading_is_kept_and_counts_once(house: House, ada: Visitor, clip: Clip) -> None:
    consent = ada.consent
    path = house.consents.statement(ada.user, consent.id)
    assert path.read_bytes() == clip(4, "reader-f", 1).read_bytes()
    assert consent.statement_sha256 == file_sha256(path)
    assert (consent.text_version, consent.language, consent.name) == ("2", "en", "Ada")
    # These tests take the words for granted, and the record says who did.
    assert consent.verification["checked_by"] == "SpeechVerifier"
    assert (consent.verification["verdict"], consent.state) == ("verified", "verified")
    assert consent.verification["agreed_biometric"] is True
    assert consent.spoken_at is not None
    with pytest.raises(ConsentError, match="used"):
        house.consents.accept(ada.user, consent.challenge_id or "", path, True)
    assert house.consents.of_user(ada.user) == [consent]


def test_readings_that_give_no_consent(
    house: House, ada: Visitor, bob: Visitor, clip: Clip, silence: Path, tmp_path: Path
) -> None:
    challenge = house.consents.challenge(ada.user, "en", "Ada", "tests")
    reading = clip(4, "reader-f", 1)
    with pytest.raises(NotFoundError):
        house.consents.accept(bob.user, challenge.id, reading, True)
    with pytest.raises(ConsentError, match="measured"):
        house.consents.accept(ada.user, challenge.id, reading, False)
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(AudioError):
        house.consents.accept(ada.user, challenge.id, tmp_path / "a.wav", True)
    for _ in range(house.runtime.limits.statement_attempts):
        with pytest.raises(ConsentError, match="whole statement"):
            house.consents.accept(ada.user, challenge.id, silence, True)
    with pytest.raises(LimitError, match="tomorrow"):
        house.consents.accept(ada.user, challenge.id, reading, True)
    with pytest.raises(LimitError, match="tomorrow"):
        house.consents.challenge(ada.user, "en", "Ada", "tests")
    assert len(house.consents.of_user(ada.user)) == 1
    kept = list((house.runtime.home / "statements").glob("*.wav"))
    assert len(kept) == 2  # Ada's and Bob's first


def test_the_code_expires(own_home: Path, tiny_base: Path, clip: Clip) -> None:
    house = House(Runtime(own_home, tiny_base, limits=ServiceLimits(challenge_minutes=1e-6)))
    user, _ = house.accounts.guest()
    with pytest.raises(ConsentError, match="expired"):
        give_consent(house, user, clip)


def test_a_verifier_decides(house: House, ada: Visitor, clip: Clip) -> None:
    class Strict:
        def verify(self, challenge: Challenge, waveform: Waveform) -> Verdict:
            return Verdict("refused", "Strict", {"words": 0.1}, "these are other words")

    consents = Consents(house.runtime, Strict())
    challenge = consents.challenge(ada.user, "en", "Ada", "tests")
    with pytest.raises(ConsentError, match="these are other words"):
        consents.accept(ada.user, challenge.id, clip(4, "reader-f", 1), True)


def test_revoking_leaves_the_proof_alone(house: House, ada: Visitor) -> None:
    receipt = house.consents.revoke(ada.user, ada.consent.id)
    assert (receipt.action, receipt.kept) == ("revoke", (ada.consent.id,))
    gone = [(each.kind, each.sha256) for each in receipt.removed]
    assert ("statement", ada.consent.statement_sha256) in gone
    assert {kind for kind, _ in gone} == {"statement"}  # with the voiceprint of it
    (kept,) = house.consents.of_user(ada.user)
    assert not kept.valid
    assert kept.statement_sha256 == ada.consent.statement_sha256
    with pytest.raises(NotFoundError):
        house.consents.statement(ada.user, ada.consent.id)
    with pytest.raises(ConsentError):
        house.studio.preview(ada.user, ada.consent.id, [ada.sample.id])
    with pytest.raises(ConsentError):
        house.studio.clone(ada.user, ada.consent.id, [ada.sample.id], "Ada")
    with pytest.raises(ConsentError):
        house.consents.revoke(ada.user, ada.consent.id)
