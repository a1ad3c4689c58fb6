"""Mail by SMTP (RFC 5321), in a thread: described in a TOML file, which names the file with the password.

    host = "mail.example"
    sender = "tingxu@hall.example"
    user = "tingxu"
    password_file = "/etc/tingxu/smtp-password"

`security` starttls (or tls; none to this machine only), `port` (587, 465, 25), `ca` (a PEM file) and `timeout_s` 10 are
optional.
"""

import asyncio
import hashlib
import smtplib
import ssl
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

import msgspec

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_AT_ONCE = 4  # threads; a server that is silent must not hold up what else the hub does in threads
TRY_S = 40.0  # altogether


class MailError(Exception):
    """It did not go; the text names what the server said, never a password. `for_good`: nor will it ever."""

    def __init__(self, text: str, *, for_good: bool = False) -> None:
        super().__init__(text)
        self.for_good = for_good


class SmtpFileError(ValueError):
    """The file cannot be used; the text says why and what to do."""


class Described(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str
    sender: str
    security: Literal["starttls", "tls", "none"] = "starttls"
    port: int = 0  # 0: the usual one
    user: str = ""
    password_file: str = ""
    ca: str = ""
    timeout_s: float = 10.0


def load(path: Path) -> "Mailer":
    """Raises SmtpFileError."""
    try:
        one = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Described)
        _check(one)
        password = _password(Path(one.password_file)) if one.password_file else ""
        context = ssl.create_default_context(cafile=one.ca or None)
    except SmtpFileError as error:
        raise SmtpFileError(f"{path}: {error}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SmtpFileError(f"{path}: {error}") from error
    return Mailer(one, password, context)


def _check(one: Described) -> None:
    if not one.host or not 0 <= one.port < 65536:
        raise SmtpFileError('host must be the name of a mail server, such as "mail.example", and port a TCP port')
    if "@" not in one.sender or not one.sender.isascii() or not one.sender.isprintable():
        raise SmtpFileError(f"sender = {one.sender!r} is not an address such as tingxu@hall.example")
    if bool(one.user) != bool(one.password_file):
        raise SmtpFileError("user and password_file go together: give both or neither")
    if not 0 < one.timeout_s <= 30:
        raise SmtpFileError("timeout_s must be more than 0 and at most 30")
    if one.security == "none" and not _is_loopback(one.host):
        raise SmtpFileError('security = "none" would send mail in the clear: take "starttls" or "tls"')
    if one.security == "none" and one.user:
        raise SmtpFileError('a password is never sent in the clear: take "starttls" or "tls"')


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _password(path: Path) -> str:
    if path.stat().st_mode & 0o007:
        raise SmtpFileError(f"{path}: others can read this password: chmod 640 {path}")
    password = path.read_text("utf-8").rstrip("\n")
    if not password or not password.isprintable():
        raise SmtpFileError(f"{path}: one line with the password is expected")
    return password


class Mailer:
    def __init__(self, described: Described, password: str, context: ssl.SSLContext) -> None:
        self._one, self._password, self._context = described, password, context
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="mail")

    async def send(self, to: str, subject: str, text: str, *, ident: str, at: datetime) -> None:
        """`ident`: the same with every try, so that who gets it twice can tell. Raises MailError."""
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._send, to, subject, text, ident, at)
        try:
            async with asyncio.timeout(TRY_S):
                await work
        except TimeoutError:
            raise MailError(f"the mail server did not take it within {TRY_S:g} s") from None

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _send(self, to: str, subject: str, text: str, ident: str, at: datetime) -> None:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = self._one.sender, to, subject
        letter["Date"], letter["Message-ID"] = format_datetime(at), self._message_id(ident)
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
        letter.set_content(text)
        try:
            with self._connected() as server:
                server.send_message(letter, self._one.sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise MailError(_told(code, said), for_good=500 <= code < 600) from None
        except smtplib.SMTPAuthenticationError as error:
            raise MailError(f"the mail server refuses user and password ({error.smtp_code})") from None
        except smtplib.SMTPResponseException as error:
            raise MailError(_told(error.smtp_code, error.smtp_error)) from None
        except smtplib.SMTPNotSupportedError:
            raise MailError("the mail server offers no STARTTLS or no log-in, which is asked for") from None
        except ssl.SSLError as error:
            raise MailError(f"the mail server's TLS is no good: {error.reason}") from None
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise MailError(f"the mail server cannot be reached: {type(error).__name__}") from None

    def _connected(self) -> smtplib.SMTP:
        one = self._one
        port = one.port or _PORTS[one.security]
        if one.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(one.host, port, timeout=one.timeout_s, context=self._context)
        else:
            server = smtplib.SMTP(one.host, port, timeout=one.timeout_s)
        try:
            if one.security == "starttls":
                server.starttls(context=self._context)
            if one.user:
                server.login(one.user, self._password)
        except BaseException:
            server.close()
            raise
        return server

    def _message_id(self, ident: str) -> str:
        return f"<{hashlib.sha256(ident.encode()).hexdigest()[:32]}@{self._one.sender.rpartition('@')[2]}>"


def _told(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    plain = "".join(sign if sign.isprintable() else " " for sign in text[:120])
    return f"the mail server answers {code} {plain}".rstrip()
