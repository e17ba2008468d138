"""Rented machines: one job an order, whatever gets lost on the way."""

import pytest
from stub_hub import OWNER, TOKEN, Fault, StubHub

from voicehub.errors import HubBusyError, HubError
from voicehub.hub.compute import HubCompute

# The client says so of its own calls of Jobs.
pytestmark = pytest.mark.filterwarnings("ignore:.*is experimental:UserWarning")
SCRIPT = "https://example.org/tune.py"


def test_an_order_is_started_once(hub: StubHub) -> None:
    compute = HubCompute(hub.url, TOKEN)
    hub.faults = [Fault("job", "500-done")]
    with pytest.raises(HubBusyError):
        compute.start("key-1", SCRIPT, ["--steps", "9"], ["torch"], "t4-small", 600, {"S": "x"})
    job = compute.start("key-1", SCRIPT)
    assert list(hub.jobs) == [job]
    asked = hub.jobs[job]["asked"]
    assert asked["command"][-3:] == [SCRIPT, "--steps", "9"]
    assert (asked["flavor"], asked["timeoutSeconds"]) == ("t4-small", 600)
    assert asked["secrets"]["S"] == "x"
    assert compute.namespace == OWNER
    assert compute.state(job) == "running"
    assert compute.start("key-2", SCRIPT) != job
    compute.cancel(job)
    assert compute.state(job) == "cancelled"
    assert compute.start("key-1", SCRIPT) != job


def test_no_machine_without_a_token(hub: StubHub) -> None:
    with pytest.raises(HubError, match="no token"):
        HubCompute(hub.url, None)
