"""Reporting misuse: plain pages that need no account, no script and no session; and appeals."""

from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import fastapi
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from voicehub import __version__
from voicehub.errors import InputError, NotFoundError, VoiceHubError
from voicehub.services.misuse import CATEGORIES
from voicehub.store.misuse_records import Report
from voicehub.ui.desk import Desk, Services, address_of, session_token
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import notice
from voicehub.ui.strings import language_of

_MAX_BODY = 32_768  # bytes: all fields at their longest, in Chinese, with every byte escaped
_MAX_ABOUT, _MAX_WORDS, _MAX_CONTACT = 500, 4000, 200


def report_routes(services: Services) -> fastapi.APIRouter:
    """Return the routes `/report` and `/appeal`."""
    routes, pages = fastapi.APIRouter(), _Pages(services)

    @routes.get("/report")
    def form(request: fastapi.Request, about: str = "") -> Any:
        desk = pages.desk(request)
        return pages.page(desk, pages.form(desk, {"about": about[:_MAX_ABOUT]}))

    @routes.post("/report")
    async def send(request: fastapi.Request) -> Any:
        return await pages.answer(request, pages.send)

    @routes.get("/report/{report_id}")
    def state(report_id: str, request: fastapi.Request) -> Any:
        return pages.state(request, report_id)

    @routes.get("/appeal/{report_id}")
    def appeal_form(report_id: str, request: fastapi.Request) -> Any:
        desk = pages.desk(request)
        return pages.page(desk, pages.appeal_form(desk, report_id))

    @routes.post("/appeal/{report_id}")
    async def appeal(report_id: str, request: fastapi.Request) -> Any:
        return await pages.answer(request, lambda *given: pages.appeal(report_id, *given))

    return routes


def report_link(desk: Desk, about: str) -> Markup:
    """Return the link by which anybody reports a voice or a piece of speech."""
    address = "/report?" + urlencode({"about": about, "lang": desk.language})
    return tag("a", desk.say("report_link"), href=address, class_="vh-quiet", target="_blank")


def takedown_notices(desk: Desk, reports: list[Report]) -> Markup:
    """Return what an owner is told of voices that are down, with the way to appeal."""
    told = []
    for each in reports:
        say = desk.say
        when = (each.decided or "")[:16].replace("T", " ")
        text = say("taken_down", time=when, category=say(f"report_category_{each.category}"))
        address = f"/appeal/{quote(each.id)}?lang={desk.language}"
        way: object = say("appeal_noted")
        if each.appeal is None:
            way = tag("a", say("appeal_link"), href=address, class_="vh-button")
        told.append(tag("div", notice(text, "bad"), way, class_="vh-card"))
    return join(*told)


Form = dict[str, str]


