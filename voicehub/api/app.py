"""The application under `/v1`: who asks, with which key, and what comes back."""

import hashlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import fastapi
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from voicehub import __version__
from voicehub.api.problems import ApiProblem, problem_of
from voicehub.api.shapes import (
    MODELS,
    ErrorShape,
    ModelList,
    ModelShape,
    SpeechRequest,
    VoiceList,
    VoiceShape,
)
from voicehub.api.speaking import Speaking
from voicehub.audio.encode import MEDIA_TYPES
from voicehub.errors import ConsentError, LimitError, VoiceHubError
from voicehub.services.api_keys import ApiKeys
from voicehub.services.limits import Limits
from voicehub.services.ownership import usable_voices
from voicehub.services.runtime import Runtime
from voicehub.services.speeches import Speeches
from voicehub.services.studio import Studio
from voicehub.store.hub_records import ApiKey
from voicehub.store.records import User, Voice

_log = logging.getLogger(__name__)
_BEARER = HTTPBearer(auto_error=False, description="a key made by `voicehub key create`")
_Bearer = Annotated[HTTPAuthorizationCredentials | None, fastapi.Depends(_BEARER)]
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorShape} for status in (400, 401, 403, 404, 429, 500)
}
_AUDIO: dict[str, Any] = {"content": {kind.split(";")[0]: {} for kind in MEDIA_TYPES.values()}}


def build_api(runtime: Runtime, address_of: Callable[[Any], str]) -> fastapi.FastAPI:
    """Return the API as an application of its own, to be mounted at `/v1`."""
    app = fastapi.FastAPI(
        title="VoiceHub", version=__version__, docs_url=None, redoc_url=None,
        description="Speech with consented voices, in the shape of OpenAI's API.",
        servers=[{"url": "/v1"}],
    )  # fmt: skip
    desk = _Desk(runtime, address_of)
    _add_refusals(app)

    @app.post(
        "/audio/speech", response_class=StreamingResponse,
        responses=_REFUSALS | {200: _AUDIO}, summary="Speak a text",
    )  # fmt: skip
    async def speech(
        request: fastapi.Request, asked: SpeechRequest, bearer: _Bearer
    ) -> StreamingResponse:
        """Stream speech, sentence by sentence; the first bytes come with the first sentence."""
        speaking = await run_in_threadpool(desk.speak, request, asked, bearer)
        parts = speaking.stream()
        first = await anext(parts)  # what goes wrong until here is an answer of its own
        kind = MEDIA_TYPES[asked.response_format]
        return StreamingResponse(_with(first, parts), media_type=kind)

    @app.get("/voices", responses=_REFUSALS, summary="List the voices you may speak with")
    def voices(request: fastapi.Request, bearer: _Bearer) -> VoiceList:
        """Return the voices of the key's user, oldest first, and those they hold a licence of."""
        return VoiceList(data=[_shape(each) for each in desk.voices(request, bearer)])

    @app.get("/models", responses=_REFUSALS, summary="List what makes speech")
    def models(request: fastapi.Request, bearer: _Bearer) -> ModelList:
        """Return the one model, for clients that ask."""
        desk.voices(request, bearer)
        return ModelList(data=[ModelShape(id=MODELS[0])])

    return app


