"""Time series databases from Debian's packages as child processes, for tests and benchmarks; loopback only.

VictoriaMetrics takes what an InfluxDB 2 takes; InfluxDB 1.6 answers InfluxQL. Data is kept in the given folder.
"""

import contextlib
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from provisioning import child
from provisioning.broker.process import free_port

_START_S, _STOP_S = 30.0, 10.0

_INFLUXD = """\
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
dir = "{place}/meta"
[data]
dir = "{place}/data"
wal-dir = "{place}/wal"
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
[monitor]
store-enabled = false
"""


class TimeSeriesError(RuntimeError):
    """The server is not installed, or did not come up; the text holds the end of what it said."""


class _Server:
    package = ""
    health = ""

    def __init__(self, place: Path) -> None:
        self.place, self.port = place, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        """Returns once it answers. Raises TimeSeriesError."""
        self.place.mkdir(parents=True, exist_ok=True)
        log = self.place / "server.log"
        try:
            with log.open("ab") as said:
                self._process = subprocess.Popen(  # noqa: S603
                    self.command(), stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
                    cwd=self.place,
                )  # fmt: skip
        except FileNotFoundError as error:
            raise TimeSeriesError(
                f"{self.package} is not installed: apt-get install --no-install-recommends {self.package}"
            ) from error
        deadline = time.monotonic() + _START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise TimeSeriesError(f"{self.package} did not come up:\n{log.read_text('utf-8', 'replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Without a warning, like a power cut."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> "_Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}{self.health}", timeout=2) as answer:  # noqa: S310
            return bool(answer.status < 300)
        return False

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            child.end(self._process, how, _STOP_S)
            self._process = None


class VictoriaMetrics(_Server):
    package, health = "victoria-metrics", "/health"

    def command(self) -> list[str]:
        return ["victoria-metrics", f"-storageDataPath={self.place / 'data'}", "-retentionPeriod=100y",
                f"-httpListenAddr=127.0.0.1:{self.port}"]  # fmt: skip


class Influxd(_Server):
    package, health = "influxdb", "/ping"

    def command(self) -> list[str]:
        file = self.place / "influxdb.conf"
        if not file.exists():
            file.write_text(_INFLUXD.format(place=self.place, port=self.port, rpc=free_port()), "utf-8")
        return ["influxd", "-config", str(file)]
