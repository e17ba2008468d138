"""The queue: asked for once, claimed by one, in fair turns, never lost."""

import sqlite3
import threading
from contextlib import closing

import pytest
from store.people import give_consent, give_voice, make_guest, make_local

from voicehub.errors import ConsentError, LimitError, NotFoundError
from voicehub.store.jobs import STOPPED_TOO_OFTEN, JobStore
from voicehub.store.pulses import PulseStore
from voicehub.store.records import Job, Places, Standing
from voicehub.store.rows import new_id
from voicehub.store.store import Store


@pytest.fixture
def jobs(store: Store) -> JobStore:
    return JobStore(store.database)


def submit(jobs: JobStore, user_id: str, **config: object) -> Job:
    return jobs.submit(user_id, "demo", "training", config)


def test_a_job_goes_its_way(store: Store, jobs: JobStore) -> None:
    user = make_guest(store)
    job = submit(jobs, user.id, steps=3)
    assert (job.state, job.config, job.attempt, job.active) == ("queued", {"steps": 3}, 0, True)
    assert jobs.claim("speech", "w") is None
    running = jobs.claim("training", "w")
    assert running is not None
    assert (running.id, running.state, running.attempt) == (job.id, "running", 1)
    assert jobs.claim("training", "v") is None
    jobs.progress(job.id, "w", 1.5, "nearly", 2.0)
    jobs.event(job.id, "loss", {"step": 1, "spectral": float("nan")})
    assert jobs.heartbeat(job.id, "w") is False
    assert (jobs.get(job.id, user.id).progress, jobs.get(job.id, user.id).message) == (
        1.0,
        "nearly",
    )
    assert jobs.finish(job.id, "w", "done", result={"seconds": float("inf"), "n": 1})
    done = jobs.get(job.id, user.id)
    assert (done.state, done.result, done.active) == ("done", {"seconds": None, "n": 1}, False)
    (event,) = jobs.events(job.id, user.id)
    assert (event.kind, event.data) == ("loss", {"step": 1, "spectral": None})
    assert jobs.events(job.id, user.id, after=event.id) == []
    assert jobs.counts() == {("demo", "done"): 1}


def test_the_same_key_brings_the_same_job(store: Store, jobs: JobStore) -> None:
    user, other = make_guest(store), make_guest(store)

    def ask(who: str) -> Job:
        return jobs.submit(who, "demo", "training", {}, idempotency_key="click")

    assert ask(user.id) == ask(user.id)
    assert ask(user.id).id != ask(other.id).id
    assert jobs.active_count() == 2
    assert jobs.active_count(user.id) == 1


def test_others_jobs_are_not_there(store: Store, jobs: JobStore) -> None:
    owner, other = make_guest(store), make_guest(store)
    job = submit(jobs, owner.id)
    for identifier in (job.id, new_id()):
        for ask in (jobs.get, jobs.cancel, jobs.events):
            with pytest.raises(NotFoundError, match=f"^there is no job '{identifier}'$"):
                ask(identifier, other.id)
    assert jobs.of_user(other.id) == []
    assert jobs.of_user(owner.id, active=True) == [job]
    assert jobs.get(job.id, owner.id).state == "queued"


def test_no_job_without_a_consent_that_holds(store: Store, jobs: JobStore) -> None:
    owner, other = make_local(store), make_guest(store)
    consent = give_consent(store, owner)
    voice = give_voice(store, consent)
    for kind in ("clone", "preview"):
        with pytest.raises(ConsentError, match="consent of one's own"):
            jobs.submit(owner.id, kind, "training", {})
        with pytest.raises(ConsentError):
            jobs.submit(other.id, kind, "training", {}, consent_id=consent.id)
        jobs.submit(owner.id, kind, "training", {}, consent_id=consent.id)
    for kind in ("speak", "convert", "evaluate"):
        with pytest.raises(ConsentError, match="own voice"):
            jobs.submit(owner.id, kind, "speech", {})
        with pytest.raises(ConsentError):
            jobs.submit(other.id, kind, "speech", {}, voice_id=voice.id)
        jobs.submit(owner.id, kind, "speech", {}, voice_id=voice.id)
    store.delete_voice(voice.id, revoke=True)
    with pytest.raises(ConsentError):
        jobs.submit(owner.id, "clone", "training", {}, consent_id=consent.id)
    assert jobs.active_count() == 0


