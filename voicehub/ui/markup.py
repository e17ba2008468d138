"""Markup built from parts, so that text from people is always text."""

import html
from typing import Any

_VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})


class Markup(str):
    """Text that is markup already; any other string is escaped where it is put into an element."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: Any) -> Markup:
    """Return an element; `class_` is `class`, `data_x` is `data-x`, True stands bare, None is left out."""
    given = "".join(
        f" {_attribute(key)}" + ("" if value is True else f'="{html.escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{join(*children)}</{name}>")


def join(*children: object) -> Markup:
    """Return the children one after the other, escaped unless they are markup; None is nothing."""
    return Markup("".join(_child(child) for child in children))


def _child(child: object) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return str(child)
    if isinstance(child, (list, tuple)):
        return str(join(*child))
    return html.escape(str(child))


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