class _Pages:
    """What the pages hold and their forms do."""

    def __init__(self, services: Services) -> None:
        self.services, self.misuse = services, services.misuse

    def desk(self, request: fastapi.Request) -> Desk:
        """Return the desk in the language that was asked for."""
        asked = request.query_params.get("lang")
        accepted = language_of(request.headers.get("accept-language"))
        return Desk(self.services, asked if asked in ("en", "zh") else accepted)

    async def answer(self, request: fastapi.Request, act: Any) -> fastapi.Response:
        """Read a form, refuse what another site sent, and answer with a page."""
        desk = self.desk(request)
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            return self.page(desk, notice(desk.say("foreign_origin"), "bad"), 403)
        try:
            given = await self._given(request, desk)
        except InputError as error:
            return self.page(desk, notice(desk.told(error), "bad"), 400)
        return await run_in_threadpool(act, request, desk, given)

    def send(self, request: fastapi.Request, desk: Desk, given: Form) -> fastapi.Response:
        """Take a report, and go to the page that shows how it stands."""
        try:
            report = self.misuse.report(
                given.get("about", ""), given.get("category", ""), given.get("words", ""),
                given.get("contact", ""), address=address_of(request),
                reporter=self.services.accounts.by_token(session_token(request)),
            )  # fmt: skip
        except VoiceHubError as error:
            said = notice(desk.told(error), "bad")
            return self.page(desk, join(said, self.form(desk, given)), 400)
        return RedirectResponse(f"/report/{report.id}?lang={desk.language}", 303)

    def state(self, request: fastapi.Request, report_id: str) -> fastapi.Response:
        """Show how a report stands to whom its address was given to."""
        desk = self.desk(request)
        try:
            report = self.misuse.status(report_id)
        except NotFoundError as error:
            return self.page(desk, notice(desk.told(error), "bad"), 404)
        say = desk.say
        stands = say(f"report_state_{report.decision or report.state}")
        due = {"received": report.acknowledge_by, "acknowledged": report.decide_by}
        rows = [
            (say("report_about"), report.about),
            (say("report_category"), say(f"report_category_{report.category}")),
            (say("receipt_at"), report.received[:16].replace("T", " ")),
            (say("report_stands"), stands),
        ]
        if report.state in due:
            rows.append((say("report_due"), due[report.state][:16].replace("T", " ")))
        body = tag("dl", *(join(tag("dt", key), tag("dd", value)) for key, value in rows))
        note = tag("p", say("report_keep"), class_="vh-soft")
        return self.page(desk, join(tag("h1", say("report_thanks")), body, note))

    def appeal(
        self, report_id: str, request: fastapi.Request, desk: Desk, given: Form
    ) -> fastapi.Response:
        """Note an owner's appeal."""
        try:
            user = self.services.accounts.by_token(session_token(request))
            if user is None:
                raise NotFoundError(desk.say("nothing_yours"))
            self.misuse.appeal(user, report_id, given.get("words", ""))
        except VoiceHubError as error:
            said = notice(desk.told(error), "bad")
            return self.page(desk, join(said, self.appeal_form(desk, report_id)), 400)
        return self.page(desk, notice(desk.say("appeal_noted"), "good"))

    def form(self, desk: Desk, given: Form) -> Markup:
        """Return the form of a report with what was given before."""
        say = desk.say
        options = [
            tag("option", say(f"report_category_{each}"), value=each,
                selected=given.get("category") == each)
            for each in CATEGORIES
        ]  # fmt: skip
        return tag(
            "form",
            tag("h1", say("report_title")), tag("p", say("report_intro"), class_="vh-soft"),
            _field(say("report_about"), tag("input", name="about", required=True,
                   maxlength=_MAX_ABOUT, value=given.get("about", ""))),
            _field(say("report_category"), tag("select", *options, name="category")),
            _field(say("report_words"), tag("textarea", given.get("words", ""), name="words",
                   rows=6, maxlength=_MAX_WORDS)),
            _field(say("report_contact"), tag("input", name="contact", maxlength=_MAX_CONTACT,
                   value=given.get("contact", ""))),
            tag("button", say("report_send"), type="submit", class_="vh-button vh-primary"),
            method="post", action=f"/report?lang={desk.language}",
        )  # fmt: skip

    def appeal_form(self, desk: Desk, report_id: str) -> Markup:
        """Return the form of an appeal; whose voice it is is asked when it is sent."""
        say = desk.say
        return tag(
            "form",
            tag("h1", say("appeal_title")), tag("p", say("appeal_intro"), class_="vh-soft"),
            _field(say("appeal_words"), tag("textarea", name="words", rows=6, required=True,
                   maxlength=_MAX_WORDS)),
            tag("button", say("report_send"), type="submit", class_="vh-button vh-primary"),
            method="post", action=f"/appeal/{quote(report_id)}?lang={desk.language}",
        )  # fmt: skip

    def page(self, desk: Desk, body: Markup, status: int = 200) -> fastapi.Response:
        """Return a whole page."""
        sheet = f"/static-voicehub/voicehub.css?{__version__}"
        head = tag(
            "head", tag("meta", charset="utf-8"), tag("title", desk.say("report_title")),
            tag("meta", name="viewport", content="width=device-width"),
            tag("link", rel="stylesheet", href=sheet),
        )  # fmt: skip
        inner = tag("main", body, class_="vh-narrow vh-panel vh-sheet")
        whole = tag("html", head, tag("body", inner), lang=desk.language)
        return HTMLResponse(f"<!doctype html>{whole}", status, {"cache-control": "no-store"})

    async def _given(self, request: fastapi.Request, desk: Desk) -> Form:
        raw = b""
        async for part in request.stream():
            raw += part
            if len(raw) > _MAX_BODY:
                raise InputError(desk.say("bad_report"))
        try:
            fields = parse_qs(raw.decode("ascii"), max_num_fields=10, errors="replace")
        except ValueError as error:
            raise InputError(desk.say("bad_report")) from error
        return {name: values[0] for name, values in fields.items()}


def _field(label: str, control: Markup) -> Markup:
    return tag("label", tag("span", label), control, class_="vh-field")
