"""A tuning in slices comes to the voice that it comes to in one go."""

import threading

from house import House, Visitor

from voicehub.jobs import Context
from voicehub.services.slices import clone_in_slices, gpu_is_lent
from voicehub.store.records import Job


def running_clone(house: House, visitor: Visitor, name: str) -> Context:
    """Ask for a clone and take it from the queue as a worker does."""
    asked = house.studio.clone(visitor.user, visitor.consent.id, [visitor.sample.id], name, 2)
    job = house.runtime.jobs.claim(asked.lane, "me")
    assert isinstance(job, Job)
    return Context(house.runtime.jobs, job, "me", threading.Event())


def test_slices_go_on_from_each_other_to_the_voice_of_one_go(house: House, ada: Visitor) -> None:
    one_go = clone_in_slices(house.runtime, running_clone(house, ada, "One go"), 600.0)
    # No time at all: each slice ends after the step that it is in.
    context = running_clone(house, ada, "Slices")
    sliced = clone_in_slices(house.runtime, context, 0.001)
    assert sliced["steps"] == one_go["steps"] == 2
    assert sliced["held_out_after"] == one_go["held_out_after"]
    events = house.runtime.jobs.events(context.job.id, ada.user.id)
    scored = [each.data["step"] for each in events if each.kind == "score"]
    assert (scored[0], scored[-1]) == (0, 2)


def test_a_stopped_job_begins_no_slice(house: House, ada: Visitor) -> None:
    context = running_clone(house, ada, "Stopped")
    context.see(True)
    assert clone_in_slices(house.runtime, context) == {}


def test_no_gpu_is_lent_unless_the_machine_says_so(monkeypatch) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    assert not gpu_is_lent()
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    assert gpu_is_lent()
