"""What is one's own at the market: credits, licences, receipts, favourites and collections."""

from voicehub.store.ledger import money
from voicehub.store.records import User
from voicehub.ui.desk import Desk
from voicehub.ui.listing_view import price
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import action, badge, notice
from voicehub.ui.report_card import table

_RECEIPTS = 10


def shelf(desk: Desk, user: User | None) -> Markup:
    """Return all of it, or that it needs an account."""
    if user is None or user.kind == "guest":
        return notice(desk.say("market_need_account"))
    return tag("div", _credits(desk, user), _licences(desk, user), _kept(desk, user),
               class_="vh-market")  # fmt: skip


def _credits(desk: Desk, user: User) -> Markup:
    say, market = desk.say, desk.services.market
    lines = [
        tag("tr", tag("td", use.created[:10]), tag("td", str(use.characters)),
            tag("td", money(use.amount)),
            tag("td", badge(say("market_refunded"), "fair") if use.refunded else ""))
        for use in market.receipts(user)[:_RECEIPTS]
    ]  # fmt: skip
    heads = [say("created"), say("market_characters"), say("market_cost"), ""]
    receipts = (
        table(heads, lines) if lines else tag("p", say("market_no_receipts"), class_="vh-soft")
    )
    balance = tag("p", tag("strong", say("market_balance", amount=money(market.balance(user)))))
    note = tag("p", say("market_demo"), class_="vh-soft")
    return tag(
        "article", tag("h4", say("market_credits")), balance, note, receipts, class_="vh-card"
    )


def _licences(desk: Desk, user: User) -> Markup:
    rows = [
        tag("li", tag("strong", listing.name), " · ", desk.say(f"facet_{licence.tier}"), " · ",
            price(desk, licence.pricing, licence.price), " · ",
            tag("span", licence.text_sha256[:12], class_="vh-soft"),
            _ending(desk, listing.ends or licence.expires))
        for licence, listing in desk.services.market.licensed(user)
    ]  # fmt: skip
    none = tag("p", desk.say("market_no_licences"), class_="vh-soft")
    inside = tag("ul", *rows) if rows else none
    return tag("article", tag("h4", desk.say("market_licences")), inside, class_="vh-card")


def _ending(desk: Desk, ends: str | None) -> Markup | None:
    return tag("span", " · ", desk.say("market_until", time=ends[:10])) if ends else None


def _kept(desk: Desk, user: User) -> Markup:
    market, say = desk.services.market, desk.say
    names = {card.listing.id: card.listing.name for card in market.favourites(user)}
    favourites = [_opener(desk, each, name) for each, name in names.items()]
    parts = [tag("h4", say("market_favourites"))]
    parts.append(tag("p", *favourites, class_="vh-row") if favourites
                 else tag("p", say("market_no_favourites"), class_="vh-soft"))  # fmt: skip
    for collection in market.collections(user):
        parts.append(tag("h4", collection.name))
        cards = [market.card(each).listing for each in collection.listings]
        parts.append(
            tag("p", *(join(_opener(desk, each.id, each.name),
                            action(desk, "take-out", "remove", f"{collection.id} {each.id}",
                                   class_="vh-quiet", aria_label=say("remove_name", name=each.name)))
                       for each in cards), class_="vh-row")
        )  # fmt: skip
    return tag("article", *parts, class_="vh-card")


def _opener(desk: Desk, listing_id: str, name: str) -> Markup:
    return tag("button", name, type="button", class_="vh-chip", data_act="open", data_id=listing_id,
               aria_label=desk.say("market_open_name", name=name))  # fmt: skip
