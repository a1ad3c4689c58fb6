"""Access tokens for platforms' programs: the client credentials grant of OAuth 2.0 (RFC 6749, 4.4).

No library: of OAuth this is one grant with an opaque token, and those that have servers bring a framework's with them.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Literal
from urllib.parse import unquote_plus

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import BaseModel

from hub.http.openapi import refusals
from hub.http.problems import DOOR
from hub.http.routes import Router
from hub.storage.clients import TOKEN_LASTS, Clients, WrongSecretError

_FORM = "application/x-www-form-urlencoded"
_BODY = {
    "required": True,
    "content": {
        _FORM: {
            "schema": {
                "type": "object",
                "required": ["grant_type"],
                "properties": {
                    "grant_type": {"const": "client_credentials"},
                    "scope": {"const": "appointments"},
                    "client_id": {"type": "string", "description": "Where no Authorization header has it."},
                    "client_secret": {"type": "string"},
                },
            }
        }
    },
}


class AccessToken(BaseModel):
    """RFC 6749, 5.1. `expires_in`: seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a kind
    expires_in: int
    scope: Literal["appointments"] = "appointments"


class NoToken(BaseModel):
    """RFC 6749, 5.2."""

    error: Literal["invalid_request", "invalid_client", "unsupported_grant_type", "invalid_scope"]
    error_description: str


class _NoTokenError(Exception):
    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


def oauth(clients: Clients, now: Callable[[], datetime], count: Callable[[str, str], None]) -> APIRouter:
    router = Router(prefix="/oauth2", tags=["platform"])

    @router.post(
        "/token",
        operation_id="issueAccessToken",
        response_model=AccessToken,
        responses={400: {"model": NoToken}, 401: {"model": NoToken}, **refusals(413, 429)},
        openapi_extra={"requestBody": _BODY},
    )
    async def token(request: Request) -> JSONResponse:
        """An access token for a client's id and secret, in the Authorization header (Basic) or in the form."""
        address = request.client.host if request.client else ""
        try:
            ident, secret = await _credentials(request)
            made = await to_thread.run_sync(clients.token, ident, secret, address, now())
        except WrongSecretError:
            return refused(_NoTokenError("invalid_client", "there is no such client, or that is not its secret"))
        except _NoTokenError as error:
            return refused(error)
        told = AccessToken(access_token=made, expires_in=int(TOKEN_LASTS.total_seconds()))
        return _answer(200, told)

    def refused(error: _NoTokenError) -> JSONResponse:
        count(DOOR, error.error.replace("_", "-"))
        body = NoToken.model_validate({"error": error.error, "error_description": error.description})
        if error.error != "invalid_client":
            return _answer(400, body)
        answer = _answer(401, body)
        answer.headers["WWW-Authenticate"] = 'Basic realm="tingxu", charset="UTF-8"'
        return answer

    return router


def _answer(status: int, body: BaseModel) -> JSONResponse:
    """No cache keeps it (RFC 6749, 5.1)."""
    return JSONResponse(body.model_dump(), status, {"Cache-Control": "no-store", "Pragma": "no-cache"})


async def _credentials(request: Request) -> tuple[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise _NoTokenError("invalid_request", f"send the parameters as {_FORM}")
    given = (await request.form()).multi_items()
    form = {name: value for name, value in given if isinstance(value, str) and value}
    if len({name for name, _ in given}) != len(given):
        raise _NoTokenError("invalid_request", "a parameter stands twice")
    header = _basic(request.headers.get("authorization", ""))
    if header and "client_secret" in form:
        raise _NoTokenError("invalid_request", "credentials stand in the header and in the form")
    grant = form.get("grant_type", "")
    if not grant:
        raise _NoTokenError("invalid_request", "grant_type is missing")
    if grant != "client_credentials":
        raise _NoTokenError("unsupported_grant_type", "grant_type must be client_credentials")
    if form.get("scope", "appointments") != "appointments":
        raise _NoTokenError("invalid_scope", "the only scope is appointments")
    ident, secret = header or (form.get("client_id", ""), form.get("client_secret", ""))
    if not ident or not secret:
        raise _NoTokenError("invalid_client", "client id and secret are missing")
    return ident, secret


def _basic(header: str) -> tuple[str, str] | None:
    """Id and secret, each form-encoded before it was put there (RFC 6749, 2.3.1)."""
    scheme, text = get_authorization_scheme_param(header)
    if scheme.lower() != "basic":
        return None
    try:
        plain = base64.b64decode(text.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise _NoTokenError("invalid_client", "the Authorization header cannot be read") from None
    ident, _, secret = plain.partition(":")
    return unquote_plus(ident), unquote_plus(secret)
