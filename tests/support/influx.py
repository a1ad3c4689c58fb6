"""Who stands in for an InfluxDB 2 where there is none: `/api/v2/write` → InfluxDB 1.6 `/write`; and asking either."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from hub.metrics.influx import Target
from provisioning.stack.process import Influxd


class Forwarder:
    """What it forwards is untouched. `answer`: instead of forwarding, a status for a write, or None."""

    def __init__(self, behind: str) -> None:
        self.answer: Callable[[], int | None] = lambda: None
        self.writes = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.writes += 1
                if (status := outer.answer()) is None:
                    asked = parse_qs(urlsplit(self.path).query)
                    assert self.path.startswith("/api/v2/write?")
                    assert asked["precision"] == ["ns"]
                    heads = {"Content-Encoding": self.headers.get("Content-Encoding", "identity")}
                    said = httpx.post(f"{behind}/write", params={"db": asked["bucket"][0], "precision": "ns"},
                                      content=body, headers=heads, timeout=30)  # fmt: skip
                    status = said.status_code
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Asked:
    """An engine of InfluxQL, and where to write for it."""

    def __init__(self, query_url: str, target: Target) -> None:
        self._url, self.target = query_url, target

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Of all series, tags among the columns. Fails when the query does."""
        heads = {"Authorization": f"Token {self.target.token}"}
        said = httpx.post(f"{self._url}/query", params={"db": self.target.bucket, "epoch": "ns"},
                          data={"q": query}, headers=heads, timeout=30)  # fmt: skip
        assert said.status_code == 200, said.text
        (result,) = said.json()["results"]
        assert "error" not in result, f"{query}: {result['error']}"
        return [
            dict(zip(series["columns"], values, strict=True)) | series.get("tags", {})
            for series in result.get("series", [])
            for values in series["values"]
        ]


def another() -> Asked | None:
    """The InfluxDB 2 that the environment names: INFLUX_URL, INFLUX_ORG, INFLUX_BUCKET (for tests alone, with a DBRP
    mapping of its name), INFLUX_TOKEN (reads, writes, deletes). It is emptied."""
    if not (url := os.environ.get("INFLUX_URL")):
        return None
    org, bucket, token = (os.environ[f"INFLUX_{name}"] for name in ("ORG", "BUCKET", "TOKEN"))
    said = httpx.post(f"{url}/api/v2/delete", params={"org": org, "bucket": bucket},
                      json={"start": "1970-01-01T00:00:00Z", "stop": "2100-01-01T00:00:00Z"},
                      headers={"Authorization": f"Token {token}"}, timeout=30)  # fmt: skip
    assert said.status_code == 204, said.text
    return Asked(url, Target(url=url, org=org, bucket=bucket, token=token))


@contextmanager
def engine_of_its_own(place: Path) -> Iterator[Asked]:
    """Empty, its data at `place`; with INFLUX_URL in the environment, the bucket there."""
    if (other := another()) is not None:
        yield other
        return
    with Influxd(place) as server:
        between = Forwarder(server.url)
        made = httpx.post(f"{server.url}/query", data={"q": 'CREATE DATABASE "tingxu"'})
        assert made.status_code == 200, made.text
        yield Asked(server.url, Target(url=between.url, org="hall", bucket="tingxu", token="t"))
        between.close()


def serve_arguments(asked: Asked, directory: Path) -> list[str]:
    """With which a hub writes there; the token goes into a file in `directory`."""
    token = directory / "influx-token"
    token.write_text(asked.target.token)
    about = {"url": asked.target.url, "org": asked.target.org, "bucket": asked.target.bucket, "token-file": token}
    return [f"--influx-{name}={value}" for name, value in about.items()]
