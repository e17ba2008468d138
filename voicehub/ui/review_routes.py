"""The reviewer's queue: what waits for a person, to listen to and decide; for founders alone."""

from typing import Any
from urllib.parse import quote

import fastapi
from fastapi.responses import RedirectResponse

from voicehub.errors import NotFoundError, VoiceHubError
from voicehub.store.market_records import Listing
from voicehub.store.records import User
from voicehub.ui.desk import Desk, Services, is_founder, session_token
from voicehub.ui.listing_view import price
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import notice
from voicehub.ui.plain_pages import Form, PlainPages, field
from voicehub.ui.report_card import table

_MAX_NOTE = 400  # characters


def review_routes(services: Services) -> fastapi.APIRouter:
    """Return the routes under `/review`; for anybody but a founder there is nothing."""
    routes, pages = fastapi.APIRouter(), _Pages(services)

    @routes.get("/review")
    def queue(request: fastapi.Request) -> Any:
        desk = pages.desk(request)
        return pages.queue(desk) if pages.founder(request) else pages.nothing(desk)

    @routes.post("/review/{row_id}")
    async def decide(row_id: str, request: fastapi.Request) -> Any:
        return await pages.answer(request, lambda *given: pages.decide(row_id, *given))

    return routes


def review_link(desk: Desk) -> Markup:
    """Return the way to the queue, with how many things wait in it."""
    services = desk.services
    count = len(services.reviews.waiting()) + len(services.review.waiting())
    address = f"/review?lang={desk.language}"
    return tag("a", desk.say("review_link", count=count), href=address, class_="vh-button")


class _Pages(PlainPages):
    title = "review_title"
    look = "vh-panel vh-sheet"

    def founder(self, request: fastapi.Request) -> User | None:
        """Return who is asking, where it is a founder."""
        user = self.services.accounts.by_token(session_token(request))
        return user if user is not None and is_founder(user) else None

    def nothing(self, desk: Desk) -> fastapi.Response:
        """Answer as where nothing is."""
        return self.page(desk, notice(desk.say("nothing_yours"), "bad"), 404)

    def decide(
        self, row_id: str, request: fastapi.Request, desk: Desk, given: Form
    ) -> fastapi.Response:
        """Accept or refuse what was listened to."""
        founder = self.founder(request)
        if founder is None:
            return self.nothing(desk)
        note, decision = given.get("note", "")[:_MAX_NOTE], given.get("decision")
        listed = [each for each in self.services.review.waiting() if each.id == row_id]
        try:
            if decision not in ("accept", "refuse"):
                raise NotFoundError(desk.say("nothing_yours"))
            if not listed:
                self.services.reviews.decide(row_id, decision == "accept", note, founder.id)
            elif decision == "accept":
                self.services.review.approve(row_id)
            else:
                self.services.review.refuse(row_id, note)
        except VoiceHubError as error:
            status = 404 if isinstance(error, NotFoundError) else 400
            return self.queue(desk, notice(desk.told(error), "bad"), status)
        return RedirectResponse(f"/review?lang={desk.language}", 303)

    def queue(self, desk: Desk, said: Markup | None = None, status: int = 200) -> fastapi.Response:
        """Show all that waits."""
        cards = [_card(desk, each) for each in self.services.reviews.waiting()]
        cards += [self._listing(desk, each) for each in self.services.review.waiting()]
        head = join(
            tag("h1", desk.say("review_title")),
            tag("p", desk.say("review_intro"), class_="vh-soft"),
        )
        none = tag("p", desk.say("review_none"), class_="vh-soft")
        return self.page(desk, join(head, said, *(cards or [none])), status)

    def _listing(self, desk: Desk, listing: Listing) -> Markup:
        clips = self.services.review.listings.clips(listing.id)
        sounds = [
            _sound(listing.id, number, each.text) for number, each in enumerate(clips)
        ]  # fmt: skip
        facts = [
            tag("p", listing.description),
            tag("p", price(desk, listing.pricing, listing.price), class_="vh-soft"),
        ]
        return tag(
            "article", _head(desk, "listing", listing.created, listing.name), *facts,
            tag("div", *sounds, class_="vh-pair"), _decision(desk, listing.id, must=True),
            class_="vh-card",
        )  # fmt: skip


def _card(desk: Desk, waiting: dict[str, Any]) -> Markup:
    """Return a statement, or a statement and a recording side by side, with what was measured."""
    parts = ("statement", "recording")
    sounds = [
        _sound(waiting["id"], number, desk.say(f"review_part_{part}"))
        for number, part in enumerate(parts[: len(waiting["files"])])
    ]
    rows = [
        tag("tr", tag("th", desk.say(f"review_score_{each['name']}"), scope="row"),
            *(tag("td", text) for text in _figures(each)))
        for each in waiting["scores"]
    ]  # fmt: skip
    heads = ["", desk.say("review_value"), desk.say("review_from"), desk.say("review_below")]
    words = tag("blockquote", waiting["text"]) if waiting["text"] else None
    return tag(
        "article", _head(desk, waiting["what"], waiting["created"]), words,
        tag("div", *sounds, class_="vh-pair"), table(heads, rows) if rows else None,
        _decision(desk, waiting["id"]), class_="vh-card",
    )  # fmt: skip


def _figures(score: dict[str, Any]) -> tuple[str, str, str]:
    """Return a score and its limits; most must be high, and what was not explained low."""
    rising = score["accept"] >= score["refuse"]
    accept, refuse = ("≥", "<") if rising else ("≤", ">")
    return (
        f"{score['value']:g}", f"{accept} {score['accept']:g}", f"{refuse} {score['refuse']:g}"
    )  # fmt: skip


def _head(desk: Desk, what: str, created: str, name: str = "") -> Markup:
    when = created[:16].replace("T", " ")
    title = " · ".join(filter(None, (desk.say(f"review_what_{what}"), name)))
    return tag("header", tag("strong", title), tag("span", f"{when} UTC", class_="vh-soft"))


def _sound(row_id: str, number: int, label: str) -> Markup:
    address = f"/files/review/{quote(row_id)}/{number}"
    player = tag("audio", controls=True, preload="none", src=address, aria_label=label)
    return tag("figure", tag("figcaption", label), player)


def _decision(desk: Desk, row_id: str, must: bool = False) -> Markup:
    """Return the form of a decision; ``must`` where a refusal is told to somebody with its reason."""
    note = tag("input", name="note", maxlength=_MAX_NOTE)
    buttons = [
        tag("button", desk.say(key), name="decision", value=act, type="submit", class_=look)
        for act, key, look in (
            ("accept", "review_accept", "vh-button vh-primary"),
            ("refuse", "review_refuse", "vh-button"),
        )
    ]
    label = desk.say("review_reason" if must else "review_note")
    address = f"/review/{quote(row_id)}?lang={desk.language}"
    return tag(
        "form", field(label, note), tag("div", *buttons, class_="vh-row"),
        method="post", action=address,
    )  # fmt: skip
