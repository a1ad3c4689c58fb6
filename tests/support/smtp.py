"""A mail server that takes letters by SMTP (RFC 5321) with STARTTLS and a log-in, and misbehaves as it is told."""

import asyncio
import base64
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ACCEPT, HANG, CUT, CUT_AFTER = "accept", "say nothing", "cut the line", "cut the line after taking it"
USER, PASSWORD = "tingxu", "a password of the mail server"


def certificate(directory: Path) -> Path:
    """A PEM file with certificate and key of localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).add_extension(names, critical=False)
    signed = built.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(9)).sign(key, hashes.SHA256())
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = directory / "smtp.pem"
    file.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + pem)
    return file


class MailServer:
    """`plan`: what it does with letters in turn, then it accepts: ACCEPT, HANG, CUT, CUT_AFTER, or a refusal of the
    recipient such as "550 no such user". `letters`: as often as they arrived; `clear`: lines that came without TLS."""

    def __init__(self, pem: Path, plan: Iterable[str] = (), *, tls: bool = True) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(pem)
        self._pem, self._plan, self._tls = pem, list(plan), tls
        self.letters: list[EmailMessage] = []
        self.clear: list[bytes] = []

    async def __aenter__(self) -> "MailServer":
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()

    def described(self, directory: Path, **more: object) -> Path:
        """The file of --smtp that leads here."""
        password = directory / "smtp-password"
        password.write_text(PASSWORD + "\n", "utf-8")
        password.chmod(0o600)
        table = {
            "host": "127.0.0.1", "port": self.port, "sender": "tingxu@hall.example", "user": USER,
            "password_file": str(password), "ca": str(self._pem), **more,
        }  # fmt: skip
        file = directory / "smtp.toml"
        lines = (f'{k} = "{v}"' if isinstance(v, str) else f"{k} = {v}" for k, v in table.items() if v is not None)
        file.write_text("\n".join(lines), "utf-8")
        return file

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        safe, known, what = False, False, self._plan.pop(0) if self._plan else ACCEPT

        async def say(*lines: str) -> None:
            writer.write("".join(line + "\r\n" for line in lines).encode())
            await writer.drain()

        try:
            await say("220 mail.example ESMTP")
            while line := await reader.readline():
                if not safe:
                    self.clear.append(line)
                word = line.split()[0].upper() if line.split() else b""
                if word == b"EHLO":
                    more = ["250-AUTH PLAIN"] if safe else ["250-STARTTLS"] if self._tls else []
                    await say("250-mail.example", *more, "250 8BITMIME")
                elif word == b"STARTTLS" and self._tls:
                    await say("220 go ahead")
                    await writer.start_tls(self._context)
                    safe = True
                elif word == b"AUTH":
                    given = base64.b64decode(line.split()[2]).split(b"\0")[1:]
                    known = safe and given == [USER.encode(), PASSWORD.encode()]
                    await say("235 welcome" if known else "535 no")
                elif word == b"MAIL":
                    await say("250 ok" if known or not self._tls else "530 log in first")
                elif word == b"RCPT":
                    if what == HANG:
                        await asyncio.Event().wait()
                    if what == CUT:
                        writer.transport.abort()
                        return
                    await say(what if what[:1].isdigit() else "250 ok")
                elif word == b"DATA":
                    await say("354 go on")
                    letter = (await reader.readuntil(b"\r\n.\r\n"))[:-3]
                    self.letters.append(message_from_bytes(letter, policy=policy.default))
                    if what == CUT_AFTER:
                        writer.transport.abort()
                        return
                    await say("250 taken")
                elif word == b"QUIT":
                    await say("221 bye")
                    return
                else:
                    await say("250 ok")
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()
