"""`python -m edge`: what it refuses, what it loads, and how it begins and ends."""

import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from edge.runtime import identity
from edge.runtime.config import Hub
from tests.edge.runtime.board import ROOT, configuration
from tests.support.live import until
from wire.messages import Health


def edge(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_good_configuration_is_called_good(tmp_path):
    done = edge("evaluator", "--check", "--config", str(configuration(tmp_path, 1)))
    assert (done.returncode, done.stdout) == (0, f"{tmp_path}/agent.toml: good\n")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ('[hub]\nest = "x"\n', "missing required field `ca_fingerprint`"),
        ("[device\n", "is not TOML"),
        ('[device]\ncolour = "red"\n', "unknown field `colour`"),
        ('[device]\ndriver = "neon"\n', "no driver 'neon'"),
    ],
)
def test_a_bad_configuration_is_refused_in_words(tmp_path, wrong, words):
    file = configuration(tmp_path, 1)
    for name in ("ca.pem", "key.pem", "cert.pem", "device"):
        (tmp_path / name).write_text("evaluator-1")
    good = file.read_text().replace('[device]\ndriver = "simulated"\n', "")
    file.write_text(wrong if "[hub]" in wrong else good + wrong)
    done = edge("evaluator", "--config", str(file))
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_board_that_is_told_to_stop_says_goodbye_and_ends_well(hub, site):
    file = configuration(site.identity("evaluator-1").directory, site.port)
    process = subprocess.Popen([sys.executable, "-m", "edge", "evaluator", "--config", str(file)], cwd=ROOT)
    try:
        until(lambda: hub.messages(Health), "it reports")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        until(lambda: hub.online["evaluator-1"] is False, "it is offline for everybody")
    finally:
        process.kill()


def test_a_board_that_has_its_identity_loads_no_cryptography(site):
    """It costs 10 MB, for what a board does on its first day alone."""
    directory = site.identity("evaluator-1").directory
    code = (
        "import sys; from pathlib import Path; import edge.__main__\n"
        "from edge.runtime import config, device, identity\nfrom edge.runtime.agent import Agent\n"
        "from edge.runtime.systemd import Supervisor\n"
        f"settings = config.load(Path({str(configuration(directory, site.port))!r}))\n"
        "who = edge.__main__._identity(settings, Supervisor({})); who.tls()\n"
        "Agent(device.device_class('evaluator'), settings, who)\n"
        "sys.exit('cryptography' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == 0


@pytest.fixture
def nonsense(site) -> Iterator[tuple[str, list[bytes]]]:
    """An HTTPS server that answers with the given bytes, after the status line of HTTP if they are not empty."""
    answers: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if answers[0]:
                self.send_response(200)
                self.end_headers()
            self.wfile.write(answers[0])

        def log_message(self, *_: object) -> None:
            """Not to stderr."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(site.directory / "broker" / "broker.pem", site.directory / "broker" / "broker-key.pem")
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("body", [b"!", b"bm9uc2Vuc2U="])
def test_a_hub_that_answers_with_no_certificate_is_refused_in_words(nonsense, tmp_path, body):
    address, answers = nonsense
    answers.append(body)
    with pytest.raises(identity.EnrolmentError, match=f"{address} answered with"):
        identity.enrol(Hub(est=address, ca_fingerprint="00", broker="", token="t"), tmp_path / "state")


def test_a_hub_that_breaks_off_is_out_of_reach_and_tried_again(nonsense, tmp_path):
    address, answers = nonsense
    answers.append(b"")
    with pytest.raises(OSError, match=r"."):
        identity.enrol(Hub(est=address, ca_fingerprint="00", broker="", token="t"), tmp_path / "state")
    assert identity.stored(Path(tmp_path / "state")) is None
