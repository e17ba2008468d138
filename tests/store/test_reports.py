"""Reports, takedowns and strikes: what a decision does, in the database itself."""

import sqlite3
from contextlib import closing

import pytest
from store.people import give_consent, give_voice, make_local, marked

from voicehub.errors import ConsentError, InputError, NotFoundError
from voicehub.store.audit import AuditStore
from voicehub.store.jobs import JobStore
from voicehub.store.misuse_records import Report
from voicehub.store.records import User
from voicehub.store.reports import ReportStore
from voicehub.store.rows import from_now, new_id, now
from voicehub.store.store import Store


def file_report(store: Store, voice_id: str | None) -> Report:
    report = Report(
        new_id(), "a voice", "impersonation", "it is me", now(), from_now(3600), from_now(7200),
        voice_id=voice_id,
    )  # fmt: skip
    ReportStore(store.database).add(report)
    return report


@pytest.fixture
def owner(store: Store) -> User:
    return make_local(store)


def test_an_upheld_report_silences_a_voice_everywhere(store: Store, owner: User) -> None:
    reports, jobs = ReportStore(store.database), JobStore(store.database)
    voice = give_voice(store, give_consent(store, owner))
    queued = jobs.submit(owner.id, "speak", "speech", {"text": "x"}, voice_id=voice.id)
    report, speech = file_report(store, voice.id), marked(store, voice)
    assert store.own_voice(voice.id, owner.id)
    reports.decide(report.id, "upheld")
    assert jobs.get(queued.id, owner.id).state == "cancelled"
    assert store.voices(owner.id) == []
    assert store.kept_ids() == {voice.id}
    with pytest.raises(ConsentError, match="taken down"):
        store.own_voice(voice.id, owner.id)
    with pytest.raises(NotFoundError):
        store.own_voice(voice.id, "somebody")
    with pytest.raises(ConsentError, match="taken down"):
        jobs.submit(owner.id, "speak", "speech", {"text": "x"}, voice_id=voice.id)
    with pytest.raises(ConsentError, match="taken down"):
        store.log_generation(speech)
    with pytest.raises(ConsentError, match="taken down"):
        store.check_consent(voice)


def test_an_appeal_can_bring_it_back(store: Store, owner: User) -> None:
    reports = ReportStore(store.database)
    voice = give_voice(store, give_consent(store, owner))
    report = file_report(store, voice.id)
    reports.decide(report.id, "upheld")
    assert [each.id for each in reports.against(owner.id)] == [report.id]
    with pytest.raises(NotFoundError):
        reports.appeal(report.id, "somebody", "no")
    assert reports.appeal(report.id, owner.id, "it is my own voice").appeal
    with pytest.raises(InputError, match="before"):
        reports.appeal(report.id, owner.id, "again")
    assert reports.strikes(owner.id) == 1
    reports.decide(report.id, "rejected")
    assert reports.strikes(owner.id) == 0
    assert store.own_voice(voice.id, owner.id) == voice
    with pytest.raises(InputError, match="before"):
        reports.decide(report.id, "rejected")
    kinds = [row.kind for row in AuditStore(store.database).tail(9)]
    assert kinds == [
        "report.received", "report.acknowledged", "report.upheld", "voice.taken_down",
        "strike.given", "report.appealed", "report.rejected", "strike.withdrawn", "voice.restored",
    ]  # fmt: skip
    assert AuditStore(store.database).verify().problem is None


def test_two_reports_must_both_fall(store: Store, owner: User) -> None:
    reports = ReportStore(store.database)
    voice = give_voice(store, give_consent(store, owner))
    first, second = file_report(store, voice.id), file_report(store, voice.id)
    reports.decide(first.id, "upheld")
    reports.decide(second.id, "upheld")
    reports.decide(first.id, "rejected")
    assert store.voices(owner.id) == []
    reports.decide(second.id, "rejected")
    assert store.voices(owner.id) == [voice]


def test_three_strikes_and_no_new_voices(store: Store, owner: User) -> None:
    reports = ReportStore(store.database)
    consent = give_consent(store, owner)
    for number in range(3):
        voice = give_voice(store, consent, f"voice {number}")
        reports.decide(file_report(store, voice.id).id, "upheld")
    with pytest.raises(ConsentError, match="upheld 3 times"):
        give_voice(store, consent, "one more")
    with pytest.raises(ConsentError, match="upheld 3 times"):
        JobStore(store.database).submit(owner.id, "clone", "training", {}, consent_id=consent.id)


def test_times_tell_what_is_overdue(store: Store) -> None:
    report = file_report(store, None)
    reports = ReportStore(store.database)
    assert not report.overdue(from_now(3000))
    assert report.overdue(from_now(3700))
    acknowledged = reports.acknowledge(report.id)
    assert not acknowledged.overdue(from_now(3700))
    assert acknowledged.overdue(from_now(7300))
    assert not reports.decide(report.id, "rejected").overdue(from_now(99999))


def test_reports_stay(store: Store, owner: User) -> None:
    file_report(store, None)
    with closing(sqlite3.connect(store.database.path)) as connection:
        for statement in (
            "DELETE FROM reports",
            "INSERT OR REPLACE INTO reports SELECT * FROM reports",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)


def test_what_is_reported_is_found_by_any_of_its_marks(store: Store, owner: User) -> None:
    reports = ReportStore(store.database)
    voice = give_voice(store, give_consent(store, owner))
    digest = "b" * 64
    store.log_generation(marked(store, voice, digest))
    assert reports.voice_of(voice.id) == reports.voice_of(digest) == voice.id
    assert reports.voice_of("nothing") is None
