"""Pictures and tables of the business: a seller's, and the whole installation's."""

from collections.abc import Callable, Sequence
from datetime import date

from voicehub.store.business import Day, Earned, Overview
from voicehub.store.ledger import money
from voicehub.ui.curves import Chart, Line, draw
from voicehub.ui.desk import Desk
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import badge, bar
from voicehub.ui.report_card import table


def earned_view(desk: Desk, earned: Earned) -> Markup:
    """Return what a seller's voices came to."""
    say = desk.say
    if not earned.listings:
        return tag("p", say("publish_no_earnings"), class_="vh-soft")
    heads = [say(f"earned_{key}") for key in
             ("name", "state", "plays", "listeners", "licences", "characters", "credits")]  # fmt: skip
    rows = [
        tag("tr", tag("th", each.name, scope="row"), tag("td", badge(say(f"listing_{each.state}"), "plain")),
            *(tag("td", f"{value:,}") for value in
              (each.plays, each.listeners, each.licences, each.characters)),
            tag("td", money(each.earned)))
        for each in earned.listings
    ]  # fmt: skip
    total = tag("p", tag("strong", say("earned_total", amount=money(earned.balance))))
    link = tag(
        "a", say("earned_csv"), href="/files/earnings.csv", download=True, class_="vh-button"
    )
    return join(total, table(heads, rows), _days(desk, earned.days), tag("p", link))


def overview_view(desk: Desk, overview: Overview) -> Markup:
    """Return how the installation does."""
    say = desk.say
    facts = [
        (say("founder_users"), ", ".join(f"{kind} {count}" for kind, count in sorted(overview.users.items()))),
        (say("founder_voices"), str(overview.voices)),
        (say("founder_minutes"), f"{overview.minutes:.1f}"),
        (say("founder_turnover"), money(overview.turnover)),
        (say("founder_revenue"), money(overview.revenue)),
    ]  # fmt: skip
    body = tag("dl", *(join(tag("dt", key), tag("dd", value)) for key, value in facts))
    most = max(1, *(count for _, count in overview.funnel))
    steps = [
        tag("div", tag("p", tag("span", say(f"funnel_{step}")), tag("strong", str(count)),
                       class_="vh-status-line"), bar(count / most, say(f"funnel_{step}")))
        for step, count in overview.funnel
    ]  # fmt: skip
    link = tag(
        "a", say("earned_csv"), href="/files/business.csv", download=True, class_="vh-button"
    )
    card = tag("article", body, tag("h4", say("founder_funnel")), *steps, tag("p", link),
               class_="vh-card vh-founder")  # fmt: skip
    return join(tag("h3", say("founder_title")), card, _days(desk, overview.days))


def _days(desk: Desk, days: Sequence[Day]) -> Markup:
    """Return lines over the last days."""

    def line(key: str, value: Callable[[Day], float]) -> Line:
        points = [(float(date.fromisoformat(each.day).toordinal()), value(each)) for each in days]
        first = points[0][0] if points else 0.0
        return Line(desk.say(key), [(x - first + 1, y) for x, y in points], dots=True)

    step, soon = desk.say("earned_day"), desk.say("earned_soon")
    people = [
        line("earned_plays", lambda d: d.plays),
        line("earned_listeners", lambda d: d.listeners),
    ]
    charts = [
        draw(Chart(desk.say("earned_heard"), step, people, empty=soon, least=0.0)),
        draw(Chart(desk.say("earned_characters"), step,
                   [line("earned_characters", lambda d: d.characters)], empty=soon, least=0.0)),
        draw(Chart(desk.say("earned_credits"), step,
                   [line("earned_credits", lambda d: d.earned / 100)], empty=soon, least=0.0)),
    ]  # fmt: skip
    return tag("div", *charts, class_="vh-charts")
