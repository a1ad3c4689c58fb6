"""A board as a real process: the launcher and the agent it starts, with a data partition of its own.

For rehearsals and tests. Like systemd it starts the launcher again whenever the agent has ended.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path

from provisioning.board import launch

_PAUSE_S = 0.2  # between two starts; systemd waits a second


class Board:
    """`factory`: folder with the card's own release; `key`: the publisher's public key, both as on a card.

    `trial_s`: how long a trial may take, from the next start on. `log`: what launcher and agents say.
    """

    def __init__(self, directory: Path, device_class: str, factory: Path, key: Path, trial_s: int = 300) -> None:
        self.directory, self.device_class = directory, device_class
        self.state, self.releases = directory / device_class, directory / "releases"
        self.file, self.log = directory / f"{device_class}.toml", directory / "board.log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TINGXU_", "NOTIFY_"))},
            "TINGXU_RELEASES": str(self.releases),
            "TINGXU_FACTORY": str(factory),
            "TINGXU_RELEASE_KEY": str(key),
            "TINGXU_SPREAD_S": "0",
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._power = threading.Event()
        self._keeper: threading.Thread | None = None
        self.starts, self.trial_s = 0, trial_s
        directory.mkdir(parents=True, exist_ok=True)
        self.releases.mkdir(exist_ok=True)

    def configure(self, hub: dict[str, str], health_s: float = 30.0, device: str = 'driver = "simulated"') -> None:
        """`hub`: the keys of `[hub]`."""
        table = "".join(f'{key} = "{value}"\n' for key, value in hub.items())
        agent = f'[agent]\nstate_dir = "{self.state}"\nhealth_s = {health_s}\n'
        self.file.write_text(f"[hub]\n{table}{agent}[device]\n{device}\n", "utf-8")

    def power_on(self) -> None:
        self._power.set()
        self._keeper = threading.Thread(target=self._run, name=f"board {self.directory.name}", daemon=True)
        self._keeper.start()

    def power_off(self) -> None:
        """In the middle of whatever it does: SIGKILL."""
        self._power.clear()
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()
        if self._keeper is not None:
            self._keeper.join(20)

    def kill(self) -> None:
        """The process alone; it is started again at once."""
        if self._process is not None:
            self._process.kill()

    def _run(self) -> None:
        command = [sys.executable, "-I", str(Path(launch.__file__)), self.device_class, "--config", str(self.file)]
        with self.log.open("ab") as log:
            while self._power.is_set():
                self.starts += 1
                self._process = subprocess.Popen(  # noqa: S603 - our own launcher
                    command,
                    env=self._environment | {"TINGXU_TRIAL_S": str(self.trial_s)},
                    cwd=self.directory,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
                if not self._power.is_set():
                    self._process.kill()
                self._process.wait()
                threading.Event().wait(_PAUSE_S)
