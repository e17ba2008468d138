"""Files that belong to one visitor: each is looked up as theirs, or it is not there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastapi
from fastapi.responses import FileResponse, JSONResponse, Response

from voicehub.errors import NotFoundError, VoiceHubError
from voicehub.services.spreadsheet import earned_csv, overview_csv
from voicehub.services.takeout import takeout
from voicehub.store.records import User
from voicehub.ui.desk import Services, address_of, is_founder, session_token
from voicehub.ui.strings import error_sentence, language_of, string

_TYPES = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".png": "image/png",
    ".json": "application/json",
    ".zip": "application/zip",
}
Find = Callable[[Any], Path]  # for a user; None is nobody, where anybody may ask


def file_routes(services: Services) -> fastapi.APIRouter:
    """Return the routes under `/files`; they answer to ranges, so that players can jump."""
    routes = fastapi.APIRouter(prefix="/files")

    @routes.get("/sample/{sample_id}")
    def sample(sample_id: str, request: fastapi.Request) -> Any:
        return _answer(services, request, lambda user: services.samples.file(user, sample_id))

    @routes.get("/picture/{sample_id}")
    def picture(sample_id: str, request: fastapi.Request, lang: str = "en") -> Any:
        def find(user: User) -> Path:
            return services.samples.picture(user, sample_id, lang)

        return _answer(services, request, find)

    @routes.get("/speech/{speech_id}")
    def speech(speech_id: str, request: fastapi.Request, format: str | None = None) -> Any:
        def find(user: User) -> Path:
            return services.speeches.file(user, speech_id, format)

        return _answer(services, request, find, "voicehub")

    @routes.get("/manifest/{speech_id}")
    def manifest(speech_id: str, request: fastapi.Request, format: str | None = None) -> Any:
        def find(user: User) -> Path:
            return services.speeches.manifest(user, speech_id, format)

        return _answer(services, request, find, "voicehub.manifest")

    @routes.get("/review/{row_id}/{number}")
    def review(row_id: str, number: int, request: fastapi.Request) -> Any:
        def find(user: User) -> Path:
            if not is_founder(user):
                raise NotFoundError(string("nothing_yours", _language(request)))
            return services.reviews.sound(row_id, number)

        return _answer(services, request, find)

    @routes.get("/job/{job_id}/{name}")
    def job(job_id: str, name: str, request: fastapi.Request) -> Any:
        return _answer(services, request, lambda user: services.studio.file(user, job_id, name))

    @routes.get("/listing/{listing_id}/{number}")
    def listing(listing_id: str, number: int, request: fastapi.Request) -> Any:
        def find(user: User | None) -> Path:
            path = services.market.clip(listing_id, number, user)
            if request.headers.get("range", "bytes=0-").startswith("bytes=0-"):  # not a jump
                services.market.played(listing_id, session_token(request) or address_of(request))
            return path

        return _answer(services, request, find, anybody=True)

    @routes.get("/earnings.csv")
    def earnings(request: fastapi.Request) -> Any:
        return _table(
            services, request, lambda user: earned_csv(services.selling.earned(user)), "earnings"
        )

    @routes.get("/business.csv")
    def business(request: fastapi.Request) -> Any:
        def write(user: User) -> str:
            if not is_founder(user):
                raise NotFoundError(string("nothing_yours", _language(request)))
            return overview_csv(services.review.overview())

        return _table(services, request, write, "business")

    @routes.get("/export/{voice_id}")
    def export(voice_id: str, request: fastapi.Request) -> Any:
        def find(user: User) -> Path:
            return services.library.export(user, voice_id)

        return _answer(services, request, find, "voicehub-voice")

    @routes.get("/takeout")
    def everything(request: fastapi.Request) -> Any:
        def find(user: User) -> Path:
            return takeout(services.accounts.runtime, user)

        return _answer(services, request, find, "voicehub-everything-of-mine")

    return routes


def _answer(
    services: Services, request: fastapi.Request, find: Find, saved_as: str | None = None,
    anybody: bool = False,
) -> fastapi.Response:  # fmt: skip
    language = _language(request)
    try:
        user = services.accounts.by_token(session_token(request))
        if user is None and not anybody:
            raise NotFoundError(string("nothing_yours", language))
        path = find(user)
        if not path.is_file():
            raise NotFoundError(string("nothing_yours", language))
    except VoiceHubError as error:
        status = 404 if isinstance(error, NotFoundError) else 400
        said = error_sentence(str(error), language)
        return JSONResponse({"message": said}, status, headers={"cache-control": "no-store"})
    kind = _TYPES.get(path.suffix.lower(), "application/octet-stream")
    name = f"{saved_as}{path.suffix}" if saved_as and "download" in request.query_params else None
    if path.suffix in (".zip", ".json"):
        name = f"{saved_as}{path.suffix}"
    # Kept by this browser alone, and asked for again: it may be revoked.
    headers = {"cache-control": "private, no-cache"}
    return FileResponse(path, media_type=kind, filename=name, headers=headers)


def _table(
    services: Services, request: fastapi.Request, write: Callable[[User], str], name: str
) -> fastapi.Response:
    """Answer with a table for spreadsheets."""
    language = _language(request)
    user = services.accounts.by_token(session_token(request))
    try:
        if user is None:
            raise NotFoundError(string("nothing_yours", language))
        text = write(user)
    except VoiceHubError as error:
        said = error_sentence(str(error), language)
        return JSONResponse({"message": said}, 404, headers={"cache-control": "no-store"})
    saved = {"content-disposition": f'attachment; filename="voicehub-{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=saved)


def _language(request: fastapi.Request) -> str:
    asked = request.query_params.get("lang")
    return asked if asked in ("en", "zh") else language_of(request.headers.get("accept-language"))
