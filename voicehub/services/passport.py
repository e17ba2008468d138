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
    listening_score: float | None  # mean opinion of people, 1 to 5
    measured_at: str | None
    tier: str
    terms: Mapping[str, Any]
    consent_scope: str | None
    consent_at: str
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
        listening_score=metrics.get("listening_score"),
        measured_at=evaluations[-1].created if evaluations else None,
        tier=listing.tier,
        terms=listing.terms,
        consent_scope=consent.scope,
        consent_at=consent.created,
        consent_version=consent.text_version,
        versions=[
            Version(each.number, each.created, each.step, each.similarity, each.current)
            for each in store.checkpoints.of_voice(voice.id)
        ],
    )
