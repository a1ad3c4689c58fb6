"""What a hub process must be told: where it keeps things, which halls it serves, where it listens."""

import ipaddress
import re
import socket
from pathlib import Path

import msgspec

from halls.format import Hall, HallFileError, parse
from hub.domain import policies
from hub.storage.health import Keeping

_HUB_NAME = re.compile(r"hub(-[a-z0-9-]{1,60})?\Z")  # in its certificate; no device has such a one
_DATABASE_URL = re.compile(r"postgres(ql)?://\S+\Z")
_PUBLIC_URL = re.compile(
    r"https?://[A-Za-z0-9.-]{1,200}(:[0-9]{1,5})?/?\Z|https?://\[[0-9a-fA-F:]{2,45}\](:[0-9]{1,5})?/?\Z"
)
_INFLUX_URL = re.compile(r"https?://[^\s/@]+/?\Z")
_BACKLOG = 2048  # connections that wait to be taken: a whole city may come back at once


class SettingsError(ValueError):
    """A setting that cannot be used; the text says which and what to do."""


class Address(msgspec.Struct, frozen=True):
    host: str
    port: int

    @classmethod
    def of(cls, text: str) -> "Address":
        """`127.0.0.1:8000`, `[::1]:8000`."""
        host, _, port = text.rpartition(":")
        if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
            raise SettingsError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:8000")
        return cls(host.strip("[]"), int(port))

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def listen(self) -> socket.socket:
        """Raises SettingsError when it is taken, or not one of this machine's."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            return socket.create_server((self.host, self.port), family=family, backlog=_BACKLOG)
        except OSError as error:
            raise SettingsError(f"cannot listen at {self}: {error.strerror}; give another HOST:PORT") from error

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Tls(msgspec.Struct, frozen=True):
    """A server certificate and its key, PEM files."""

    certificate: Path
    key: Path

    def __post_init__(self) -> None:
        for path in (self.certificate, self.key):
            if not path.is_file():
                raise SettingsError(
                    f"{path}: there is no such file; name the PEM file of the pages' certificate or key"
                )


class Influx(msgspec.Struct, frozen=True, kw_only=True):
    """An InfluxDB 2: address, organisation, bucket, and the file that holds the token, which is read at the start."""

    url: str
    org: str
    bucket: str
    token_file: Path

    def __post_init__(self) -> None:
        if not _INFLUX_URL.match(self.url):
            raise SettingsError(f"--influx-url: {self.url!r} is not an address such as http://127.0.0.1:8086")

    def token(self) -> str:
        """Raises SettingsError when there is none in the file."""
        try:
            token = self.token_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"--influx-token-file {self.token_file} cannot be read: {error}") from error
        if not token or not token.isprintable():
            raise SettingsError(f"--influx-token-file {self.token_file}: one line with the token is expected")
        return token


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    data: Path  # CA, what the broker must know, and the database where no other is named
    halls: tuple[Hall, ...]
    http: Address  # pages and API
    est: Address  # enrolment, HTTPS
    broker: Address  # MQTT over mutual TLS
    name: str = "hub-1"  # this process at the broker; each needs its own
    tls: Tls | None = None  # of pages and API
    proxied: bool = False  # pages and API are in the clear here, and a proxy before them speaks TLS
    keeping: Keeping = Keeping()  # how long it is kept how devices were, and who did what to them
    release_keys: tuple[Path, ...] = ()  # public keys of those whose releases are taken, PEM
    ca_passphrase: Path | None = None  # None: beside the authority's key
    public_url: str = ""  # where citizens' phones reach the pages; empty: no address is printed for them
    database_url: str = ""  # of a PostgreSQL; empty: a file under `data`
    sms: str = "file"  # what carries texts to phones: file, console, http
    sms_provider: Path | None = None  # how a provider is asked, TOML
    people_days: int = 180  # how long people are remembered after the last that is known of them
    influx: Influx | None = None  # where metrics are written
    smtp: Path | None = None  # how mail is sent of alerts, TOML
    webhook_networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()  # where webhooks may go, too
    webhook_loopback: bool = False  # and to this machine, also in the clear

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.database_url and not _DATABASE_URL.match(self.database_url):
            raise SettingsError(
                "--database is the URL of a PostgreSQL database, such as postgresql://tingxu@db.example/tingxu; "
                "without it the hub keeps a file in its data directory"
            )
        if self.public_url and not _PUBLIC_URL.match(self.public_url):
            raise SettingsError(
                f"--public-url: {self.public_url!r} is not an address such as https://hall.example, without a path"
            )
        if self.tls is None and not self.proxied and not self.http.is_loopback:
            raise SettingsError(
                f"passwords would cross the network in the clear at {self.http}: give --tls-cert and --tls-key, "
                "listen on 127.0.0.1, or say --proxied when a proxy before the hub speaks TLS"
            )
        if (self.sms == "http") != (self.sms_provider is not None):
            raise SettingsError("--sms http and --sms-provider FILE go together: give both or neither")
        names = [hall.hall.id for hall in self.halls]
        for name in names:
            if names.count(name) > 1:
                raise SettingsError(f"two hall files have the id {name!r}: give each hall its own")

    @property
    def secure(self) -> bool:
        """Whether browsers come over TLS."""
        return self.tls is not None or self.proxied

    @property
    def database(self) -> Path | str:
        """As hub.storage.database takes it."""
        return self.database_url or self.data / "hub.db"


def check_name(name: str) -> None:
    """Raises SettingsError for what cannot be the name of a hub's process."""
    if not _HUB_NAME.match(name):
        raise SettingsError(f"{name!r} cannot be the name of a hub's process: hub-1, hub-2, … can")


def load_hall(path: Path) -> Hall:
    """Raises SettingsError with every problem of the file."""
    try:
        hall = parse(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"hall file {path} cannot be read: {error}") from error
    except HallFileError as error:
        raise SettingsError("\n".join(error.problems)) from error
    if unknown := policies.problems(hall):
        raise SettingsError("\n".join(f"{path}: {problem}" for problem in unknown))
    return hall
