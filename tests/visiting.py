"""A visitor of the page who works through its named endpoints, as a program would."""

import time
from pathlib import Path
from typing import Any

import httpx
from gradio_client import Client, handle_file


class Visitor:
    """What one visitor does; the session is that of the client's cookie."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def call(self, name: str, *arguments: Any) -> Any:
        """Call an endpoint."""
        return self.client.predict(*arguments, api_name=f"/{name}")

    def shown(self, name: str, *arguments: Any) -> str:
        """Call an endpoint; return all that it shows."""
        return str(self.call(name, *arguments))

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Fetch an address with the visitor's cookie."""
        url = self.client.src.rstrip("/") + path
        return httpx.get(url, cookies=self.client.cookies, headers=headers, timeout=60)

    def consent(self, recording: Path, name: str = "Ada", *uses: str) -> str:
        """Give a consent, to ``uses`` where some are named; return what is shown of the statement."""
        chosen = [list(uses)] if uses else []
        words = self.call("consent_statement", name, "en", "trying it out", True, *chosen)
        self.call("give_consent", handle_file(recording), True)
        return str(words)

    def voice(self, statement: Path, sample: Path, name: str = "Ada", *uses: str) -> str:
        """Make a voice, stopping its tuning at the first score; return its identifier."""
        self.consent(statement, name, *uses)
        self.call("add_sample", handle_file(sample))
        self.call("clone", name)
        self.until("sample")
        self.call("stop_clone")
        return str(self.ended()["result"]["voice_id"])

    def job(self) -> dict[str, Any]:
        """Return the visitor's newest job."""
        found = self.call("jobs")
        return dict(self.call("job", found[0]["id"]))

    def until(self, kind: str) -> dict[str, Any]:
        """Wait for an event of the newest job."""
        return self._wait(lambda job: any(event["kind"] == kind for event in job["events"]))

    def ended(self) -> dict[str, Any]:
        """Wait for the end of the newest job."""
        return self._wait(lambda job: job["state"] not in ("queued", "running"))

    def _wait(self, happened: Any) -> dict[str, Any]:
        until = time.monotonic() + 200
        while time.monotonic() < until:
            job = self.job()
            if happened(job):
                return job
            assert job["state"] != "failed", job["error"]
            time.sleep(0.2)
        raise AssertionError(f"the job did not get there: {job}")


def member(address: str, name: str) -> Visitor:
    """Return somebody with an account."""
    visitor = Visitor(Client(address, verbose=False))
    body = {"name": name, "password": "a long password"}
    url = address.rstrip("/") + "/account/register"
    answer = httpx.post(url, json=body, cookies=visitor.client.cookies, timeout=240)
    assert answer.status_code == 200, answer.text
    visitor.client.cookies.update(dict(answer.cookies))
    return visitor
