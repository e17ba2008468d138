"""What programs send to endpoints that have no component: as the kind of value that is needed, or refused."""

from typing import Any

from pydantic import TypeAdapter, ValidationError

from voicehub.errors import InputError


def given(kind: Any, name: str, value: Any) -> Any:
    """Return ``value`` as a ``kind`` of the type hints; raise ``InputError`` with what is wrong about ``name``."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([name, *map(str, first["loc"])])
        raise InputError(f"{where} cannot be used: {first['msg']}") from error
