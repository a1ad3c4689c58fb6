"""One try: a POST to the address that the name had when it was checked, and what was answered."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address

import msgspec

from hub.rounds import retry_s
from hub.webhooks.addresses import Allowed, BadAddressError

GONE = 410  # RFC 9110 15.5.11: nobody wants to hear of it any more
HELD = timedelta(seconds=60)  # one try, at the longest; then another process may
TRY_S = 15.0  # altogether
_BACK_OFF_S = (5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0)
_RETRY_S_MAX = 6 * 3600.0
_CONNECT_S, _READ_S = 5.0, 10.0
_LOOKING_UP = 4  # threads; a name server that is silent must not hold up what else the hub does in threads


class Answer(msgspec.Struct, frozen=True):
    """`status` 0: there was none, and `error` says why. `retry_after`: the header as it came."""

    status: int = 0
    error: str = ""
    retry_after: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def told(self) -> str:
        return self.error or f"answered {self.status}"


def resolved(host: str, port: int) -> list[str]:
    """Addresses of a name. Blocks. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class Sender:
    """`trusted`: whose certificates are taken; None: those that the machine trusts."""

    def __init__(
        self,
        allowed: Allowed,
        trusted: ssl.SSLContext | None = None,
        resolve: Callable[[str, int], list[str]] = resolved,
        try_s: float = TRY_S,
    ) -> None:
        self.allowed = allowed
        self._trusted, self._resolve, self.try_s = trusted, resolve, try_s
        self._names = ThreadPoolExecutor(_LOOKING_UP, thread_name_prefix="names of webhooks")

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Redirects are not followed, and nothing of an answer but its head is read."""
        answers: list[Answer] = []
        try:
            async with asyncio.timeout(self.try_s):
                await self._post(url, body, headers, answers.append)
        except BadAddressError as error:
            failed = Answer(error=str(error))
        except TimeoutError:
            failed = Answer(error=f"no answer within {self.try_s:g} s")
        except (OSError, ValueError) as error:  # names and certificates that are no good; httpx has its own below
            failed = Answer(error=f"cannot be reached: {type(error).__name__}")
        else:
            failed = Answer(error="cannot be reached")
        return answers[0] if answers else failed

    async def close(self) -> None:
        self._names.shutdown(wait=False, cancel_futures=True)

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str], said: Callable[[Answer], None]) -> None:
        import httpx  # a tenth of a second that only hubs with a webhook need

        self.allowed.check_url(url)
        target = httpx.URL(url)
        name = target.raw_host.decode()
        address = await self._checked(name, target.port or 443, clear=target.scheme != "https")
        sent = {
            "Content-Type": "application/json",
            "User-Agent": "tingxu",
            "Accept-Encoding": "identity",
            **headers,
            "Host": target.netloc.decode(),
        }
        timeout = httpx.Timeout(_READ_S, connect=_CONNECT_S)
        # A client for each: a line that is kept open was checked for another name, another time.
        client = httpx.AsyncClient(verify=self._context(), trust_env=False, follow_redirects=False, timeout=timeout)
        asked = client.stream(
            "POST",
            target.copy_with(host=address),
            content=body,
            headers=sent,
            extensions={"sni_hostname": name},  # the certificate must be the name's
        )
        try:
            async with client, asked as answer:
                said(Answer(answer.status_code, retry_after=answer.headers.get("Retry-After", "")))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            said(Answer(error=f"cannot be reached: {type(error).__name__}"))

    async def _checked(self, name: str, port: int, *, clear: bool) -> str:
        """The address to go to. All that the name has must be allowed: who mixes them means harm, or erred."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._names, self._resolve, name, port)
        except (OSError, UnicodeError):
            raise BadAddressError(f"the name {name} has no address") from None
        addresses = [ip_address(one.partition("%")[0]) for one in found]
        if not addresses:
            raise BadAddressError(f"the name {name} has no address")
        for address in addresses:
            self.allowed.check(address, clear=clear)
        return str(addresses[0])

    def _context(self) -> ssl.SSLContext:
        if self._trusted is None:
            self._trusted = ssl.create_default_context()
        return self._trusted


def until_next(tries: int, answer: Answer, now: datetime) -> timedelta:
    """Until the next try, after so many before the one that was answered so."""
    return timedelta(seconds=retry_s(_BACK_OFF_S, tries, seconds(answer.retry_after, now), _RETRY_S_MAX))


def seconds(retry_after: str, now: datetime) -> float | None:
    """RFC 9110 10.2.3: seconds or a date."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    except (ValueError, TypeError):
        return None
