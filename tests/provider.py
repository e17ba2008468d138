"""An OpenID provider on the loopback, for the login that a Space has: it lets everybody in."""

import base64
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import fastapi
import uvicorn
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET, ACCESS = "space-client", "space-secret", "hf_oauth_access"


class Provider:
    """Says that whoever comes is ``subject``, called ``name``; ``asked`` are the scopes asked for."""

    def __init__(self) -> None:
        self.subject, self.name = "hf-1", "ada"
        self.asked: list[str] = []
        self.key = RSAKey.generate_key(2048, {"kid": "k", "use": "sig", "alg": "RS256"})
        self.codes: dict[str, tuple[str, str | None]] = {}
        self.url = ""

    def app(self) -> fastapi.FastAPI:
        """Return the provider's routes."""
        app = fastapi.FastAPI()

        @app.get("/.well-known/openid-configuration")
        def configuration() -> dict[str, Any]:
            places = {
                f"{each}_endpoint": f"{self.url}/{each}" for each in ("authorization", "token")
            }
            return {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
                **places,
            }

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        @app.get("/authorization")
        def authorization(
            client_id: str, redirect_uri: str, state: str, scope: str, nonce: str | None = None
        ) -> Any:
            assert client_id == CLIENT
            self.asked.append(scope)
            code = secrets.token_hex(8)
            self.codes[code] = redirect_uri, nonce
            mark = "&" if "?" in redirect_uri else "?"
            given = urlencode({"code": code, "state": state})
            return RedirectResponse(f"{redirect_uri}{mark}{given}", 302)

        @app.post("/token")
        async def token(request: fastapi.Request) -> Any:
            form = dict(pair.split("=", 1) for pair in (await request.body()).decode().split("&"))
            basic = base64.b64decode(request.headers["authorization"].split()[1]).decode()
            assert basic == f"{CLIENT}:{SECRET}"
            _, nonce = self.codes.pop(form["code"])
            return {
                "access_token": ACCESS, "token_type": "bearer", "id_token": self._token(nonce),
                "expires_in": 600, "scope": self.asked[-1],
            }  # fmt: skip

        return app

    def _token(self, nonce: str | None) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": self.subject, "iat": now, "exp": now + 60,
            "preferred_username": self.name, "nonce": nonce,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "k"}, claims, self.key)


@contextmanager
def providing() -> Iterator[Provider]:
    """Yield a provider that answers."""
    provider = Provider()
    listener = socket.create_server(("127.0.0.1", 0))
    provider.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(provider.app(), log_level="error", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
