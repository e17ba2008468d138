"""What the Check tab says of a file, in both languages and for every kind of finding."""

from dataclasses import replace
from typing import Any, cast

import pytest

from voicehub.services.checker import Finding, Heard, Source
from voicehub.services.robustness import Survival
from voicehub.ui.check_tab import finding_card, survival_table
from voicehub.ui.desk import Desk, Services
from voicehub.ui.strings import LANGUAGES, string

HEARD = Heard("57bb9f9b", "k", True, True, 12.3, 1e-20, 0.0, 8.5)
SOURCE = Source(
    None, "ready", "e3a2b075-5332-4e67-814a-0444b80e3760", "spoken", "a" * 64, "2026-11-01T10:00",
    None, "2026-11-24T22:28:39.973+00:00", "speak", "spoken", "b" * 64,
)  # fmt: skip
LABEL = {"label": "1", "producer": "<script>", "produce_id": "57bb9f9b", "ours": True}
C2PA = {"valid": True, "trusted": False, "generated": True, "generator": "X & Y", "signer": "S"}
OURS = Finding("mark", "practically_certain", SOURCE, HEARD, (LABEL,), C2PA, None, 8.5)
NATURAL = Finding(None, "none", None, None, (), None, None, 4.0)
MANIFESTS = (
    {"valid": False, "ours": False, "belongs": False, "problem": "x"},
    {"valid": True, "ours": True, "belongs": False},
    {"valid": True, "ours": True, "belongs": True},
    {"valid": True, "ours": False, "belongs": True},
)
CHANGES = (
    "clean", "pcm16", "mp3_128", "mp3_64", "aac_64", "opus_32", "resample_16k", "gain_-6dB",
    "crop_3s", "noise_20dB", "g711_8k", "speed_+5%", "speed_-5%", "pitch_+1", "pitch_-1",
)  # fmt: skip


def desk(language: str) -> Desk:
    return Desk(cast(Services, None), language)  # a card asks no service


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_ours_is_told_with_consent_and_certainty(language: str) -> None:
    card = finding_card(desk(language), OURS)
    for key in ("verdict_ours", "certainty_practically_certain", "voice_ready", "consent_holds"):
        assert string(key, language) in card
    assert SOURCE.consent_id in card
    assert "<script>" not in card
    assert "&lt;script&gt;" in card
    revoked = replace(SOURCE, consent_revoked="2026-11-25", voice_state="deleted")
    card = finding_card(desk(language), replace(OURS, source=revoked))
    assert string("consent_revoked", language) in card
    named = finding_card(desk(language), replace(OURS, source=replace(SOURCE, voice="Ada")))
    assert "Ada" in named


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_ours_is_not_called_natural(language: str) -> None:
    card = finding_card(desk(language), NATURAL)
    assert string("verdict_not", language) in card
    assert string("not_means", language) in card
    copied = finding_card(desk(language), replace(NATURAL, aigc=(LABEL,)))
    assert string("aigc_alone", language) in copied
    unknown: Any = replace(NATURAL, heard=replace(HEARD, known=False))
    assert "57bb9f9b" in finding_card(desk(language), unknown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_finding_can_be_told(language: str) -> None:
    for certainty in ("certain", "practically_certain", "very_likely", "possible", "none"):
        assert finding_card(desk(language), replace(OURS, certainty=certainty))
    for kind in ("spoken", "corpus-licence"):
        assert finding_card(
            desk(language), replace(OURS, source=replace(SOURCE, consent_kind=kind))
        )
    for label in ("spoken", "rhythm", "none"):
        assert finding_card(desk(language), replace(OURS, source=replace(SOURCE, label=label)))
    for told in MANIFESTS:
        assert finding_card(desk(language), replace(OURS, manifest=told))
    for c2pa in (C2PA | {"valid": False}, C2PA | {"trusted": True, "generated": False}, None):
        assert finding_card(desk(language), replace(OURS, c2pa=c2pa))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_survives_is_shown_failures_included(language: str) -> None:
    kinds = ((True, True, 9.0), (True, False, 5.5), (False, False, None), (None, None, None))
    found = [Survival(name, *kinds[number % 4]) for number, name in enumerate(CHANGES)]
    table = survival_table(desk(language), found)
    for key in ("survived_all", "survived_mark", "survived_nothing", "survived_untried"):
        assert string(key, language) in table
    assert table.count("<tr>") == len(CHANGES) + 1
