"""Whose turn it is: the next job is that of the user who has had least of a lane lately."""

from collections import Counter, deque
from statistics import median

from sqlite_utils import Database as SqliteDatabase

from voicehub.store.records import Job, Standing
from voicehub.store.rows import from_now, select_one

RECENT_SECONDS = 60.0  # a job started within them counts against its user
_DEFAULT_SECONDS = {"training": 60.0, "speech": 4.0}  # of a job where none has ended yet
_MEDIAN_OF = 20
_IN_ORDER = "lane = ? AND state = 'queued' ORDER BY created, rowid"


def next_job(db: SqliteDatabase, lane: str) -> Job | None:
    """Return the oldest queued job of the user with the fewest running or lately started."""
    queue = _queue(db, lane)
    first = next(iter(_order(queue, _load(db, lane))), None)
    return None if first is None else select_one(db, Job, "jobs", "id = ?", [first])


def standing(db: SqliteDatabase, job_id: str) -> Standing:
    """Return the place of a job in its queue, and about how long it waits; 0 once it runs."""
    job = select_one(db, Job, "jobs", "id = ?", [job_id])
    if job is None or job.state != "queued":
        return Standing(0, 0.0)
    position = _order(_queue(db, job.lane), _load(db, job.lane)).index(job_id)
    return Standing(position, position * _usual_seconds(db, job.kind, job.lane))


def _queue(db: SqliteDatabase, lane: str) -> list[tuple[str, str]]:
    """Return the identifier and the user of each queued job, oldest first."""
    found = db.execute(f"SELECT id, user_id FROM jobs WHERE {_IN_ORDER}", [lane])
    return [(job_id, user_id) for job_id, user_id in found.fetchall()]


def _load(db: SqliteDatabase, lane: str) -> Counter[str]:
    """Return how many jobs of each user run in a lane or have started there lately."""
    found = db.execute(
        "SELECT user_id, count(*) FROM jobs WHERE lane = ? AND (state = 'running' OR started > ?)"
        " GROUP BY user_id",
        [lane, from_now(-RECENT_SECONDS)],
    )
    return Counter(dict(found.fetchall()))


def _order(queue: list[tuple[str, str]], load: Counter[str]) -> list[str]:
    """Return the queued jobs in the order in which they would start, were all to start now."""
    load = load.copy()
    waiting: dict[str, deque[tuple[int, str]]] = {}
    for age, (job_id, user_id) in enumerate(queue):
        waiting.setdefault(user_id, deque()).append((age, job_id))
    order = []
    while waiting:
        user_id = min(waiting, key=lambda user: (load[user], waiting[user][0]))
        order.append(waiting[user_id].popleft()[1])
        load[user_id] += 1
        if not waiting[user_id]:
            del waiting[user_id]
    return order


def _usual_seconds(db: SqliteDatabase, kind: str, lane: str) -> float:
    where = f"kind = ? AND state = 'done' ORDER BY finished DESC LIMIT {_MEDIAN_OF}"
    found = db.execute(
        f"SELECT (julianday(finished) - julianday(started)) * 86400 FROM jobs WHERE {where}", [kind]
    ).fetchall()
    if found:
        return float(median(row[0] for row in found))
    return _DEFAULT_SECONDS.get(lane, _DEFAULT_SECONDS["speech"])
