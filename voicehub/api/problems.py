"""Errors as programs of OpenAI's API know them: a status and one JSON object."""

from typing import Any

from fastapi.responses import JSONResponse

from voicehub.errors import (
    ConsentError,
    HubError,
    InputError,
    LimitError,
    NotFoundError,
    VoiceHubError,
)


class ApiProblem(Exception):
    """A refusal; ``kind``, ``code`` and ``param`` are what clients look at, the message is for people."""

    def __init__(
        self, status: int, message: str, kind: str, code: str | None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.code, self.param = status, kind, code, param

    def answer(self) -> JSONResponse:
        """Return the response."""
        error: dict[str, Any] = {
            "message": str(self), "type": self.kind, "param": self.param, "code": self.code,
        }  # fmt: skip
        headers = {"retry-after": "20"} if self.status == 429 else {}
        if self.status == 401:
            headers["www-authenticate"] = "Bearer"
        return JSONResponse({"error": error}, self.status, headers)


def problem_of(error: VoiceHubError, param: str | None = None) -> ApiProblem:
    """Return how an error of ours is told to a program."""
    status, kind, code = 500, "server_error", None
    for wanted, found in (
        (LimitError, (429, "rate_limit_error", "rate_limit_exceeded")),
        (InputError, (400, "invalid_request_error", "invalid_value")),
        (NotFoundError, (404, "invalid_request_error", "not_found")),
        (ConsentError, (403, "permission_error", "consent_missing")),
        (HubError, (502, "server_error", "hub")),
    ):
        if isinstance(error, wanted):
            status, kind, code = found
            break
    return ApiProblem(status, str(error), kind, code, param)
