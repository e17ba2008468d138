"""Forms of the account: they set the session cookie, which no handler of the page can."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import fastapi
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse

from voicehub.errors import InputError, VoiceHubError
from voicehub.store.records import User
from voicehub.ui.body_limit import read_within
from voicehub.ui.desk import COOKIE, Desk, Services, address_of, session_token
from voicehub.ui.pieces import receipt
from voicehub.ui.shell import offers_hugging_face, set_cookie

_MAX_BODY = 4096  # bytes


def account_routes(services: Services, session_days: float) -> fastapi.APIRouter:
    """Return the routes under `/account`."""
    routes = fastapi.APIRouter(prefix="/account")
    forms = _Forms(services, int(session_days * 86_400))

    @routes.post("/login")
    async def login(request: fastapi.Request, lang: str = "en") -> Any:
        return await forms.answer(request, lang, forms.login)

    @routes.post("/register")
    async def register(request: fastapi.Request, lang: str = "en") -> Any:
        return await forms.answer(request, lang, forms.register)

    @routes.post("/logout")
    async def logout(request: fastapi.Request, lang: str = "en") -> Any:
        return await forms.answer(request, lang, forms.logout)

    @routes.post("/delete")
    async def delete(request: fastapi.Request, lang: str = "en") -> Any:
        return await forms.answer(request, lang, forms.delete)

    if offers_hugging_face():

        @routes.get("/hf")
        async def hugging_face(request: fastapi.Request) -> Any:
            return await run_in_threadpool(forms.hugging_face, request)

    return routes


Form = Callable[[fastapi.Request, Desk, dict[str, Any]], fastapi.Response]


class _Forms:
    """What the forms do."""

    def __init__(self, services: Services, session_seconds: int) -> None:
        self.services, self.session_seconds = services, session_seconds

    async def answer(self, request: fastapi.Request, lang: str, form: Form) -> fastapi.Response:
        """Read a form, refuse what another site sent, and answer in a sentence."""
        desk = Desk(self.services, "zh" if lang == "zh" else "en")
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            return JSONResponse({"message": desk.say("foreign_origin")}, 403)
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"message": desk.say("bad_form")}, 415)
        try:
            body = await self._body(request, desk)
            return await run_in_threadpool(form, request, desk, body)
        except VoiceHubError as error:
            return JSONResponse({"message": desk.told(error)}, 400)

    async def _body(self, request: fastapi.Request, desk: Desk) -> dict[str, Any]:
        raw = await read_within(request, _MAX_BODY, desk.say("bad_form"))
        try:
            body = json.loads(raw or b"{}")
        except ValueError as error:
            raise InputError(desk.say("bad_form")) from error
        if not isinstance(body, dict):
            raise InputError(desk.say("bad_form"))
        return body

    def login(self, request: fastapi.Request, desk: Desk, body: dict[str, Any]) -> fastapi.Response:
        """Log in; what was made as a guest moves along."""
        name, password = self._given(body, desk)
        user, token = self.services.accounts.login(
            name, password, self._user(request), address_of(request)
        )
        return self._entered(request, user, token)

    def register(
        self, request: fastapi.Request, desk: Desk, body: dict[str, Any]
    ) -> fastapi.Response:
        """Make an account."""
        name, password = self._given(body, desk)
        self.services.limits.check_newcomer(address_of(request))
        user, token = self.services.accounts.register(name, password, self._user(request))
        return self._entered(request, user, token)

    def logout(
        self, request: fastapi.Request, desk: Desk, body: dict[str, Any]
    ) -> fastapi.Response:
        """Forget this browser."""
        self.services.accounts.logout(session_token(request))
        return self._forgotten(request, JSONResponse({}))

    def delete(
        self, request: fastapi.Request, desk: Desk, body: dict[str, Any]
    ) -> fastapi.Response:
        """Remove the account with all that is in it; answer with the receipt."""
        user = self._user(request)
        if user is None:
            raise InputError(desk.say("nothing_yours"))
        given = self.services.accounts.delete_account(user)
        answer = {"receipt": receipt(desk, given), "data": given.as_dict()}
        return self._forgotten(request, JSONResponse(answer))

    def hugging_face(self, request: fastapi.Request) -> fastapi.Response:
        """Enter with what Hugging Face said of the visitor, and go to the page.

        It is taken out of the browser: who logs out here is not let in again without being asked.
        """
        given = request.session.pop("oauth_info", None) or {}
        who = given.get("userinfo") or {}
        if not who.get("sub"):
            return RedirectResponse("/login/huggingface?_target_url=/account/hf")
        name = str(who.get("preferred_username") or who.get("name") or "")
        user, token = self.services.accounts.hf_login(str(who["sub"]), name, self._user(request))
        self.services.hub.signed_in(user, str(who.get("preferred_username") or ""), given)
        return self._with_cookie(request, RedirectResponse("/"), token, self.session_seconds)

    def _given(self, body: dict[str, Any], desk: Desk) -> tuple[str, str]:
        name, password = body.get("name"), body.get("password")
        if not (isinstance(name, str) and isinstance(password, str) and name.strip() and password):
            raise InputError(desk.say("bad_form"))
        return name, password

    def _user(self, request: fastapi.Request) -> User | None:
        return self.services.accounts.by_token(session_token(request))

    def _entered(self, request: fastapi.Request, user: User, token: str) -> fastapi.Response:
        return self._with_cookie(
            request, JSONResponse({"name": user.name}), token, self.session_seconds
        )

    def _forgotten(self, request: fastapi.Request, answer: fastapi.Response) -> fastapi.Response:
        return self._with_cookie(request, answer, "", 0)

    def _with_cookie(
        self, request: fastapi.Request, answer: fastapi.Response, token: str, seconds: int
    ) -> fastapi.Response:
        name, value = set_cookie(request.scope, COOKIE, token, seconds)
        answer.headers.append(name.decode(), value.decode())
        return answer
