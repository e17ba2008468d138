"""The pieces that several tabs show: players, badges, progress, sample cards, receipts."""

import base64
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import gradio as gr

from voicehub.audio import quality
from voicehub.services.receipts import Receipt
from voicehub.store.records import Sample
from voicehub.ui.desk import Desk
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.strings import quality_sentence

FORMATS = ("wav", "mp3", "flac", "ogg")
# Clicks on what bears data-act become one event with what it bears.
ACTIONS = """
element.addEventListener('click', (event) => {
  const found = event.target.closest('[data-act]');
  if (found) trigger('click', {act: found.dataset.act, id: found.dataset.id || ''});
});
"""


def block(value: str = "", **given: Any) -> gr.HTML:
    """Add markup to the page, in our own looks instead of those of an article."""
    return gr.HTML(value, apply_default_css=False, **given)


def player(desk: Desk, parts: Sequence[tuple[str, float]], name: str, **attributes: Any) -> Markup:
    """Return a player of ``parts`` (address, seconds or 0); `open` says that more are to come."""
    return tag(
        "vh-player",
        class_="vh-player",
        data_parts=json.dumps([list(part) for part in parts]),
        data_name=name,
        data_play=desk.say("play"),
        data_pause=desk.say("pause"),
        data_seek=desk.say("seek"),
        data_failed=desk.say("sound_gone"),
        **{f"data_{key}": value for key, value in attributes.items()},
    )


def made_player(
    desk: Desk, parts: Sequence[tuple[str, float]], name: str, **attributes: Any
) -> Markup:
    """Return a player of speech that was made here, with the label that says so beside it."""
    label = tag("span", desk.say("ai_voice"), class_="vh-badge vh-ai")
    return tag("div", player(desk, parts, name, **attributes), label, class_="vh-made")


def downloads(desk: Desk, address: str, name: str) -> Markup:
    """Return links to a piece of speech in every format."""
    links = [
        tag(
            "a",
            shown,
            href=f"{address}?format={kind}&download=1",
            download=True,
            class_="vh-chip",
            aria_label=desk.say("download_as", name=name, kind=shown),
        )
        for kind, shown in zip(FORMATS, ("WAV", "MP3", "FLAC", "Ogg"), strict=True)
    ]
    links.append(
        tag(
            "a", desk.say("manifest"), href=address.replace("/speech/", "/manifest/"),
            download=True, class_="vh-chip", title=desk.say("manifest_title"),
        )
    )  # fmt: skip
    return tag("span", tag("span", desk.say("download"), class_="vh-soft"), *links, class_="vh-row")


def action(desk: Desk, act: str, key: str, identifier: str = "", **look: Any) -> Markup:
    """Return a button whose click reaches the handler as an event."""
    look.setdefault("class_", "vh-button")
    return tag("button", desk.say(key), type="button", data_act=act, data_id=identifier, **look)


def badge(text: str, tone: str) -> Markup:
    """Return a verdict; tones are good, fair, bad and plain."""
    return tag("span", text, class_=f"vh-badge vh-{tone}")


def picture(address: str, alt: str) -> Markup:
    """Return a drawing of sound; the space it will take is kept while it loads."""
    return tag("img", src=address, alt=alt, loading="lazy", class_="vh-picture")


def bar(fraction: float, label: str, tone: str = "") -> Markup:
    """Return a bar that is filled to ``fraction``."""
    share = min(max(fraction, 0.0), 1.0)
    return tag(
        "div",
        tag("div", style=f"width:{share:.1%}"),
        class_=f"vh-bar {tone}".strip(),
        role="progressbar",
        aria_label=label,
        aria_valuemin=0,
        aria_valuemax=100,
        aria_valuenow=round(100 * share),
    )


def notice(text: str, tone: str = "plain") -> Markup:
    """Return a sentence in a box; a screen reader says it when it comes."""
    return tag("p", text, class_=f"vh-notice vh-{tone}", role="status")


_TONES = {"pass": "good", "warn": "fair", "fail": "bad"}


def speech_seconds(sample: Sample) -> float:
    """Return how much usable speech a sample holds; nothing where a check but length failed."""
    checks = sample.quality.get("checks", [])
    if any(c["level"] == "fail" and c["code"] != "speech.too_short" for c in checks):
        return 0.0
    return quality.speech_seconds(sample.quality)


def sample_card(desk: Desk, sample: Sample) -> Markup:
    """Return a sample with its verdict, what to do better, its sound and its picture."""
    level = str(sample.quality.get("level", "pass"))
    checks = sample.quality.get("checks", [])
    problems = [check for check in checks if check["level"] != "pass"]
    advice = [
        tag("li", quality_sentence(check, desk.language), class_=f"vh-{_TONES[check['level']]}")
        for check in problems or checks[1:2]
    ]
    name = sample.original_name or desk.say("recording")
    picture = tag(
        "details",
        tag("summary", desk.say("picture")),
        tag(
            "img",
            src=f"/files/picture/{quote(sample.id)}?lang={desk.language}",
            alt=desk.say("picture_alt", name=name),
            loading="lazy",
            width=960,
            height=720,
        ),
    )
    head = tag(
        "header",
        tag("strong", name, class_="vh-clip"),
        badge(desk.say(f"level_{level}"), _TONES[level]),
        action(desk, "remove", "remove", sample.id, class_="vh-quiet",
               aria_label=desk.say("remove_name", name=name)),
    )  # fmt: skip
    sound = player(desk, [(f"/files/sample/{quote(sample.id)}", sample.seconds)], name)
    return tag("article", head, sound, tag("ul", *advice), picture, class_="vh-card vh-sample")


def receipt(desk: Desk, given: Receipt) -> Markup:
    """Return what was removed and what proof stays, to read and to keep as a file."""
    say, values = desk.say, given.as_dict()
    counted = Counter(each.kind for each in given.removed)
    size = sum(each.bytes for each in given.removed)
    rows = [
        (say("receipt_at"), given.at),
        (say("receipt_names"), ", ".join(given.names)),
        (
            say("receipt_removed"),
            say("receipt_files", count=len(given.removed), size=megabytes(size)),
        ),
        *((f"· {kind}", str(count)) for kind, count in sorted(counted.items())),
        (say("receipt_kept"), ", ".join(given.kept) or say("nothing")),
    ]
    data = base64.b64encode(json.dumps(values, ensure_ascii=False, indent=2).encode()).decode()
    return tag(
        "section",
        tag("h3", say(f"receipt_{given.action}")),
        tag("dl", *(join(tag("dt", key), tag("dd", value)) for key, value in rows)),
        tag("p", say("receipt_note"), class_="vh-soft"),
        tag("a", say("receipt_save"), class_="vh-button",
            href=f"data:application/json;base64,{data}", download="voicehub-receipt.json"),
        class_="vh-card vh-receipt", role="status",
    )  # fmt: skip


def megabytes(size: int) -> str:
    """Return a size as people say it."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.0f} kB"


def duration(desk: Desk, seconds: float) -> str:
    """Return a time in words, as exact as a waiting person needs it."""
    if seconds < 90:
        return desk.say("seconds", count=max(1, round(seconds)))
    return desk.say("minutes", count=round(seconds / 60))