def test_a_lost_lease_writes_nothing(store: Store, jobs: JobStore) -> None:
    user = make_guest(store)
    job = submit(jobs, user.id)
    jobs.claim("training", "first", lease_seconds=-1.0)
    second = jobs.claim("training", "second")
    assert second is not None
    assert (second.id, second.attempt) == (job.id, 2)
    assert jobs.heartbeat(job.id, "first") is None
    assert jobs.cancel_wished(job.id, "first") is None
    jobs.progress(job.id, "first", 0.5, "late")
    assert not jobs.finish(job.id, "first", "done", result={})
    jobs.release(job.id, "first")
    assert jobs.get(job.id, user.id) == second
    (event,) = jobs.events(job.id, user.id)
    assert (event.kind, event.data) == ("resumed", {"attempt": 2})


def test_after_three_attempts_a_job_fails_with_the_reason(store: Store, jobs: JobStore) -> None:
    user = make_guest(store)
    job = submit(jobs, user.id)
    for number in (1, 2, 3):
        claimed = jobs.claim("training", f"w{number}", lease_seconds=-1.0)
        assert claimed is not None
        assert claimed.attempt == number
    assert jobs.claim("training", "w4") is None
    failed = jobs.get(job.id, user.id)
    assert (failed.state, failed.error) == ("failed", STOPPED_TOO_OFTEN)


def test_a_released_job_counts_no_attempt_and_an_abandoned_one_does(
    store: Store, jobs: JobStore
) -> None:
    user = make_guest(store)
    job = submit(jobs, user.id)
    jobs.claim("training", "w")
    jobs.release_all("w")
    assert jobs.get(job.id, user.id) == job
    jobs.claim("training", "w")
    jobs.abandon("w")
    again = jobs.claim("training", "v")
    assert again is not None
    assert again.attempt == 2


def test_cancelling(store: Store, jobs: JobStore) -> None:
    user = make_guest(store)
    queued, other = submit(jobs, user.id), submit(jobs, user.id)
    assert jobs.cancel(queued.id, user.id).state == "cancelled"
    jobs.claim("training", "w")
    assert jobs.cancel(other.id, user.id).cancel_requested
    assert jobs.cancel_wished(other.id, "w") is True
    assert jobs.finish(other.id, "w", "cancelled")
    assert jobs.cancel(other.id, user.id).state == "cancelled"
    lost = submit(jobs, user.id)
    jobs.claim("training", "w", lease_seconds=-1.0)
    jobs.cancel(lost.id, user.id)
    assert jobs.claim("training", "v") is None
    assert jobs.get(lost.id, user.id).state == "cancelled"


def test_users_take_turns(store: Store, jobs: JobStore) -> None:
    busy, late = make_guest(store), make_guest(store)
    many = [submit(jobs, busy.id) for _ in range(4)]
    few = [submit(jobs, late.id) for _ in range(2)]
    expected = [many[0], few[0], many[1], few[1], many[2], many[3]]
    told = [jobs.standing(job.id).position for job in expected]
    assert told == [0, 1, 2, 3, 4, 5]
    assert jobs.standing(few[0].id) == Standing(1, 60.0)
    taken = []
    for number in range(6):
        job = jobs.claim("training", f"w{number}")
        assert job is not None
        jobs.finish(job.id, f"w{number}", "done", result={})
        taken.append(job.id)
    assert taken == [job.id for job in expected]
    third = submit(jobs, busy.id)
    assert jobs.standing(third.id) == Standing(0, 0.0)
    assert jobs.standing(submit(jobs, busy.id).id).waiting_seconds < 5.0  # as fast as the last


