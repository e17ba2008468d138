"""The engine that is always there: this process, one order after the other."""

from collections.abc import Sequence
from pathlib import Path

from voicehub.engines.work import Made, Order, Report, perform


class LocalEngine:
    """Runs work here and now."""

    def run(self, orders: Sequence[Order], place: Path, report: Report) -> list[Made]:
        """Return what came of each order."""
        made = []
        for number, order in enumerate(orders):

            def part(fraction: float, message: str, number: int = number) -> None:
                report((number + fraction) / len(orders), message)

            made.append(perform(order, place, part))
        return made
