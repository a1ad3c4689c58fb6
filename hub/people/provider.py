"""Messages by a provider's HTTP interface, described in a TOML file:

    url = "https://sms.example/v1/send"
    body = '{"to": "{phone}", "content": "{text}", "serial": "{ident}"}'
    [headers]
    Authorization = "Bearer …"

`method` POST, `type` json (or form), `idempotency` Idempotency-Key (a header's name), `timeout_s` 10, `ca` (PEM file)
and `accepted` (a pattern that the answer must have, of providers that say 200 to everything) are optional.
"""

import hashlib
import json
import re
import ssl
import tomllib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote_plus

import msgspec

from hub.people.messages import NeverError, NotNowError

if TYPE_CHECKING:
    import httpx

_ANSWER_MAX = 64 * 1024  # bytes
_LATER = {408, 409, 423, 425, 429}  # it may yet go: too slow, the same one is under way, locked, too early, too many
_GAP = re.compile(r"\{(phone|text|ident)\}")


class ProviderError(ValueError):
    """The file cannot be used; the text says why and what to do."""


class Described(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: str
    body: str
    method: str = "POST"
    type: Literal["json", "form"] = "json"
    headers: dict[str, str] = {}
    idempotency: str = "Idempotency-Key"
    timeout_s: float = 10.0
    ca: str = ""
    accepted: str = ""


def load(path: Path) -> Described:
    """It holds a password for sending: nobody but the hub's user may read it."""
    try:
        if path.stat().st_mode & 0o007:
            raise ProviderError(f"{path}: others can read it, and a provider's secret is in it: chmod 640 {path}")
        described = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Described)
        _check(described)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, re.error) as error:
        raise ProviderError(f"{path}: {error}") from error
    return described


def _check(one: Described) -> None:
    if not one.url.startswith(("https://", "http://")):
        raise ProviderError(f"url = {one.url!r} is not an address such as https://sms.example/send")
    if not {"phone", "text"} <= set(_GAP.findall(one.body)):
        raise ProviderError("body must have {phone} and {text} where they belong")
    if not 0 < one.timeout_s <= 25:
        raise ProviderError("timeout_s must be more than 0 and at most 25")
    re.compile(one.accepted)
    if one.type == "json":
        try:
            json.loads(_filled(one, "1", "t", "i"))
        except ValueError as error:
            raise ProviderError(f"body is not JSON: {error}") from error


class Provider:
    """A messenger. Its errors name statuses, never what was sent or answered."""

    def __init__(self, described: Described) -> None:
        self._described = described
        self._client: httpx.AsyncClient | None = None

    async def send(self, phone: str, text: str, *, ident: str = "") -> None:
        import httpx  # a tenth of a second that only hubs with a provider need

        one = self._described
        serial = hashlib.sha256(ident.encode()).hexdigest()[:32]  # what we call it is not the provider's business
        content = {"json": "application/json; charset=utf-8", "form": "application/x-www-form-urlencoded"}[one.type]
        headers = {"Content-Type": content, one.idempotency: serial, **one.headers}
        try:
            async with self._opened().stream(
                one.method, one.url, content=_filled(one, phone, text, serial).encode(), headers=headers
            ) as answer:
                said = await _beginning(answer) if one.accepted else b""
        except httpx.HTTPError as error:
            raise NotNowError(f"the provider cannot be reached: {type(error).__name__}") from None
        _judge(one, answer.status_code, said, answer.headers.get("Retry-After", ""))

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def forget(self, phone: str) -> None: ...

    def _opened(self) -> "httpx.AsyncClient":
        import httpx

        if self._client is None:
            trusted = ssl.create_default_context(cafile=self._described.ca or None)  # the machine's, not a package's
            self._client = httpx.AsyncClient(verify=trusted, timeout=self._described.timeout_s, trust_env=False)
        return self._client


async def _beginning(answer: "httpx.Response") -> bytes:
    said = b""
    async for part in answer.aiter_bytes():
        said += part
        if len(said) >= _ANSWER_MAX:
            break
    return said


def _judge(one: Described, status: int, said: bytes, retry_after: str) -> None:
    if 200 <= status < 300:
        if one.accepted and not re.search(one.accepted, said.decode("utf-8", "replace")):
            raise NotNowError("the provider answers, and does not accept")
        return
    if status >= 500 or status in _LATER:
        raise NotNowError(f"the provider answers {status}", _seconds(retry_after))
    raise NeverError(f"the provider answers {status}")


def _filled(one: Described, phone: str, text: str, ident: str) -> str:
    """All gaps at once: a text that has {phone} in it stays what it is."""
    values = {"phone": phone, "text": text, "ident": ident}
    if one.type == "json":
        return _GAP.sub(lambda gap: json.dumps(values[gap[1]], ensure_ascii=False)[1:-1], one.body)
    return _GAP.sub(lambda gap: quote_plus(values[gap[1]]), one.body)


def _seconds(retry_after: str) -> float | None:
    """RFC 9110 10.2.3: seconds or a date."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