def test_a_forgotten_job_keeps_no_word(store: Store, jobs: JobStore) -> None:
    user = make_guest(store)
    job = submit(jobs, user.id, text="secret")
    jobs.claim("training", "w")
    jobs.event(job.id, "chunk", {"text": "secret"})
    jobs.progress(job.id, "w", 0.5, "secret")
    jobs.forget(job.id)
    jobs.event(job.id, "chunk", {"text": "secret"})
    jobs.progress(job.id, "w", 0.5, "secret")
    assert jobs.finish(job.id, "w", "done", result={"text": "secret"})
    found = jobs.find(job.id)
    assert found is not None
    assert (found.state, found.config, found.result, found.message) == ("done", {}, None, "")
    assert jobs.events(job.id, user.id) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE jobs SET state = 'queued', finished = NULL WHERE state = 'done'",
        "UPDATE jobs SET state = 'failed', error = 'x' WHERE state = 'done'",
        "UPDATE jobs SET state = 'done', finished = 't' WHERE state = 'queued'",
        "UPDATE jobs SET config = '{}' WHERE state = 'done'",
        "UPDATE jobs SET result = '{}' WHERE state = 'done'",
        "UPDATE jobs SET user_id = 'operator'",
        "UPDATE jobs SET kind = 'speak'",
        "UPDATE jobs SET progress = 2",
        "DELETE FROM jobs",
        "DELETE FROM job_events",
        "UPDATE job_events SET data = '{}'",
        "INSERT INTO jobs (id, user_id, kind, lane, state, config, created, finished)"
        " VALUES ('x', 'operator', 'demo', 'training', 'done', '{}', 't', 't')",
        "INSERT INTO jobs (id, user_id, kind, lane, config, created)"
        " VALUES ('x', 'operator', 'clone', 'training', '{}', 't')",
    ],
)
def test_the_database_holds_the_arrows(store: Store, jobs: JobStore, statement: str) -> None:
    user = make_local(store)
    done = submit(jobs, user.id, steps=1)
    jobs.claim("training", "w")
    jobs.event(done.id, "loss", {"step": 1})
    jobs.finish(done.id, "w", "done", result={"steps": 1})
    submit(jobs, user.id)
    with (
        closing(sqlite3.connect(store.database.path)) as connection,
        pytest.raises(sqlite3.IntegrityError),
    ):
        connection.execute(statement)


def test_many_at_once_lose_nothing(store: Store, jobs: JobStore) -> None:
    users = [make_guest(store).id for _ in range(8)]
    failures: list[BaseException] = []

    def ask(user_id: str) -> None:
        try:
            for number in range(200):
                jobs.submit(user_id, "demo", "training", {}, idempotency_key=str(number // 2))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask, args=[user_id]) for user_id in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [jobs.active_count(user_id) for user_id in users] == [100] * 8


def test_many_who_ask_at_once_get_no_more_places_than_there_are(
    store: Store, jobs: JobStore
) -> None:
    users = [make_guest(store).id for _ in range(4)]
    refused: list[str] = []

    def ask(user_id: str) -> None:
        try:
            jobs.submit(user_id, "demo", "training", {}, places=Places(of_user=2, of_all=7))
        except LimitError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=ask, args=[user_id]) for user_id in users * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(jobs.active_count(user_id) for user_id in users) == [1, 2, 2, 2]
    assert len(refused) == 16 - 7
    assert any("2 are allowed" in said for said in refused)
    assert any("no more are taken" in said for said in refused)


def test_the_same_key_needs_no_place_of_its_own(store: Store, jobs: JobStore) -> None:
    user, places = make_guest(store).id, Places(of_user=1, of_all=1)
    first = jobs.submit(user, "demo", "training", {}, idempotency_key="k", places=places)
    again = jobs.submit(user, "demo", "training", {}, idempotency_key="k", places=places)
    assert again == first


def test_pulses_tell_who_lives(store: Store) -> None:
    pulses = PulseStore(store.database)
    assert pulses.alive() == []
    pulses.beat("w", "speech", 1)
    pulses.beat("w", "speech", 1)
    assert [(pulse.id, pulse.pid) for pulse in pulses.alive("speech")] == [("w", 1)]
    assert pulses.alive("training") == []
    assert pulses.alive(seconds=-1.0) == []
    pulses.gone("w")
    assert pulses.alive() == []
