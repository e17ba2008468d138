"""Misuse: refusing words and names, and what anybody reports, until it is decided."""

from dataclasses import dataclass

from voicehub.errors import InputError
from voicehub.services.limits import Limits
from voicehub.services.runtime import Runtime
from voicehub.services.screen import ScreenedError, screen
from voicehub.store.misuse_records import Decision, Report
from voicehub.store.records import User
from voicehub.store.reports import ANYBODY
from voicehub.store.rows import from_now, new_id, now

CATEGORIES = ("impersonation", "fraud", "harassment", "unlawful", "other")
_MAX_ABOUT, _MAX_WORDS, _MAX_CONTACT = 500, 4000, 200  # characters
_HOUR = 3600.0


@dataclass(frozen=True)
class ReportView:
    """A report as the operator sees it; ``overdue`` says that its next step is late."""

    report: Report
    overdue: bool
    strikes: int  # of the voice's owner


def check_words(runtime: Runtime, user_id: str, text: str) -> None:
    """Raise ``TextError`` where a text may not be spoken; the log holds the rule and no words."""
    try:
        screen().check_text(text)
    except ScreenedError as error:
        told = {"category": error.rule.category}
        runtime.audit.record("text.refused", user_id, f"rule.{error.rule.id}", told)
        raise


def check_new_name(runtime: Runtime, user_id: str, name: str) -> None:
    """Raise ``InputError`` where no voice may bear this name."""
    try:
        screen().check_name(name)
    except InputError:
        runtime.audit.record("name.refused", user_id, "rule.names")
        raise


class Misuse:
    """Reports, from anybody and without an account; decisions are the operator's."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.store = runtime, runtime.reports
        self.limits = Limits(runtime)

    def report(
        self,
        about: str,
        category: str,
        words: str = "",
        contact: str = "",
        *,
        address: str = "",
        reporter: User | None = None,
    ) -> Report:
        """Take a report about a voice, speech, its hash, or anything else in words.

        The answer is the same whether or not ``about`` is something of this installation's: nobody
        learns by it which identifiers there are.
        """
        if category not in CATEGORIES:
            raise InputError(f"choose a category of {', '.join(CATEGORIES)}")
        about = _bounded("what the report is about", about, _MAX_ABOUT)
        if not about:
            raise InputError("say what the report is about: an identifier, an address or words")
        words = _bounded("the description", words, _MAX_WORDS)
        contact = _bounded("the contact", contact, _MAX_CONTACT)
        self.limits.check_report(address)
        numbers = self.runtime.limits
        report = Report(
            new_id(), about, category, words, now(),
            from_now(numbers.report_acknowledge_hours * _HOUR),
            from_now(numbers.report_decide_hours * _HOUR),
            voice_id=self.store.voice_of(_identifier(about)), contact=contact or None,
        )  # fmt: skip
        self.store.add(report, reporter.id if reporter else ANYBODY)
        return report

    def status(self, report_id: str) -> Report:
        """Return a report for whom its identifier, which nobody guesses, was given to."""
        return self.store.get(report_id)

    def every(self, state: str | None = None) -> list[ReportView]:
        """Return the reports, what is due first."""
        return [self._view(each) for each in self.store.every(state)]

    def show(self, report_id: str) -> ReportView:
        """Return one report."""
        return self._view(self.store.get(report_id))

    def acknowledge(self, report_id: str) -> ReportView:
        """Say that somebody looks at it."""
        return self._view(self.store.acknowledge(report_id))

    def decide(self, report_id: str, decision: Decision) -> ReportView:
        """Decide: upheld takes the voice down at once, with a strike for its owner."""
        return self._view(self.store.decide(report_id, decision))

    def take_down(self, about: str, category: str, words: str) -> ReportView:
        """Take a voice down of one's own accord, as the operator: a report that is upheld at once."""
        voice_id = self.store.voice_of(_identifier(about)) or self.runtime.store.voice(about).id
        operator = self.runtime.operator
        report = self.report(voice_id, category, words, reporter=operator)
        return self.decide(report.id, "upheld")

    def against(self, user: User) -> list[Report]:
        """Return the reports by which a user's voices are down."""
        return self.store.against(user.id)

    def appeal(self, user: User, report_id: str, words: str) -> Report:
        """Note why the owner of a voice does not agree that it is down."""
        words = _bounded("the appeal", words, _MAX_WORDS)
        if not words:
            raise InputError("say in a few words why the voice should be back")
        return self.store.appeal(report_id, user.id, words)

    def _view(self, report: Report) -> ReportView:
        strikes = 0
        if report.voice_id is not None:
            strikes = self.store.strikes_against(report.voice_id)
        return ReportView(report, report.overdue(now()), strikes)


def _identifier(about: str) -> str:
    """Return the last part of an address, without a query; an identifier stays as it is."""
    return about.partition("?")[0].rstrip("/").rpartition("/")[2].strip().lower()


def _bounded(what: str, words: str, limit: int) -> str:
    clean = words.replace("\0", "").strip()
    if len(clean) > limit:
        raise InputError(f"{what} has {len(clean):,} characters and {limit:,} are allowed")
    return clean
