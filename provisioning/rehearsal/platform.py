"""The city's platform of a rehearsal: logs in as platforms do (RFC 6749, 4.4)."""

from collections.abc import Generator

import httpx

ID = "rehearsal"


class Platform(httpx.Auth):
    """An access token for id and secret: fetched when it is needed, and again when the hub takes it no more."""

    requires_response_body = True

    def __init__(self, base: str, secret: str) -> None:
        self._base, self._secret, self._token = base, secret, ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        for fresh in (False, True):
            if fresh or not self._token:
                answer = yield self._asking()
                self._token = "" if answer.is_error else str(answer.json()["access_token"])
            request.headers["Authorization"] = f"Bearer {self._token}"
            answer = yield request
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                return

    def _asking(self) -> httpx.Request:
        form = {"grant_type": "client_credentials", "client_id": ID, "client_secret": self._secret}
        return httpx.Request("POST", f"{self._base}/oauth2/token", data=form)
