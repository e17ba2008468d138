"""The report card of a voice: its measures beside natural speech, a baseline and the ceiling."""

from collections.abc import Mapping, Sequence
from typing import Any

from voicehub.ui.desk import Desk
from voicehub.ui.job_view import Seen, job_file
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import made_player, picture, player

# What is measured: its key, its decimals, and whether more is better.
_MEASURES = (
    ("similarity", 3, True),
    ("mos", 2, True),
    ("word_error_rate", 2, False),
    ("mel_mse", 2, False),
    ("mel_correlation", 2, True),
    ("mcd_db", 1, False),
    ("f0_rmse_cents", 0, False),
    ("voicing_error", 2, False),
)
_SYSTEMS = {
    "natural": "system_natural",
    "griffin-lim copy": "system_baseline",
    "zero-shot copy": "system_zero_copy",
    "this voice, copy": "system_voice_copy",
    "zero-shot speech": "system_zero_speech",
    "this voice, speech": "system_voice_speech",
}

_NOTES = {
    "ceiling": "ceiling_note",
    "floor": "floor_note",
    "watermark_found": "watermark_found_note",
    "watermark_survived": "watermark_survived_note",
}


def report_card(desk: Desk, results: Mapping[str, Any]) -> Markup:
    """Return the measures of a voice beside those of natural speech, baseline, ceiling and floor."""
    rows = results.get("rows") or []
    keys = [m for m in _MEASURES if any(row.get(m[0]) is not None for row in rows)]
    heads = [desk.say("system")] + [
        desk.say(f"measure_{key}") + (" ↑" if more else " ↓") for key, _, more in keys
    ]
    body = []
    for row in rows:
        name = str(row.get("system", ""))
        cells = [tag("td", figure(row.get(key), digits)) for key, digits, _ in keys]
        own = "vh-own" if name.startswith("this voice") else None
        system = desk.say(_SYSTEMS[name]) if name in _SYSTEMS else name
        body.append(tag("tr", tag("th", system, scope="row"), *cells, class_=own))
    notes = [
        tag("p", desk.say(sentence, value=results[key]))
        for key, sentence in _NOTES.items()
        if results.get(key) is not None
    ]
    return join(table(heads, body), *notes, tag("p", desk.say("measures_note"), class_="vh-soft"))


def examples(desk: Desk, seen: Seen) -> Markup:
    """Return a natural sentence and its copy by the voice, to hear and to see side by side."""
    shown = []
    for each in seen.of("example"):
        name = desk.say(f"example_{each['name']}")
        files = str(each["file"]), str(each["pictures"][desk.language])
        sound, drawn = (job_file(seen.view.job.id, file) for file in files)
        drawing = picture(drawn, desk.say("picture_alt", name=name))
        play = player if each["name"] == "natural" else made_player
        heard = play(desk, [(sound, 0.0)], name)
        shown.append(tag("div", tag("h4", name), heard, drawing, class_="vh-card"))
    return tag("div", *shown, class_="vh-charts") if shown else join()


def table(heads: Sequence[str], rows: Sequence[Markup]) -> Markup:
    """Return a table that scrolls within itself on a narrow screen."""
    head = tag("thead", tag("tr", *(tag("th", each, scope="col") for each in heads)))
    return tag("div", tag("table", head, tag("tbody", *rows)), class_="vh-table", tabindex=0)


def figure(value: Any, digits: int) -> str:
    """Return a figure, or a dash where there is none."""
    return "–" if value is None else f"{float(value):.{digits}f}"
