"""What a hub has under its data directory before it first serves: database, authority, certificates, its secrets."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from hub.enrolment.authority import Authority, NoAuthorityError
from hub.enrolment.broker import write_knowledge
from hub.enrolment.files import PRIVATE, PUBLIC, keep
from hub.enrolment.rollover import open_authority
from hub.people import sealing
from hub.pseudonyms import fresh_key
from hub.settings import Settings, SettingsError
from hub.storage.accounts import Accounts
from hub.storage.database import open_database
from hub.storage.registry import Registry


class Files:
    """What `initialise` lays down, and `hub.main.serve` finds."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.authority = data / "ca"
        self.broker = data / "broker"
        self.pseudonyms = data / "pseudonyms.key"  # without it nobody is known again
        self.vault = data / "vault.key"  # without it nobody's data can be read
        self.messages = data / "messages.jsonl"  # of `--sms file`
        self.content = data / "content"
        self.releases = data / "releases"
        self.history = data / "history"  # made of the log; may be deleted
        self.release_key = data / "release.pub"  # of the publisher whose releases are taken; perhaps not there
        self.est = data / "est.pem"
        self.est_key = data / "est-key.pem"

    def session(self, name: str) -> tuple[Path, Path]:
        """That process's own certificate at the broker, and its key."""
        return self._data / f"{name}.pem", self._data / f"{name}-key.pem"


def initialise(settings: Settings, hosts: list[str], names: list[str]) -> str | None:
    """Make what is missing: database, CA, certificates, what the broker must know, the first administrator.

    `hosts`: names and addresses at which devices reach this machine; `names`: of all processes of this hub. Returns the
    administrator's password, the first time and never again. Raises SettingsError, AuthorityError, DatabaseError.
    """
    files = Files(settings.data)
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"{settings.data} cannot hold a hub's data: {error.strerror}") from error
    try:
        authority = open_authority(files.authority, passphrase_file=settings.ca_passphrase)
    except NoAuthorityError:
        authority = Authority.create(files.authority, passphrase_file=settings.ca_passphrase)
    if not files.pseudonyms.exists():
        keep(files.pseudonyms, fresh_key(), PRIVATE)
    if not files.vault.exists():
        keep(files.vault, sealing.fresh_key(), PRIVATE)
    if isinstance(settings.database, Path):
        settings.database.touch(PRIVATE)
    engine = open_database(settings.database)
    registry = Registry(engine)
    _certify(files, authority, registry, hosts, names)
    password = Accounts(engine).first_administrator(datetime.now(UTC))
    engine.dispose()
    return password


def fingerprint(settings: Settings) -> str:
    """Of the CA: what a device's card must say. Raises NoAuthorityError before `initialise`."""
    return open_authority(Files(settings.data).authority, passphrase_file=settings.ca_passphrase).fingerprint


def certify_again(data: Path, authority: Authority, registry: Registry) -> None:
    """New certificates for hub, enrolment and broker under the names that they have, and what the broker must know:
    the authority has changed. Raises SettingsError before `initialise`."""
    files = Files(data)
    if not files.est.exists():
        raise SettingsError(f"{files.est}: there is no such file; run init first")
    certificate = x509.load_pem_x509_certificate(files.est.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    sessions = sorted(one.stem for one in data.glob("hub*.pem") if not one.stem.endswith("-key"))
    _certify(files, authority, registry, hosts, sessions)


def _certify(files: Files, authority: Authority, registry: Registry, hosts: list[str], names: list[str]) -> None:
    write_knowledge(files.broker, authority, hosts, names, registry.revoked_serials(datetime.now(UTC)))
    for name in names:
        for path, content, mode in zip(
            files.session(name), authority.issue_client(name), (PUBLIC, PRIVATE), strict=True
        ):
            keep(path, content, mode)
    certificate, key = authority.issue_server(hosts)
    keep(files.est_key, key, PRIVATE)
    keep(files.est, certificate, PUBLIC)
