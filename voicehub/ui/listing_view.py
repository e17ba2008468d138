"""How a listing looks: its card among others, and its page with clips, passport and licence."""

from collections.abc import Sequence
from urllib.parse import quote

from voicehub.services.market import Card
from voicehub.services.passport import Passport
from voicehub.store.ledger import money
from voicehub.store.market_records import Listing
from voicehub.ui.desk import Desk
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.passport_view import passport_card
from voicehub.ui.pieces import action, badge, player
from voicehub.ui.report_routes import report_link


def cards(desk: Desk, found: Sequence[Card], kept: Sequence[str] = ()) -> Markup:
    """Return listings side by side."""
    return tag("div", *(_card(desk, each, each.listing.id in kept) for each in found),
               class_="vh-market")  # fmt: skip


def price(desk: Desk, pricing: str, amount: int) -> str:
    """Return what a voice costs, in words."""
    return desk.say(f"market_price_{pricing}", amount=money(amount))


def stars(desk: Desk, listing: Listing) -> Markup:
    """Return the mean rating, and how many gave one."""
    if not listing.ratings:
        return tag("span", desk.say("market_unrated"), class_="vh-soft")
    said = desk.say("market_stars", stars=listing.stars, count=listing.ratings)
    return tag("span", "★ ", said, class_="vh-soft")


def _card(desk: Desk, card: Card, kept: bool) -> Markup:
    listing = card.listing
    say = desk.say
    keep = tag(
        "button", "♥" if kept else "♡", type="button", class_="vh-quiet", data_act="keep",
        data_id=listing.id, aria_pressed=str(kept).lower(),
        aria_label=say("market_keep", name=listing.name), title=say("market_keep", name=listing.name),
    )  # fmt: skip
    head = tag("header", tag("strong", listing.name, class_="vh-clip"), keep)
    near = (
        badge(say("market_likeness", value=card.likeness), "good")
        if card.likeness is not None
        else None
    )
    marks = tag("p", near, *_badges(desk, listing), class_="vh-marks")
    sound = _sound(desk, listing, card)
    foot = tag(
        "footer", tag("strong", price(desk, listing.pricing, listing.price)), stars(desk, listing),
        action(desk, "open", "market_open", listing.id,
               aria_label=say("market_open_name", name=listing.name)),
        report_link(desk, listing.id),
    )  # fmt: skip
    seller = tag("p", say("market_by", name=card.seller), class_="vh-soft")
    text = tag("p", listing.description, class_="vh-said")
    return tag("article", head, seller, marks, text, sound, foot, class_="vh-card")


def _badges(desk: Desk, listing: Listing) -> list[Markup]:
    shown = [
        desk.say(f"language_{listing.language}"), desk.say(f"facet_{listing.gender}"),
        desk.say(f"facet_{listing.age}"), desk.say(f"facet_{listing.accent}"),
        desk.say(f"facet_{listing.tier}"),
    ]  # fmt: skip
    return [badge(each, "plain") for each in shown]


def _sound(desk: Desk, listing: Listing, card: Card) -> Markup:
    parts = [(clip_address(listing.id, each.number), each.seconds) for each in card.clips[:1]]
    return player(desk, parts, listing.name)


def clip_address(listing_id: str, number: int) -> str:
    """Return the address of a clip."""
    return f"/files/listing/{quote(listing_id)}/{number}"


def listing_page(desk: Desk, card: Card, found: Passport, text: str, digest: str) -> Markup:
    """Return all there is to know of a listing, with the words of its licence."""
    listing, say = card.listing, desk.say
    clips = [
        tag("div", tag("p", each.text, lang=listing.language, class_="vh-said"),
            player(desk, [(clip_address(listing.id, each.number), each.seconds)], listing.name))
        for each in card.clips
    ]  # fmt: skip
    cases = [badge(say(f"facet_{case}"), "plain") for case in listing.cases]
    head = tag("header", tag("h3", listing.name), stars(desk, listing))
    about = tag(
        "article", head, tag("p", say("market_by", name=card.seller), class_="vh-soft"),
        tag("p", *_badges(desk, listing), *cases, class_="vh-marks"), tag("p", listing.description),
        tag("p", *(tag("span", "#", each, " ", class_="vh-soft") for each in listing.tags)), *clips,
        tag("footer", report_link(desk, listing.id)), class_="vh-card",
    )  # fmt: skip
    licence = tag(
        "article", tag("h3", say("market_licence")),
        tag("p", tag("strong", price(desk, listing.pricing, listing.price))),
        tag("pre", text, class_="vh-licence"),
        tag("p", say("market_licence_hash", hash=digest), class_="vh-soft vh-hash"), class_="vh-card",
    )  # fmt: skip
    return join(about, passport_card(desk, found), licence)
