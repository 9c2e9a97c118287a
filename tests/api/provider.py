"""A city's identity provider on this machine: OpenID Connect with all that it has to refuse, and ways to misbehave."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "focal", "a secret between the two"
FIRST = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
OTHERS = RSAKey.generate_key(2048, {"kid": "first"})
"""A key of somebody who says that it is the provider's."""


@dataclass
class LocalProvider:
    """One provider. `claims`: of whoever is signed in there; `twist` changes an id token's claims before it signs.

    `sign` makes the token of claims; `answers`: what its addresses say instead of what they should.
    """

    address: str
    key: RSAKey = field(default_factory=lambda: FIRST)
    claims: dict[str, Any] = field(default_factory=dict)
    twist: Callable[[dict[str, Any]], None] | None = None
    sign: Callable[["LocalProvider", dict[str, Any]], str] | None = None
    declines: bool = False
    answers: dict[str, Response] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The addresses that were asked for."""
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        """What it serves."""
        routes = {
            "/.well-known/openid-configuration": self._document,
            "/authorize": self._authorize,
            "/token": self._token,
            "/keys": self._keys,
        }
        return Starlette(
            routes=[Route(path, self._noted(serve), methods=["GET", "POST"]) for path, serve in routes.items()]
        )

    def new_key(self) -> None:
        """Sign with another key from now on, as providers do every few months."""
        self.key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})

    def _noted(self, serve: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def noted(request: Request) -> Response:
            self.asked.append(request.url.path)
            if request.url.path in self.answers:
                return self.answers[request.url.path]
            answer: Response = await serve(request)
            return answer

        return noted

    async def _document(self, _request: Request) -> Response:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return JSONResponse(
            {"issuer": self.address, **{name: f"{self.address}/{path}" for name, path in names.items()}}
        )

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        back = {"state": asked["state"]}
        if self.declines:
            return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back | {'error': 'access_denied'})}", 303)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back | {'code': code})}", 303)

    async def _token(self, request: Request) -> Response:
        shown = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {shown}":
            return JSONResponse({"error": "invalid_client"}, 401)
        sent = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self._codes.pop(sent.get("code", ""), None)
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or sent["grant_type"] != "authorization_code"
            or sent["redirect_uri"] != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "1234",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        if self.twist:
            self.twist(claims)
        token = self.sign(self, claims) if self.sign else signed(self.key, claims)
        return JSONResponse({"access_token": "unused", "token_type": "Bearer", "id_token": token})

    async def _keys(self, _request: Request) -> Response:
        others = [{"kty": "oct", "k": "c2VjcmV0"}, {"kty": "OKP", "crv": "Ed448", "x": "x"}, "nonsense"]
        return JSONResponse({"keys": [*others, self.key.as_dict(private=False)]})


def signed(key: RSAKey, claims: dict[str, Any]) -> str:
    """A token as a provider signs it."""
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)


def unsigned(_provider: LocalProvider, claims: dict[str, Any]) -> str:
    """A token that nobody signed."""
    parts = [{"alg": "none", "kid": "first"}, claims]
    return ".".join([*(_encoded(part) for part in parts), ""])


def signed_with_what_everybody_knows(provider: LocalProvider, claims: dict[str, Any]) -> str:
    """A token signed with the public key taken for a secret."""
    secret = OctKey.import_key(provider.key.as_pem(private=False))
    return jwt.encode({"alg": "HS256", "kid": "first"}, claims, secret, algorithms=["HS256"])


def signed_by_another(_provider: LocalProvider, claims: dict[str, Any]) -> str:
    """A token of somebody who says that their key is the provider's."""
    return signed(OTHERS, claims)


def signed_with_a_key_it_brings_along(_provider: LocalProvider, claims: dict[str, Any]) -> str:
    """A token that says itself with which key it is to be checked."""
    return jwt.encode({"alg": "RS256", "jwk": OTHERS.as_dict(private=False)}, claims, OTHERS)


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
