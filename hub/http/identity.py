"""Who is asking: a browser by its cookie, a program by its bearer token; and whether they may."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPBearer, OAuth2
from fastapi.security.utils import get_authorization_scheme_param

from hub.http.problems import ProblemError
from hub.storage.accounts import ROLES, Accounts, Caller, Identity, Role

Dependency: TypeAlias = Callable[..., Awaitable[Identity]]

AT_COUNTERS: tuple[Role, ...] = ("administrator", "manager", "clerk")
_SAFE = ("GET", "HEAD", "OPTIONS")
_GRANT = {"clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": {"appointments": "Book, and what was booked."}}}


class Gate:
    """`need(role, …)` is a dependency for routes, `asking` a question for pages. Any number of gates may serve one hub.

    `secure`: browsers come over TLS, so the cookie is for TLS only.
    """

    def __init__(self, accounts: Accounts, now: Callable[[], datetime], secure: bool = False) -> None:
        self._accounts, self._now, self._secure = accounts, now, secure
        self.cookie = "__Host-tingxu" if secure else "tingxu"
        self._hashing = CapacityLimiter(2)  # each takes 19 MiB and a core

    async def asking(self, request: Request) -> Identity | None:
        """None: nobody of the hall. Reads the database at the most every few seconds for each who asks."""
        who = await self._anybody(request)
        return None if who is None or who.role == "platform" else who

    async def still(self, request: Request) -> bool:
        """Whether the one who asked may go on; does not prolong the session."""
        secret, via = self._shown(request)
        return await self._identify(secret, via, slide=False) is not None

    def need(self, *roles: Caller) -> Dependency:
        """Somebody with one of the roles; without any: whoever is known of the hall. A cookie's writes must come from
        our pages."""
        allowed: tuple[Caller, ...] = roles or ROLES
        by_cookie = APIKeyCookie(name=self.cookie, scheme_name="session", auto_error=False)
        by_token: HTTPBearer | OAuth2 = HTTPBearer(scheme_name="token", auto_error=False)
        if allowed == ("platform",):
            by_token = OAuth2(flows=_GRANT, scheme_name="client", auto_error=False)

        async def known(
            request: Request,
            _cookie: Annotated[object, Depends(by_cookie)],
            _token: Annotated[object, Depends(by_token)],
        ) -> Identity:
            who = await self._anybody(request)
            if who is None:
                raise ProblemError("not-logged-in", headers={"WWW-Authenticate": 'Bearer realm="tingxu"'})
            if who.via == "session" and request.method not in _SAFE:
                self.own_site(request)
            if who.role not in allowed:
                raise ProblemError("forbidden", f"the role {who.role} may not do this; {', '.join(allowed)} may")
            return who

        return known

    def own_site(self, request: Request) -> None:
        """Raises ProblemError unless the browser says that one of our own pages sent this."""
        site = request.headers.get("sec-fetch-site")
        if not (site == "same-origin" if site is not None else self._own_origin(request)):
            raise ProblemError("cross-site", "a write with a cookie must come from a page of this hub; or use a token")

    async def own_writes(self, request: Request) -> None:
        """A dependency for pages of people without an account. Raises ProblemError for another site's write."""
        if request.method not in _SAFE:
            self.own_site(request)

    async def log_in(self, request: Request, response: Response, name: str, password: str) -> Identity:
        """Sets the cookie. Raises ProblemError for another site's page, WrongPasswordError, ThrottledError."""
        if {"sec-fetch-site", "origin"} & set(request.headers):
            self.own_site(request)
        address = request.client.host if request.client else ""
        secret = await to_thread.run_sync(
            self._accounts.log_in, name, password, address, self._now(), limiter=self._hashing
        )
        who = await self._identify(secret, "session")
        if who is None:
            raise ProblemError("not-logged-in")
        response.set_cookie(self.cookie, secret, path="/", secure=self._secure, httponly=True, samesite="strict")
        return who

    async def log_out(self, request: Request, response: Response) -> None:
        await to_thread.run_sync(self._accounts.log_out, request.cookies.get(self.cookie, ""))
        response.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="strict")

    async def _anybody(self, request: Request) -> Identity | None:
        secret, via = self._shown(request)
        return await self._identify(secret, via)

    def _shown(self, request: Request) -> tuple[str, str]:
        """A token goes before a cookie: who shows one wants to be judged by it."""
        scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
        if scheme.lower() == "bearer":
            return token, "token"
        return request.cookies.get(self.cookie, ""), "session"

    async def _identify(self, secret: str, via: str, *, slide: bool = True) -> Identity | None:
        if not secret:
            return None
        now = self._now()
        who = self._accounts.remembered(secret, now)
        if who is None:
            who = await to_thread.run_sync(lambda: self._accounts.identify(secret, now, slide=slide))
        return who if who is not None and who.via == via else None

    def _own_origin(self, request: Request) -> bool:
        origin = urlsplit(request.headers.get("origin", ""))
        if self._secure and origin.scheme != "https":
            return False
        return bool(origin.netloc) and origin.netloc == request.headers.get("host", "").lower()
