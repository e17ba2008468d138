"""How a job looks while it waits, runs and is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from voicehub.services.studio import JobView
from voicehub.store.records import JobEvent, User
from voicehub.ui.curves import Chart, Line, draw
from voicehub.ui.desk import Desk
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import bar, duration, made_player, notice
from voicehub.ui.strings import error_sentence, progress_sentence

ACTIVE = ("queued", "running")


@dataclass(frozen=True)
class Seen:
    """A job, whose it is, and all its events so far."""

    user: User
    view: JobView
    events: Sequence[JobEvent]

    @property
    def active(self) -> bool:
        """Whether it waits or runs."""
        return self.view.job.state in ACTIVE

    @property
    def voice_id(self) -> str | None:
        """The voice that came of it, also where it was stopped early."""
        return (self.view.job.result or {}).get("voice_id")

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the data of the events of a kind, in their order."""
        return [event.data for event in self.events if event.kind == kind]


def see(user: User, view: JobView) -> Seen:
    """Read the events of a user's own job."""
    return Seen(user, view, view.events(0))


def job_file(job_id: str, name: str) -> str:
    """Return the address of a file that a job made."""
    return f"/files/job/{quote(job_id)}/{quote(name.rsplit('/', 1)[-1])}"


def status(desk: Desk, seen: Seen) -> Markup:
    """Return one line on where the job stands, and its bar."""
    job = seen.view.job
    if job.state == "queued":
        before = seen.view.position
        key = "queued_next" if not before else "queued_behind"
        wait = duration(desk, seen.view.waiting_seconds)
        return _card(
            bar(0, desk.say("waiting"), "vh-busy"), desk.say(key, before=before, wait=wait)
        )
    if job.state == "running":
        parts = [desk.say("stopping") if job.cancel_requested else _stage(desk, seen)]
        if job.eta_seconds and not job.cancel_requested:
            parts.append(desk.say("eta", time=duration(desk, job.eta_seconds)))
        tone = "" if job.progress > 0 else "vh-busy"
        return _card(bar(job.progress, parts[0], tone), " · ".join(parts), f"{job.progress:.0%}")
    if job.state == "failed":
        return notice(error_sentence(job.error or desk.say("unexpected"), desk.language), "bad")
    if job.state == "done" and job.kind in ("speak", "convert"):
        return join()  # the sound tells it
    if job.state == "done":
        return notice(desk.say(f"job_done_{job.kind}"), "good")
    return notice(desk.say("job_stopped_clone" if seen.voice_id else "job_cancelled"))


def _card(progress: Markup, text: str, figure: str = "") -> Markup:
    line = tag("p", tag("span", text), tag("strong", figure), class_="vh-status-line")
    return tag("div", line, progress, class_="vh-status")


def _stage(desk: Desk, seen: Seen) -> str:
    said = progress_sentence(seen.view.job.message, desk.language)
    if said is not None:
        return said
    stages = seen.of("stage")
    return desk.say(f"stage_{stages[-1]['name']}" if stages else "stage_starting")


def curves(desk: Desk, seen: Seen) -> Markup:
    """Return how the tuning goes: the loss of each step, the similarity of each checkpoint."""
    losses, scores = seen.of("loss"), seen.of("score")
    loss = Line(
        desk.say("loss_train"), [(e["step"], e["spectral"]) for e in losses if "spectral" in e]
    )
    held = Line(desk.say("loss_held"), [(e["step"], e["held_out"]) for e in scores], dots=True)
    near = [(e["step"], e["similarity"]) for e in scores if e.get("similarity") is not None]
    ceiling = next((e["ceiling"] for e in reversed(scores) if e.get("ceiling") is not None), None)
    step, soon = desk.say("step"), desk.say("curve_soon")
    similarity = Chart(
        desk.say("similarity"), step, [Line(desk.say("similarity_voice"), near, dots=True)],
        (desk.say("ceiling"), float(ceiling)) if ceiling is not None else None, soon,
    )  # fmt: skip
    charts = draw(Chart(desk.say("loss"), step, [loss, held], empty=soon)), draw(similarity)
    return tag(
        "div", *charts, tag("p", desk.say("curve_note"), class_="vh-soft"), class_="vh-charts"
    )


def samples(desk: Desk, seen: Seen) -> Markup:
    """Return the newest sample of the tuning to hear, and the earlier ones folded away."""
    made = seen.of("sample")
    if not made:
        return tag("p", desk.say("sample_soon"), class_="vh-soft vh-sample-soon")
    rows = [_sample(desk, seen.view.job.id, each) for each in made]
    parts = [tag("h3", desk.say("sample_newest")), rows[-1]]
    if len(rows) > 1:
        parts.append(tag("details", tag("summary", desk.say("sample_earlier")), *rows[-2::-1]))
    return tag("div", *parts, class_="vh-card")


def _sample(desk: Desk, job_id: str, data: dict[str, Any]) -> Markup:
    name = desk.say("sample_step", step=data["step"])
    part = (job_file(job_id, data["file"]), float(data.get("seconds") or 0))
    sound = made_player(desk, [part], name)
    said = tag("span", data.get("text") or "", class_="vh-soft")
    return tag("div", tag("span", name, class_="vh-small"), sound, said, class_="vh-heard")
