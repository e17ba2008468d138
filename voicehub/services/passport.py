"""The passport of a voice: what the database knows of it, side by side; None is "not measured"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from voicehub.services.runtime import Runtime
from voicehub.store.market_records import Listing

_LEVELS = ("pass", "warn", "fail")


@dataclass(frozen=True)
class Version:
    """One version of the weights."""

    number: int
    created: str
    step: int
    similarity: float | None
    current: bool


@dataclass(frozen=True)
class Passport:
    """Figures that were measured, and nothing that was not."""

    data_minutes: float | None
    quality: str | None  # the worst verdict on its recordings
    similarity: float | None
    similarity_natural: float | None  # of natural speech to the same speaker
    similarity_ceiling: float | None
    similarity_floor: float | None
    word_error_rate: float | None
    predicted_mos: float | None
    real_time_factor: float | None
    watermark_found: float | None  # share of marked clips in which the mark was read
    watermark_survived: float | None  # the same after MP3, Opus, telephone, noise
    listening_score: float | None  # mean of 1 to 5 stars by people who used the voice
    listening_count: int  # of these people
    measured_at: str | None
    tier: str
    terms: Mapping[str, Any]
    consent_scope: str | None
    consent_at: str
    consent_until: str | None
    consent_uses: Sequence[str]  # of speak, convert, sell
    consent_version: str | None
    versions: Sequence[Version]


def passport(runtime: Runtime, listing: Listing) -> Passport:
    """Return the passport of a listing's voice."""
    store = runtime.store
    voice = store.voice(listing.voice_id)
    consent = store.consent(voice.consent_id)
    recordings = store.recordings(voice.id)
    levels = [str(each.quality.get("level")) for each in recordings]
    known = [level for level in _LEVELS if level in levels]
    evaluations = store.evaluations(voice.id)
    metrics: Mapping[str, Any] = evaluations[-1].metrics if evaluations else {}
    rows = {row.get("system"): row for row in metrics.get("rows", [])}
    copy, speech = rows.get("this voice, copy", {}), rows.get("this voice, speech", {})
    current = store.checkpoints.current(voice.id)
    similarity = copy.get("similarity")
    uses = {
        "speak": consent.for_speech, "convert": consent.for_conversion, "sell": consent.for_sale
    }  # fmt: skip
    return Passport(
        data_minutes=sum(each.seconds for each in recordings) / 60 if recordings else None,
        quality=known[-1] if known else None,
        similarity=current.similarity if similarity is None else similarity,
        similarity_natural=rows.get("natural", {}).get("similarity"),
        similarity_ceiling=metrics.get("ceiling"),
        similarity_floor=metrics.get("floor"),
        word_error_rate=speech.get("word_error_rate"),
        predicted_mos=speech.get("mos"),
        real_time_factor=metrics.get("real_time_factor"),
        watermark_found=metrics.get("watermark_found"),
        watermark_survived=metrics.get("watermark_survived"),
        listening_score=listing.stars if listing.ratings else None,
        listening_count=listing.ratings,
        measured_at=evaluations[-1].created if evaluations else None,
        tier=listing.tier,
        terms=listing.terms,
        consent_scope=consent.scope,
        consent_at=consent.created,
        consent_until=consent.until,
        consent_uses=[use for use, given in uses.items() if given],
        consent_version=consent.text_version,
        versions=[
            Version(each.number, each.created, each.step, each.similarity, each.current)
            for each in store.checkpoints.of_voice(voice.id)
        ],
    )
