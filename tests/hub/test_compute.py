"""Rented machines: one job an order, whatever gets lost on the way."""

import pytest
from stub_hub import OWNER, TOKEN, Fault, StubHub

from voicehub.errors import HubBusyError, HubError
from voicehub.hub.compute import HubCompute

# The client says so of its own calls of Jobs.
pytestmark = pytest.mark.filterwarnings("ignore:.*is experimental:UserWarning")
IMAGE, COMMAND = "hf.co/spaces/ada/voicehub", ["python", "-m", "x", "--steps", "9"]


def test_an_order_is_started_once(hub: StubHub) -> None:
    compute = HubCompute(hub.url, TOKEN)
    hub.faults = [Fault("job", "500-done")]
    with pytest.raises(HubBusyError):
        compute.start("key-1", IMAGE, COMMAND, "t4-small", 600, {"S": "x"}, {"E": "y"})
    job = compute.start("key-1", IMAGE, COMMAND)
    assert list(hub.jobs) == [job]
    asked = hub.jobs[job]["asked"]
    assert (asked["spaceId"], asked["command"]) == ("ada/voicehub", COMMAND)
    assert asked["environment"] == {"E": "y"}
    assert (asked["flavor"], asked["timeoutSeconds"]) == ("t4-small", 600)
    assert asked["secrets"]["S"] == "x"
    assert compute.namespace == OWNER
    assert compute.state(job) == "running"
    assert compute.start("key-2", IMAGE, COMMAND) != job
    compute.cancel(job)
    assert compute.state(job) == "cancelled"
    assert compute.start("key-1", IMAGE, COMMAND) != job


def test_no_machine_without_a_token(hub: StubHub) -> None:
    with pytest.raises(HubError, match="no token"):
        HubCompute(hub.url, None)
