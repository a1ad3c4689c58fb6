"""The touch page's server over real sockets: what a page gets, and what anybody else gets."""

import json
import queue
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.runtime.device import Input
from edge.runtime.panel import CLIENTS_MAX, TOUCHES_PER_S, Panel
from edge.runtime.panel_request import REQUEST_BYTES_MAX, TOUCH_BYTES_MAX
from tests.support.live import until


class Shown(msgspec.Struct, frozen=True):
    text: str


class Touch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    letter: str


class Chosen(Input, frozen=True, kw_only=True):
    letter: str


class Browser:
    """Bytes to the panel and back, honest or not."""

    def __init__(self, port: int) -> None:
        self.port = port

    def connect(self) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port))
        client.settimeout(20)
        return client

    def send(self, data: bytes) -> tuple[int, dict[str, str], bytes]:
        """→ (status, headers in lower case, body)"""
        with self.connect() as client:
            client.sendall(data)
            answer = b""
            while piece := client.recv(65536):
                answer += piece
        return parsed(answer)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """As a page of ours would, but for what `headers` say (Host="…"); "" leaves one out."""
        all_headers = {"Host": f"127.0.0.1:{self.port}"}
        if body:
            all_headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        all_headers |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items() if value)
        return self.send(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)

    def touch(self, body: bytes = b'{"letter":"A"}', **headers: str) -> int:
        return self.ask("POST", "/touch", body, **headers)[0]

    def stream(self, last_event_id: str = "") -> "Stream":
        client = self.connect()
        last = f"Last-Event-ID: {last_event_id}\r\n" if last_event_id else ""
        client.sendall(f"GET /state HTTP/1.1\r\nHost: localhost:{self.port}\r\n{last}\r\n".encode())
        return Stream(client)


class Stream:
    """Server-sent events, one after another."""

    def __init__(self, client: socket.socket) -> None:
        self.client = client
        self._lines = client.makefile("rb")
        while self._lines.readline().strip():
            pass

    def event(self) -> dict[str, str] | None:
        """None when the stream has ended."""
        found: dict[str, str] = {}
        while line := self._lines.readline():
            if line == b"\n" and found:
                return found
            name, _, value = line.decode().rstrip("\n").partition(":")
            found[name] = value.strip()
        return None

    def text(self) -> str:
        """Of the next state; beats are passed over."""
        while (event := self.event()) is not None:
            if event.get("event") == "state":
                return json.loads(event["data"])["text"]
        raise AssertionError("the stream ended")

    def close(self) -> None:
        self._lines.close()
        self.client.close()


