"""How a job leaves work that asks nobody whether to go on: its reports of progress raise."""

from collections.abc import Callable

from voicehub.jobs import Context


class StoppedEarlyError(Exception):
    """The job is cancelled, or paused for a worker that ends; it is no failure."""


def stopping_report(
    context: Context, begin: float = 0.0, end: float = 1.0
) -> Callable[[float, str], None]:
    """Return a report for a part of the job, which raises ``StoppedEarlyError`` once it is to end."""

    def report(fraction: float, message: str) -> None:
        if context.stopped():
            raise StoppedEarlyError
        context.report(begin + (end - begin) * fraction, message)

    return report
