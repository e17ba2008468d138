"""The label of generated content that China's labelling measures ask for: one string of JSON."""

import json
from dataclasses import dataclass
from typing import Any

from voicehub.errors import InputError

GENERATED = "1"  # certainly generated; "2" may be, "3" is suspected to be
_MAX_CHARACTERS = 200  # of a value
_FIELDS = {
    "Label": "label",
    "ContentProducer": "producer",
    "ProduceID": "produce_id",
    "ContentPropagator": "propagator",
    "PropagateID": "propagate_id",
}


@dataclass(frozen=True)
class Aigc:
    """Who made a file and under which number; on first writing who spreads it is who made it."""

    producer: str
    produce_id: str
    propagator: str
    propagate_id: str
    label: str = GENERATED

    def __post_init__(self) -> None:
        for name in ("producer", "produce_id", "propagator", "propagate_id"):
            length = len(getattr(self, name))
            if not 1 <= length <= _MAX_CHARACTERS:
                raise InputError(f"{name} needs 1 to {_MAX_CHARACTERS} characters, got {length}")

    @classmethod
    def first(cls, producer: str, produce_id: str) -> "Aigc":
        """Return the label of a file that its producer writes for the first time."""
        return cls(producer, produce_id, producer, produce_id)

    def text(self) -> str:
        """Return the string as it stands in a file: ASCII, so that every container can hold it."""
        values = {
            "Label": self.label,
            "ContentProducer": self.producer,
            "ProduceID": self.produce_id,
            "ReservedCode1": "",
            "ContentPropagator": self.propagator,
            "PropagateID": self.propagate_id,
            "ReservedCode2": "",
        }
        return json.dumps({"AIGC": values}, separators=(",", ":"))


def parse_aigc(text: str) -> dict[str, str] | None:
    """Return what a label says, by the names of `Aigc`; None where ``text`` is no such label."""
    try:
        values: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    values = values.get("AIGC", values) if isinstance(values, dict) else None
    if not isinstance(values, dict) or "Label" not in values:
        return None
    return {name: str(values.get(key, ""))[:_MAX_CHARACTERS] for key, name in _FIELDS.items()}