def parsed(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    pairs = [line.partition(": ") for line in lines[1:]]
    return int(lines[0].split()[1]) if lines[0] else 0, {name.lower(): value for name, _, value in pairs}, body


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


@pytest.fixture
def inputs() -> "queue.SimpleQueue[Any]":
    return queue.SimpleQueue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "page"
    folder.mkdir()
    for name, text in (("index.html", "<p>页"), ("page.js", "1"), ("page.css", "p{}"), ("notes.txt", "not shown")):
        (folder / name).write_text(text)
    (tmp_path / "secret.html").write_text("secret")
    return folder


@pytest.fixture
def make(folder: Path, inputs: "queue.SimpleQueue[Any]") -> Iterator[Callable[..., Panel]]:
    made: list[Panel] = []

    def start(port: int = 0, beat_s: float = 60.0) -> Panel:
        panel = Panel(
            folder,
            port,
            shows=Shown,
            touch=Touch,
            heard=lambda touch, at: Chosen(at=at, letter=touch.letter),
            beat_s=beat_s,
        )
        made.append(panel)
        panel.start(inputs.put)
        return panel

    yield start
    for panel in made:
        panel.stop()


@pytest.fixture
def panel(make: Callable[..., Panel]) -> Panel:
    panel = make()
    until(lambda: panel.port, "the panel opens its port")
    return panel


@pytest.fixture
def browser(panel: Panel) -> Browser:
    return Browser(panel.port)


# What a page gets.


def test_the_page_and_its_files_come_with_their_types_and_a_policy_that_lets_nothing_else_in(browser: Browser) -> None:
    for path, kind, body in (
        ("/", "text/html", "<p>页"),
        ("/page.js", "text/javascript", "1"),
        ("/page.css?v=2", "text/css", "p{}"),
    ):
        status, headers, got = browser.ask("GET", path)
        assert (status, got.decode()) == (200, body)
        assert headers["content-type"].startswith(kind)
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_a_state_shown_before_anybody_looked_comes_at_once(panel: Panel, browser: Browser) -> None:
    panel.perform(Shown("一"))
    panel.perform(Shown("二"))
    assert browser.stream().text() == "二"


def test_a_page_sees_each_change_and_after_a_break_the_newest_at_once(panel: Panel, browser: Browser) -> None:
    panel.perform(Shown("一"))
    stream = browser.stream()
    assert stream.text() == "一"
    panel.perform(Shown("二"))
    assert stream.text() == "二"
    stream.close()
    panel.perform(Shown("三"))
    assert browser.stream(last_event_id="2").text() == "三"


def test_a_page_hears_a_beat_while_nothing_changes(make: Callable[..., Panel]) -> None:
    panel = make(beat_s=0.05)
    until(lambda: panel.port, "the panel opens its port")
    stream = Browser(panel.port).stream()
    assert [stream.event(), stream.event()] == [{"retry": "1000"}, {"event": "page", "data": panel.build}]
    assert [stream.event() for _ in range(3)] == [{"event": "beat", "data": ""}] * 3


def test_a_page_can_tell_that_its_files_have_changed(make: Callable[..., Panel], folder: Path) -> None:
    first, again = make(), make()
    (folder / "page.js").write_text("2")
    assert first.build == again.build != make().build


def test_another_part_s_effect_is_passed_over(panel: Panel, browser: Browser) -> None:
    panel.perform(Chosen(at=1.0, letter="A"))
    panel.perform(Shown("一"))
    assert browser.stream().text() == "一"


def test_a_touch_becomes_an_input_with_the_agent_s_time(browser: Browser, inputs: "queue.SimpleQueue[Any]") -> None:
    assert browser.touch(Origin=f"http://127.0.0.1:{browser.port}", Sec_Fetch_Site="same-origin") == 204
    assert inputs.get(timeout=20)(12.5) == Chosen(at=12.5, letter="A")


def test_pages_that_are_open_are_counted_in_health(panel: Panel, browser: Browser) -> None:
    stream = browser.stream()
    until(lambda: panel.health()["panel_pages"] == 1, "the page is counted")
    stream.close()
    panel.perform(Shown("一"))
    panel.perform(Shown("二"))
    until(lambda: panel.health()["panel_pages"] == 0 or panel.perform(Shown("三")), "it is no longer counted")


# What anybody else gets.


@pytest.mark.parametrize(
    "path",
    ["/../secret.html", "/%2e%2e/secret.html", "/..%2fsecret.html", "//secret.html", "/notes.txt", "/./index.html",
     "/page", "/index.html/", "/\x00", "http://127.0.0.1/index.html"],
)  # fmt: skip
def test_only_the_page_s_own_files_are_there(browser: Browser, path: str) -> None:
    assert browser.ask("GET", path)[0] in (400, 404)


@pytest.mark.parametrize("host", ["hall.example", "127.0.0.1", "127.0.0.1:1", "localhost.hall.example:{port}", ""])
def test_a_name_that_was_made_to_point_here_is_refused(browser: Browser, host: str) -> None:
    """DNS rebinding: another site's page asks under that site's own name."""
    for method, path, body in (("GET", "/", b""), ("GET", "/state", b""), ("POST", "/touch", b'{"letter":"A"}')):
        status, _, words = browser.ask(method, path, body, Host=host.format(port=browser.port))
        assert (status, words) == (403, b"this page is called 127.0.0.1 or localhost, with its port\n")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://hall.example"},
        {"Origin": "null"},
        {"Origin": "https://localhost"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
)
def test_another_site_s_page_cannot_touch(browser: Browser, inputs: Any, headers: dict[str, str]) -> None:
    assert browser.touch(**headers) == 403
    assert inputs.empty()


def test_two_hosts_are_no_host(browser: Browser) -> None:
    own = f"Host: 127.0.0.1:{browser.port}\r\n".encode()
    assert browser.send(b"GET / HTTP/1.1\r\n" + own + b"Host: hall.example\r\n\r\n")[0] == 403


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", b"Input data was truncated"),
        (b'{"letter":7}', b"Expected `str`, got `int` - at `$.letter`"),
        (b'{"letter":"A","more":1}', b"unknown field `more`"),
        (b'{"letter":"\xff"}', b"invalid"),
        (b"[" * 2000, b""),
    ],
)
def test_what_is_no_touch_is_refused_in_words(browser: Browser, inputs: Any, body: bytes, words: bytes) -> None:
    status, headers, said = browser.ask("POST", "/touch", body)
    assert (status, headers["content-type"]) == (400, "text/plain; charset=utf-8")
    assert words in said
    assert inputs.empty()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": ""}, 415),
        ({"Content_Length": ""}, 411),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "٣"}, 411),
        ({"Transfer_Encoding": "chunked"}, 411),
        ({"Content_Length": str(TOUCH_BYTES_MAX + 1)}, 413),
        ({"Content_Length": "9" * 5000}, 413),
    ],
)
def test_a_body_of_another_kind_or_size_is_refused(browser: Browser, headers: dict[str, str], status: int) -> None:
    assert browser.touch(**headers) == status


