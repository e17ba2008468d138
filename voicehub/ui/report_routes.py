"""Reporting misuse: plain pages that need no account, no script and no session; and appeals."""

from typing import Any
from urllib.parse import quote, urlencode

import fastapi
from fastapi.responses import RedirectResponse

from voicehub.errors import NotFoundError, VoiceHubError
from voicehub.services.misuse import CATEGORIES
from voicehub.store.misuse_records import Report
from voicehub.ui.desk import Desk, Services, address_of, session_token
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import notice
from voicehub.ui.plain_pages import Form, PlainPages, field

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


class _Pages(PlainPages):
    """What the pages hold and their forms do."""

    title = "report_title"

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.misuse = services.misuse

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
            field(say("report_about"), tag("input", name="about", required=True,
                   maxlength=_MAX_ABOUT, value=given.get("about", ""))),
            field(say("report_category"), tag("select", *options, name="category")),
            field(say("report_words"), tag("textarea", given.get("words", ""), name="words",
                   rows=6, maxlength=_MAX_WORDS)),
            field(say("report_contact"), tag("input", name="contact", maxlength=_MAX_CONTACT,
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
            field(say("appeal_words"), tag("textarea", name="words", rows=6, required=True,
                   maxlength=_MAX_WORDS)),
            tag("button", say("report_send"), type="submit", class_="vh-button vh-primary"),
            method="post", action=f"/appeal/{quote(report_id)}?lang={desk.language}",
        )  # fmt: skip
