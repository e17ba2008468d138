"""One-off work on rented machines: Hugging Face Jobs, started once however often that is asked."""

from collections.abc import Mapping, Sequence
from typing import Literal

from huggingface_hub import JobInfo

from voicehub.errors import HubError
from voicehub.hub.client import NO_TOKEN, client, in_words

State = Literal["waiting", "running", "done", "failed", "cancelled"]
_LABEL = "voicehub-order"
_TIMEOUT_SECONDS = 60.0  # for one answer
_STATES: dict[str, State] = {
    "SCHEDULING": "waiting", "RUNNING": "running", "COMPLETED": "done", "ERROR": "failed",
    "CANCELED": "cancelled", "DELETED": "cancelled",
}  # fmt: skip


class HubCompute:
    """Jobs of one namespace; a job is known by the order that it carries out."""

    def __init__(self, address: str, secret: str | None, namespace: str | None = None) -> None:
        if secret is None:
            raise HubError(NO_TOKEN)
        self.api = client(address, secret)
        with in_words("the account", _TIMEOUT_SECONDS):
            self.namespace = namespace or str(self.api.whoami()["name"])

    def start(
        self,
        order_key: str,
        image: str,
        command: Sequence[str],
        flavor: str = "t4-small",
        seconds: int = 1800,
        secrets: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> str:
        """Return the job of an order, started where none waits, runs or is done: it costs money.

        ``image`` is one of Docker's, or ``hf.co/spaces/OWNER/NAME``. A start whose answer was lost is found
        again by its label.
        """
        found = self.find(order_key)
        if found is not None:
            return found
        with in_words("the job", _TIMEOUT_SECONDS):
            job = self.api.run_job(
                image=image, command=list(command), flavor=flavor, timeout=seconds,
                secrets=dict(secrets or {}), env=dict(environment or {}),
                labels={_LABEL: order_key, "name": f"voicehub-{order_key[:12]}"},
                namespace=self.namespace,
            )  # fmt: skip
        return str(job.id)

    def find(self, order_key: str) -> str | None:
        """Return the job of an order that has neither failed nor was cancelled."""
        with in_words("the jobs", _TIMEOUT_SECONDS):
            found = list(self.api.list_jobs(labels={_LABEL: order_key}, namespace=self.namespace))
        for job in found:
            if _state(job) in ("waiting", "running", "done"):
                return str(job.id)
        return None

    def state(self, job_id: str) -> State:
        """Return how a job stands."""
        with in_words(f"the job {job_id}", _TIMEOUT_SECONDS):
            return _state(self.api.inspect_job(job_id=job_id, namespace=self.namespace))

    def cancel(self, job_id: str) -> None:
        """Stop a job; what it cost until then is not given back."""
        with in_words(f"the job {job_id}", _TIMEOUT_SECONDS):
            self.api.cancel_job(job_id=job_id, namespace=self.namespace)


def _state(job: JobInfo) -> State:
    stage = job.status.stage if job.status else ""
    return _STATES.get(str(getattr(stage, "value", stage)), "waiting")