@pytest.mark.parametrize(
    "data",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
     b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n",
     b"POST /\r\n\r\n"],
)  # fmt: skip
def test_what_is_not_a_request_is_refused_and_the_page_goes_on(panel: Panel, browser: Browser, data: bytes) -> None:
    assert browser.send(data)[0] >= 400
    assert browser.ask("GET", "/")[0] == 200
    assert panel.health()["panel_refused"] == 1


def test_a_request_that_does_not_end_is_cut_off(browser: Browser) -> None:
    with browser.connect() as client, pytest.raises(OSError, match=r"reset|Broken pipe"):
        client.sendall((b"x: " + b"y" * REQUEST_BYTES_MAX + b"\r\n") * 1000)


def test_a_flood_of_touches_is_held_back(browser: Browser, inputs: Any) -> None:
    answers = [browser.touch() for _ in range(3 * TOUCHES_PER_S)]
    assert set(answers) <= {204, 429}
    assert answers[0] == 204
    assert inputs.qsize() == answers.count(204)


def test_hung_clients_make_way_for_a_new_one_and_hold_up_nobody(panel: Panel, browser: Browser) -> None:
    """Half of them never finish asking, half never read what they are sent."""
    hung = [browser.connect() for _ in range(2 * CLIENTS_MAX)]
    for client in hung[::2]:
        client.sendall(b"GET /state HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % browser.port)
    for count in range(500):
        panel.perform(Shown(f"{count} " * 2000))
    assert browser.stream().text().startswith("499 ")
    assert len(panel._clients) <= CLIENTS_MAX
    for client in hung:
        client.close()


def test_a_slow_page_gets_the_newest_and_no_backlog(panel: Panel, browser: Browser) -> None:
    stream = browser.stream()
    panel.perform(Shown("first"))
    assert stream.text() == "first"
    for count in range(2000):
        panel.perform(Shown(f"{count} " * 3000))
    seen = 0
    while not stream.text().startswith("1999 "):
        seen += 1
    assert seen < 1999


# The port.


def test_it_listens_on_loopback_alone(panel: Panel) -> None:
    door = panel._door
    assert door is not None
    assert door.getsockname()[0] == "127.0.0.1"


def test_a_port_that_is_taken_shows_in_health_and_is_tried_again(make: Callable[..., Panel]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        panel = make(port)
        until(lambda: "in use" in str(panel.health().get("panel_error", "")), "health says that the port is taken")
        assert f"port {port}" in str(panel.health()["panel_error"])
    until(lambda: panel.port == port, "the port is had when it is free")
    assert Browser(port).ask("GET", "/")[0] == 200
    assert "panel_error" not in panel.health()


def test_after_a_stop_streams_end_and_the_port_is_free(make: Callable[..., Panel]) -> None:
    port = free_port()
    panel = make(port)
    until(lambda: panel.port, "the panel opens its port")
    stream = Browser(port).stream()
    panel.stop()
    while stream.event() is not None:
        pass
    again = make(port)
    until(lambda: again.port == port, "another can have the port")


def test_a_folder_without_a_page_is_refused_before_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no index\.html"):
        Panel(tmp_path, 0, shows=Shown, touch=Touch, heard=lambda touch, at: Chosen(at=at, letter=touch.letter))
