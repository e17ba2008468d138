"""Words for the full-text index: those of alphabets as they are, Chinese characters in pairs.

SQLite's tokenisers take a run of Chinese characters for one word, or find nothing under three. A run
is kept as its overlapping pairs and its last character, so that any two characters that stand
together are found, and a single one as the beginning of a pair.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(f"[{_HAN}]+|[^\\W_{_HAN}]+")
_CHINESE = re.compile(f"[{_HAN}]")
_MOST_WORDS = 12  # of a query
_LONGEST = 40  # characters of one


def indexed(text: str) -> str:
    """Return ``text`` as it is put into the index."""
    return " ".join(_indexed(text))


def facet(name: str, value: str) -> str:
    """Return the one word that stands for a facet's value in the index."""
    return "q" + name + "".join(character for character in value if character.isalnum())


def matching(text: str, facets: Iterable[str] = ()) -> str:
    """Return the index's query for all words of ``text`` and all ``facets``; empty where none."""
    parts = [f"words : {part}" for part in _asked(text)]
    parts += [f'facets : "{each}"' for each in facets]
    return " AND ".join(parts)


def runs_of(text: str) -> list[str]:
    """Return the words of ``text``, and its runs of Chinese characters, without case; as many as are asked for."""
    return _runs(text)[:_MOST_WORDS]


def _runs(text: str) -> list[str]:
    return _RUN.findall(unicodedata.normalize("NFKC", text).casefold())


def _is_chinese(run: str) -> bool:
    return bool(_CHINESE.match(run))


def _pairs(run: str) -> list[str]:
    return [run[k : k + 2] for k in range(len(run) - 1)]


def _indexed(text: str) -> Iterator[str]:
    for run in _runs(text):
        if _is_chinese(run):
            yield from _pairs(run)
            yield run[-1]
        else:
            yield run


def _asked(text: str) -> Iterator[str]:
    for run in runs_of(text):
        if not _is_chinese(run):
            yield f'"{run[:_LONGEST]}"'
        elif len(run) == 1:
            yield f'"{run}" *'
        else:
            yield '"' + " ".join(_pairs(run[:_LONGEST])) + '"'