class _Desk:
    """Checks every request and passes it to the services."""

    def __init__(self, runtime: Runtime, address_of: Callable[[Any], str]) -> None:
        self.studio, self.speeches = Studio(runtime), Speeches(runtime)
        self.runtime, self.limits = runtime, Limits(runtime)
        self.keys, self.address_of = ApiKeys(runtime), address_of

    def speak(self, request: Any, asked: SpeechRequest, bearer: _Bearer) -> Speaking:
        """Put a text into the queue; what may not be spoken is refused and not counted."""
        key, user = self._enter(request, bearer, "speak")
        if asked.model not in MODELS:
            raise ApiProblem(
                404, f"there is no model {asked.model!r}; use {MODELS[0]!r}",
                "invalid_request_error", "model_not_found", "model",
            )  # fmt: skip
        voice = self._voice(user, asked.voice)
        try:
            self.keys.charge(key, len(asked.input))
        except LimitError as error:
            raise ApiProblem(429, str(error), "insufficient_quota", "insufficient_quota") from error
        try:
            job = self.studio.speak(
                user, voice.id, asked.input, asked.speed, format="flac",
                use_id=_use_id(request, user, voice, asked),
            )  # fmt: skip
        except VoiceHubError:
            self.keys.give_back(key, len(asked.input))
            raise
        return Speaking(self, user, job, asked.response_format)

    def voices(self, request: Any, bearer: _Bearer) -> list[Voice]:
        """Return the voices that the key's user may speak with."""
        _, user = self._enter(request, bearer, "voices")
        return usable_voices(self.runtime, user.id)

    def _enter(self, request: Any, bearer: _Bearer, scope: str) -> tuple[ApiKey, User]:
        if bearer is None:
            raise ApiProblem(
                401, "no key was given: send it as `Authorization: Bearer vh_…`",
                "invalid_request_error", "missing_api_key",
            )  # fmt: skip
        try:
            key, user = self.keys.check(bearer.credentials, scope)
        except ConsentError as error:
            scoped = "scopes" in str(error)
            status, code = (403, "insufficient_scope") if scoped else (401, "invalid_api_key")
            raise ApiProblem(status, str(error), "invalid_request_error", code) from error
        self.limits.check(user, self.address_of(request), "api")
        return key, user

    def _voice(self, user: User, name_or_id: str) -> Voice:
        found = usable_voices(self.runtime, user.id)
        for voice in found:
            if name_or_id in (voice.id, voice.name):
                return voice
        for voice in found:
            if voice.name.casefold() == name_or_id.casefold():
                return voice
        raise ApiProblem(
            404, f"there is no voice {name_or_id!r}; GET /v1/voices lists yours",
            "invalid_request_error", "voice_not_found", "voice",
        )  # fmt: skip


def _use_id(request: Any, user: User, voice: Voice, asked: SpeechRequest) -> str | None:
    """Return what a request is charged as under a licence, the same for one that is sent again.

    The text is part of it: one key under several texts would be several texts for one price.
    """
    given = request.headers.get("idempotency-key")
    if not given:
        return None
    told = json.dumps([user.id, given, voice.id, asked.input, asked.speed])
    return hashlib.sha256(told.encode("utf-8")).hexdigest()


async def _with(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield all parts; what goes wrong within a stream can only end it, and is logged."""
    try:
        yield first
        async for part in rest:
            yield part
    except VoiceHubError as error:
        _log.warning("a stream of speech ended early: %s", type(error).__name__)
        raise
    finally:
        await rest.aclose()  # type: ignore[attr-defined]  # an async generator, as those are


def _shape(voice: Voice) -> VoiceShape:
    return VoiceShape(id=voice.id, name=voice.name, kind=voice.kind, created=voice.created)


def _add_refusals(app: fastapi.FastAPI) -> None:
    """Give every error OpenAI's shape."""

    @app.exception_handler(ApiProblem)
    async def refused(request: fastapi.Request, error: ApiProblem) -> JSONResponse:
        return error.answer()

    @app.exception_handler(VoiceHubError)
    async def ours(request: fastapi.Request, error: VoiceHubError) -> JSONResponse:
        return problem_of(error).answer()

    @app.exception_handler(RequestValidationError)
    async def wrong(request: fastapi.Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        param = ".".join(str(each) for each in first["loc"] if each != "body") or None
        message = f"{param}: {first['msg']}" if param else str(first["msg"])
        return ApiProblem(400, message, "invalid_request_error", "invalid_value", param).answer()

    @app.exception_handler(HTTPException)
    async def http(request: fastapi.Request, error: HTTPException) -> JSONResponse:
        code = "unknown_url" if error.status_code == 404 else None
        text = f"{request.method} {request.url.path}: {error.detail}"
        return ApiProblem(error.status_code, text, "invalid_request_error", code).answer()
