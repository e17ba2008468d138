"""Searching: English words, two Chinese characters, facets, orders; and what is gone is not found."""

from dataclasses import replace
from itertools import pairwise

import pytest
from store.people import make_local
from store.selling import make_listing

from voicehub.store.listings import ListingStore
from voicehub.store.market_records import Listing
from voicehub.store.search import ORDERS, Query, SearchStore
from voicehub.store.store import Store
from voicehub.store.words import facet, indexed, matching


def test_chinese_is_kept_in_pairs() -> None:
    assert indexed("温柔的女声，Calm!") == "温柔 柔的 的女 女声 声 calm"
    assert matching("女声") == 'words : "女声"'
    assert matching("温柔的") == 'words : "温柔 柔的"'
    assert matching("声") == 'words : "声" *'
    assert (
        matching('x" OR facets:"q')
        == 'words : "x" AND words : "or" AND words : "facets" AND words : "q"'
    )
    assert matching("", [facet("case", "customer-service")]) == 'facets : "qcasecustomerservice"'
    assert matching("!?") == ""


@pytest.fixture
def listings(store: Store) -> list[Listing]:
    seller = make_local(store, "seller")
    given = [
        {"name": "River", "description": "温柔的女声，适合有声书。", "language": "zh", "price": 300},
        {"name": "Stone", "description": "A deep narrator of old stories.", "gender": "male",
         "price": 100},
        {"name": "Lark", "description": "Bright narration for lessons.", "cases": ("education",),
         "pricing": "free", "price": 0},
    ]  # fmt: skip
    return [make_listing(store, seller, **each) for each in given]


def names(store: Store, query: Query) -> list[str]:
    return [each.name for each in SearchStore(store.database).search(query).listings]


@pytest.mark.usefixtures("listings")
def test_words_of_both_languages_find(store: Store) -> None:
    for text in ("女声", "有声", "温柔", "声书", "柔的女", "温", "river"):
        assert names(store, Query(text)) == ["River"], text
    for text in ("old", "NARRATOR stories", "deep"):
        assert names(store, Query(text)) == ["Stone"], text
    assert set(names(store, Query("narrators"))) == {"Stone", "Lark"}  # by the stem of the word
    for text in ("女书", "声女", "nothing", "!!", '" OR 1', "qgenderfemale"):
        assert names(store, Query(text)) == [], text


@pytest.mark.usefixtures("listings")
def test_facets_and_orders(store: Store) -> None:
    assert names(store, Query(gender="male")) == ["Stone"]
    assert names(store, Query(language="en", order="price")) == ["Lark", "Stone"]
    assert names(store, Query(case="education")) == ["Lark"]
    assert names(store, Query(price="free")) == ["Lark"]
    assert names(store, Query(price="1", order="price")) == ["Lark", "Stone"]
    assert names(store, Query(pricing="characters", language="zh", gender="female")) == ["River"]
    assert names(store, Query(accent="irish")) == []
    for order in ORDERS:
        assert len(names(store, Query(order=order))) == 3
    assert names(store, Query(order="newest", limit=2, offset=1)) == ["Stone", "River"]


@pytest.mark.parametrize("order", ["newest", "price", "rating", "popular", "relevance"])
def test_many_and_few_matches_give_the_same(
    store: Store, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller = make_local(store, "seller")
    for number in range(12):
        make_listing(
            store, seller, name=f"Voice {chr(97 + number)}", price=100 + 7 * (number * 5 % 12),
            gender=("male", "female")[number % 2], cases=("news", "game")[: 1 + number % 3 % 2],
        )  # fmt: skip
    queries = [
        Query("calm", gender="male"), Query(gender="female", case="game"), Query("books"), Query(),
        Query("calm", case="game", price="5"),
    ]  # fmt: skip
    queries = [replace(query, order=order) for query in queries]
    few = [names(store, query) for query in queries]
    monkeypatch.setattr("voicehub.store.search.MANY", 2)
    if order == "relevance":
        assert all(
            set(names(store, query)) <= set(f) for query, f in zip(queries, few, strict=True)
        )
    else:
        assert [names(store, query) for query in queries] == few
    monkeypatch.undo()
    if order == "price":
        prices = [x.price for x in SearchStore(store.database).search(queries[3]).listings]
        assert all(a <= b for a, b in pairwise(prices))


def test_with_facets_what_is_called_by_a_word_comes_before_what_mentions_it(store: Store) -> None:
    seller = make_local(store, "seller")
    for name, tags in (("Amber", ("calm",)), ("Birch Thunder", ("calm",)), ("Cedar", ("thunder",))):
        make_listing(store, seller, name=name, gender="female", tags=tags, description="A thunder.")
    found = names(store, Query("thunder", gender="female"))
    assert found == ["Birch Thunder", "Cedar", "Amber"]


def test_what_is_withdrawn_or_revoked_is_not_found(store: Store, listings: list[Listing]) -> None:
    found = SearchStore(store.database)
    ListingStore(store.database).withdraw(listings[0].id, listings[0].user_id)
    assert names(store, Query("女声")) == []
    store.delete_voice(listings[1].voice_id, revoke=True)
    assert names(store, Query("deep")) == []
    assert names(store, Query()) == ["Lark"]
    assert [each.name for each in found.open_ones([each.number for each in listings])] == ["Lark"]
    numbers, vectors, mark = found.sounds(0)
    assert numbers.tolist() == [listings[2].number]
    assert vectors.shape == (1, 256)
    assert found.sounds(mark)[2] == mark
