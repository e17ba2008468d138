"""What a visitor of a crowd does, noted with how long it took."""

import time
from collections.abc import Callable
from typing import Any


class Noted:
    """Somebody whose doings are noted in ``actions``: name, seconds, and what went wrong, if anything."""

    actions: list[tuple[str, float, str]]

    def act(self, name: str, call: Callable[[], Any]) -> Any:
        """Do something and note how long it took."""
        began = time.monotonic()
        try:
            result = call()
        except Exception as error:
            self.actions.append((name, time.monotonic() - began, f"{name}: {error}"))
            raise
        self.actions.append((name, time.monotonic() - began, ""))
        return result
