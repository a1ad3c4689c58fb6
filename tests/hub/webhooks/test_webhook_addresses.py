"""Where webhooks go: to public addresses, to those that were allowed, and to the very address that was checked."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.webhooks.addresses import Allowed, BadAddressError
from hub.webhooks.sending import Sender, seconds
from hub.webhooks.signing import Secrets, fresh_secret, signed
from tests.hub.webhooks.receiver import DRIP, Platform
from tests.support.hub import run

LOOPBACK = ip_network("127.0.0.0/8")


@pytest.mark.parametrize("url", [
    "http://platform.example/hooks", "ftp://platform.example", "platform.example", "https://", "https:///hooks",
    "https://name:word@platform.example/", "https://name@platform.example/", "https://platform.example/#part",
    "https://platform.example:99999/", "https://platform.example/a b", "https://[::1", "https://platform.example/\u5385",
    "https://" + "a" * 500, "https://127.0.0.1/", "https://10.1.2.3/", "https://[::1]/", "https://169.254.169.254/latest",
    "https://[::ffff:10.0.0.1]/", "http://127.0.0.1/", "http://localhost/", "https://platform.example\\@10.0.0.1/",
])  # fmt: skip
def test_what_is_no_address_of_a_platform_is_refused(url):
    with pytest.raises(BadAddressError):
        Allowed().check_url(url)


def test_what_is_allowed_is_taken():
    Allowed().check_url("https://platform.example:8443/hooks?for=hall")
    Allowed((ip_network("10.1.0.0/16"),)).check_url("https://10.1.2.3/")
    for url in ("http://127.0.0.1:8080/", "http://localhost/", "http://[::1]/", "https://127.0.0.1/"):
        Allowed(loopback=True).check_url(url)
    with pytest.raises(BadAddressError):
        Allowed(loopback=True).check_url("http://10.1.2.3/")


@pytest.mark.parametrize("address", [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1", "198.18.0.1",
    "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:192.168.0.1",
    "fe80::1", "fc00::1", "fd12::1", "ff02::1", "64:ff9b::a00:1", "2002:a00:1::", "2001:0:a00:1::", "2001:db8::1",
])  # fmt: skip
def test_addresses_that_are_not_public_are_refused(address):
    with pytest.raises(BadAddressError):
        Allowed().check(ip_address(address))


def test_public_addresses_are_taken_but_not_in_the_clear():
    for address in ("1.1.1.1", "2606:4700:4700::1111"):
        Allowed().check(ip_address(address))
        with pytest.raises(BadAddressError):
            Allowed(loopback=True).check(ip_address(address), clear=True)


HEADERS = signed(Secrets(now=fresh_secret()), "test-1", datetime.now(UTC), b"{}")


def sent(sender: Sender, url: str):
    return sender.send(url, b"{}", HEADERS)


@pytest.mark.parametrize("found", [["10.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["fe80::1%eth0"], ["127.0.0.1"], []])
def test_a_name_with_an_address_that_is_not_public_is_not_gone_to(found):
    async def story():
        answer = await sent(Sender(Allowed(), resolve=lambda host, port: found), "https://platform.example/")
        assert answer.status == 0
        assert "not a public address" in answer.error or "has no address" in answer.error

    run(story())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Of `platform.example`, and its authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "platform.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("platform.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def test_the_line_goes_to_the_address_that_was_checked_and_the_certificate_is_the_names(certificate):
    """The name has another address by the next question (DNS rebinding): nobody asks again."""
    asked = []

    def changing(host, port):
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["10.9.9.9"]

    async def story():
        server, trusted = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
        server.load_cert_chain(certificate)
        trusted.load_verify_locations(certificate)
        async with Platform(tls=server) as platform:
            platform.secret = fresh_secret()
            sender = Sender(Allowed((LOOPBACK,)), trusted, changing)
            answer = await sent(sender, f"https://platform.example:{platform.port}/hooks?a=b")
            assert answer.status == 401, "it was there, and does not know the secret"
            assert asked == [("platform.example", platform.port)]
            assert platform.raw[0][0]["host"] == f"platform.example:{platform.port}"
            refused = await sent(sender, f"https://platform.example:{platform.port}/")
            assert "10.9.9.9 is not a public address" in refused.error
            for other, context in (("elsewhere.example", trusted), ("platform.example", None)):
                stranger = Sender(Allowed((LOOPBACK,)), context, lambda host, port: ["127.0.0.1"])
                answer = await sent(stranger, f"https://{other}:{platform.port}/")
                assert answer.error == "cannot be reached: ConnectError", "a certificate of another name, or unknown"
            assert len(platform.raw) == 1

    run(story())


def test_a_head_that_never_ends_is_left(tmp_path):
    async def story():
        async with Platform(lambda said: DRIP) as platform:
            platform.secret = fresh_secret()
            headers = signed(Secrets(now=platform.secret), "test-1", datetime.now(UTC), b"{}")
            answer = await Sender(Allowed(loopback=True), try_s=0.3).send(platform.url, b"{}", headers)
            assert answer.error

    run(story())


def test_a_name_server_that_is_silent_is_left():
    async def story():
        silent = asyncio.Event()
        loop = asyncio.get_running_loop()

        def resolve(host, port):
            asyncio.run_coroutine_threadsafe(silent.wait(), loop).result()
            return ["1.1.1.1"]

        answer = await sent(Sender(Allowed(), resolve=resolve, try_s=0.1), "https://platform.example/")
        silent.set()
        assert answer.error == "no answer within 0.1 s"

    run(story())


@pytest.mark.parametrize(
    ("said", "s"), [("120", 120.0), ("", None), ("soon", None), ("Mon, 02 Nov 2026 00:01:00 GMT", 60.0), ("-5", None)]
)
def test_how_long_to_wait_is_read_as_seconds_or_a_date(said, s):
    assert seconds(said, datetime(2026, 11, 2, tzinfo=UTC)) == s
