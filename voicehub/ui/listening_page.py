"""The page of a blind listening test: one file beside its sounds, that needs no server and asks for nothing outside."""

import json
from pathlib import Path

from voicehub.evaluation.listening import BEST, WORST, sound_names
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.strings import string

_STATIC = Path(__file__).parent / "static"
_RATINGS = range(WORST, BEST + 1)


def listening_page(test: str, count: int, language: str) -> str:
    """Return the page of a test with ``count`` pairs, whose sounds lie in ``sounds/`` beside it."""

    def say(key: str, **values: object) -> str:
        return string(key, language, **values)

    texts = {"progress": say("listening_progress"), "test": test}
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width"),
        tag("title", say("listening_title")),
        tag("style", Markup((_STATIC / "listening.css").read_text("utf-8"))),
    )
    main = tag(
        "main",
        tag("h1", say("listening_title")),
        tag("p", say("listening_intro")),
        tag("p", say("listening_privacy"), class_="soft"),
        *(_pair(number, count, language) for number in range(1, count + 1)),
        tag(
            "footer",
            tag("output", id="progress"),
            tag("button", say("listening_save"), id="save", type="button"),
            tag("p", say("listening_send"), class_="soft"),
        ),
    )
    script = tag("script", Markup((_STATIC / "listening.js").read_text("utf-8")))
    told = tag("script", Markup(json.dumps(texts)), type="application/json", id="texts")
    body = tag("body", main, told, script)
    return f"<!doctype html>{tag('html', head, body, lang=language)}"


def _pair(number: int, count: int, language: str) -> Markup:
    players = (
        tag(
            "label",
            tag("span", letter),
            tag("audio", src=f"sounds/{name}", controls=True, preload="none"),
        )
        for letter, name in zip("AB", sound_names(number), strict=True)
    )
    ratings = (
        tag(
            "label",
            tag("input", type="radio", name=f"pair-{number}", value=rating),
            tag("span", string(f"listening_rate_{rating - WORST}", language)),
        )
        for rating in _RATINGS
    )
    return tag(
        "fieldset",
        tag("legend", string("listening_pair", language, number=number, count=count)),
        tag("div", *players, class_="players"),
        tag("p", string("listening_question", language)),
        tag("div", join(*ratings), class_="ratings"),
        data_pair=number,
    )
