"""How the passport of a voice looks: what was measured, between which bounds, and what was not."""

from voicehub.services.passport import Passport
from voicehub.ui.desk import Desk
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import badge, bar
from voicehub.ui.report_card import figure, table

# Figures with their decimals, in the order in which they stand.
_FIGURES = (
    ("similarity_natural", 3), ("similarity_ceiling", 3), ("similarity_floor", 3),
    ("word_error_rate", 2), ("predicted_mos", 2), ("real_time_factor", 2),
)  # fmt: skip


def passport_card(desk: Desk, found: Passport) -> Markup:
    """Return the passport; what was not measured says so."""
    say = desk.say
    rows = [("data_minutes", _figure(desk, found.data_minutes, 1))]
    quality = say(f"level_{found.quality}") if found.quality else _missing(desk)
    rows += [("quality", quality), ("similarity", _similarity(desk, found))]
    rows += [(key, _figure(desk, getattr(found, key), digits)) for key, digits in _FIGURES]
    rows += [
        ("watermark", _watermark(desk, found)), ("listening_score", _listening(desk, found)),
        ("measured", found.measured_at[:10] if found.measured_at else _missing(desk)),
        ("tier", say(f"facet_{found.tier}")), ("consent", _consent(desk, found)),
    ]  # fmt: skip
    body = tag("dl", *(join(tag("dt", say(f"passport_{key}")), tag("dd", value))
                       for key, value in rows))  # fmt: skip
    versions = [
        tag("tr", tag("td", f"v{each.number}"), tag("td", each.created[:10]),
            tag("td", str(each.step)), tag("td", figure(each.similarity, 3)),
            tag("td", badge(say("current"), "good") if each.current else ""))
        for each in found.versions
    ]  # fmt: skip
    heads = [say("board_version"), say("created"), say("board_step"), say("board_similarity"), ""]
    note = tag("p", say("passport_note"), class_="vh-soft")
    return tag("article", tag("h3", say("passport_title")), body, table(heads, versions), note,
               class_="vh-card vh-passport")  # fmt: skip


def _similarity(desk: Desk, found: Passport) -> Markup | str:
    """Return the similarity and, where both bounds are known, where it lies between them."""
    value, low, high = found.similarity, found.similarity_floor, found.similarity_ceiling
    shown = _figure(desk, value, 3)
    if value is None or low is None or high is None or high <= low:
        return shown
    return join(shown, bar((value - low) / (high - low), desk.say("passport_band")))


def _watermark(desk: Desk, found: Passport) -> Markup | str:
    if found.watermark_found is None or found.watermark_survived is None:
        return _missing(desk)
    return desk.say("passport_watermark_value", found=found.watermark_found,
                    survived=found.watermark_survived)  # fmt: skip


def _listening(desk: Desk, found: Passport) -> Markup | str:
    if found.listening_score is None:
        return tag("span", desk.say("passport_listening_none"), class_="vh-soft")
    return desk.say(
        "passport_listening_value", score=found.listening_score, count=found.listening_count
    )


def _consent(desk: Desk, found: Passport) -> Markup:
    uses = [desk.say(f"use_{use}") for use in found.consent_uses]
    until = [desk.say("until", date=found.consent_until[:10])] if found.consent_until else []
    scope = [found.consent_scope] if found.consent_scope else []
    return join(" · ".join([*scope, *uses, found.consent_at[:10], *until]))


def _figure(desk: Desk, value: float | None, digits: int) -> Markup | str:
    return _missing(desk) if value is None else figure(value, digits)


def _missing(desk: Desk) -> Markup:
    return tag("span", desk.say("passport_missing"), class_="vh-soft")
