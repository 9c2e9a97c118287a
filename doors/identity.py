"""The door to the city's identity provider (OpenID Connect): where people are sent, and who it says they are.

Promise: nothing is believed but what the provider signed with a key of its own, for us, for this one visit, just now.
The visit is proven by PKCE (S256) and a nonce. Keys are kept for an hour, and fetched anew where one is not known.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from models.contracts.refusal import Refused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Those for which the provider alone has the key that signs."""
SCOPE = "openid email profile"
LEEWAY = 60
"""Seconds that the clocks of two machines may differ."""
KEPT = 3600
AGAIN = 60
"""Seconds before keys are asked for again because of one that is not known."""
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class ProviderAway(Exception):  # noqa: N818 - an answer to the visitor, not a fault of ours
    """The provider cannot be reached, or does not speak as OpenID Connect has it."""


class NotBelieved(Exception):  # noqa: N818 - an answer to the visitor, not a fault of ours
    """What came is not what the provider says of this visit: signed by others, for others, too old, or repeated."""


class _Signed(Protocol):
    def headers(self) -> dict[str, Any]: ...


class _KeyUnknown(Exception):  # noqa: N818 - fetched again by whoever asked
    pass


class Provider:
    """One provider. `back`: the address to which it sends people back, as it is registered there.

    `timeout`: seconds for one answer. `clock`: monotonic seconds.

    Raises:
        Refused: the issuer's address is neither https nor of this machine.

    """

    def __init__(
        self,
        issuer: str,
        *,
        client_id: str,
        client_secret: str,
        back: str,
        timeout: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not _is_safe(issuer):
            raise Refused("FOCAL_OIDC_ISSUER has to begin with https://.")
        self._issuer, self._back, self._timeout, self._clock = issuer, back, timeout, clock
        method = "client_secret_basic" if client_secret else "none"
        self._client = ClientAuth(client_id, client_secret, method)
        self._document: dict[str, Any] = {}
        self._keys: dict[str | None, RSAKey | ECKey] = {}
        self._read_at = self._keys_at = float("-inf")

    async def address(self, *, state: str, nonce: str, code_verifier: str) -> str:
        """Where to send somebody who wants to sign in.

        Raises:
            ProviderAway: it cannot be asked.

        """
        async with self._talking() as client:
            document = await self._discover(client)
        address: str = prepare_grant_uri(
            document["authorization_endpoint"],
            client_id=self._client.client_id,
            response_type="code",
            redirect_uri=self._back,
            scope=SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(code_verifier),
            code_challenge_method="S256",
        )
        return address

    async def claims(self, code: str, *, nonce: str, code_verifier: str, now: datetime) -> Mapping[str, Any]:
        """What the provider says of whoever came back with a code.

        Raises:
            ProviderAway: it cannot be asked.
            NotBelieved: it does not take the code, or what it says is not for us and this visit.

        """
        async with self._talking() as client:
            document = await self._discover(client)
            written = await self._id_token(client, document["token_endpoint"], code, code_verifier)
            try:
                claims = self._opened(written)
            except _KeyUnknown:
                await self._fetch_keys(client, document["jwks_uri"])
                try:
                    claims = self._opened(written)
                except _KeyUnknown:
                    raise NotBelieved("signed with a key that is none of the provider's") from None
        self._check(claims, nonce, now)
        return claims

    def _talking(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(verify=self._trusted, timeout=self._timeout, follow_redirects=False)

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """The authorities of this machine, read once: it takes a while."""
        return httpx.create_ssl_context()

    async def _discover(self, client: httpx.AsyncClient) -> dict[str, Any]:
        if self._clock() - self._read_at < KEPT:
            return self._document
        document = await self._json(client, self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        if document.get("issuer") != self._issuer:
            raise ProviderAway(f"its issuer is {document.get('issuer')!r}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _is_safe(document.get(name)):
                raise ProviderAway(f"its {name} is {document.get(name)!r}")
        self._document, self._read_at = document, self._clock()
        self._keys, self._keys_at = {}, float("-inf")
        return document

    async def _json(self, client: httpx.AsyncClient, address: str) -> dict[str, Any]:
        try:
            response = await client.get(address)
            content = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as fault:
            raise ProviderAway(f"{address}: {fault!r}") from fault
        if not isinstance(content, dict):
            raise ProviderAway(f"{address} is no object")
        return content

    async def _id_token(self, client: httpx.AsyncClient, address: str, code: str, code_verifier: str) -> str:
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=self._back, code_verifier=code_verifier
        )
        address, headers, body = self._client.prepare("POST", address, dict(FORM), body)
        try:
            response = await client.post(address, content=body, headers=headers)
            content = response.json()
        except (httpx.HTTPError, ValueError) as fault:
            raise ProviderAway(f"{address}: {fault!r}") from fault
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(content, dict):
            raise ProviderAway(f"{address} answers {response.status_code}")
        written = content.get("id_token")
        if response.status_code != HTTPStatus.OK or not isinstance(written, str):
            raise NotBelieved(f"the code is not taken: {content.get('error')!r}")
        return written

    def _opened(self, written: str) -> dict[str, Any]:
        def key(token: _Signed) -> RSAKey | ECKey:
            kid = token.headers().get("kid")
            found = self._keys.get(kid)
            if found is None and kid is None and len(self._keys) == 1:
                (found,) = self._keys.values()
            if found is None:
                raise _KeyUnknown
            return found

        try:
            return jwt.decode(written, key, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, TypeError) as fault:
            raise NotBelieved(f"the signature: {fault!r}") from fault

    async def _fetch_keys(self, client: httpx.AsyncClient, address: str) -> None:
        if self._clock() - self._keys_at < AGAIN:
            return
        content = await self._json(client, address)
        listed = content.get("keys")
        usable = [
            key
            for key in (listed if isinstance(listed, list) else [])
            if isinstance(key, dict) and key.get("kty") in {"RSA", "EC"} and key.get("use", "sig") == "sig"
        ]
        try:
            keys = KeySet.import_key_set({"keys": usable}).keys
        except (JoseError, ValueError, TypeError) as fault:
            raise ProviderAway(f"{address}: {fault!r}") from fault
        self._keys = {key.kid: key for key in keys if isinstance(key, RSAKey | ECKey)}
        self._keys_at = self._clock()

    def _check(self, claims: dict[str, Any], nonce: str, now: datetime) -> None:
        wanted = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            wanted.validate(claims)
        except JoseError as fault:
            raise NotBelieved(f"the claims: {fault!r}") from fault
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self._client.client_id) != self._client.client_id:
            raise NotBelieved("it is for another party")


def _is_safe(address: object) -> bool:
    """Whether nobody on the way can read or change what is exchanged with an address."""
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
