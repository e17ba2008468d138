"""Plain pages of their own: no script, forms that are read and answered here."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import fastapi
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from voicehub import __version__
from voicehub.errors import InputError
from voicehub.ui.body_limit import read_within
from voicehub.ui.desk import Desk, Services
from voicehub.ui.markup import Markup, tag
from voicehub.ui.pieces import notice
from voicehub.ui.strings import language_of

_MAX_BODY = 32_768  # bytes: all fields at their longest, in Chinese, with every byte escaped

Form = dict[str, str]
Act = Callable[[fastapi.Request, Desk, Form], fastapi.Response]


class PlainPages:
    """What all such pages share; ``title`` is the key of their title."""

    title: str
    look = "vh-narrow vh-panel vh-sheet"

    def __init__(self, services: Services) -> None:
        self.services = services

    def desk(self, request: fastapi.Request) -> Desk:
        """Return the desk in the language that was asked for."""
        asked = request.query_params.get("lang")
        accepted = language_of(request.headers.get("accept-language"))
        return Desk(self.services, asked if asked in ("en", "zh") else accepted)

    async def answer(self, request: fastapi.Request, act: Act) -> fastapi.Response:
        """Read a form, refuse what another site sent, and answer with a page."""
        desk = self.desk(request)
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            return self.page(desk, notice(desk.say("foreign_origin"), "bad"), 403)
        try:
            given = await _form_of(request, desk)
        except InputError as error:
            return self.page(desk, notice(desk.told(error), "bad"), 400)
        return await run_in_threadpool(act, request, desk, given)

    def page(self, desk: Desk, body: Markup, status: int = 200) -> fastapi.Response:
        """Return a whole page."""
        sheet = f"/static-voicehub/voicehub.css?{__version__}"
        head = tag(
            "head", tag("meta", charset="utf-8"), tag("title", desk.say(self.title)),
            tag("meta", name="viewport", content="width=device-width"),
            tag("link", rel="stylesheet", href=sheet),
        )  # fmt: skip
        inner = tag("main", body, class_=self.look)
        whole = tag("html", head, tag("body", inner), lang=desk.language)
        return HTMLResponse(f"<!doctype html>{whole}", status, {"cache-control": "no-store"})


def field(label: str, control: Markup) -> Markup:
    """Return a control of a form with its label."""
    return tag("label", tag("span", label), control, class_="vh-field")


async def _form_of(request: fastapi.Request, desk: Desk) -> Form:
    raw = await read_within(request, _MAX_BODY, desk.say("bad_report"))
    try:
        fields = parse_qs(raw.decode("ascii"), max_num_fields=10, errors="replace")
    except ValueError as error:
        raise InputError(desk.say("bad_report")) from error
    return {name: values[0] for name, values in fields.items()}
