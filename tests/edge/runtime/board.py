"""A board of its own: an agent in a process that can be killed, and whose disk can be full. `_serve` is the child."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

from edge.runtime import config, identity
from edge.runtime.agent import Agent
from edge.runtime.device import device_class

ROOT = Path(__file__).parents[3]


def configuration(directory: Path, port: int) -> Path:
    """An agent.toml for the identity in `directory`."""
    file = directory / "agent.toml"
    file.write_text(
        f'[hub]\nest = "https://127.0.0.1:9"\nca_fingerprint = "{"00" * 32}"\nbroker = "127.0.0.1:{port}"\n'
        f'[agent]\nstate_dir = "{directory}"\nhealth_s = 5.0\n[device]\ndriver = "simulated"\n',
        "utf-8",
    )
    return file


class Board:
    """An evaluator's board, from `start` to `kill`, as often as you like."""

    def __init__(self, directory: Path, port: int) -> None:
        self._file = configuration(directory, port)
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Returns once its loop runs."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.edge.runtime.board", str(self._file)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.tell("look")

    def tell(self, *words: Any) -> dict[str, Any]:
        """`look`, `press LEVEL`, `disk full`, `disk free`; how the board is after that."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(words), file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def look(self) -> dict[str, Any]:
        """`lit` and `blinking` levels, `up`, how many entries are in the `outbox`, and its `journal`'s error."""
        return self.tell("look")

    def kill(self) -> None:
        """kill -9: nothing is tidied up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)


def _serve(file: Path) -> None:
    settings = config.load(file)
    who = identity.stored(Path(settings.agent.state_dir))
    assert who is not None
    agent = Agent(device_class("evaluator"), settings, who)
    driver: Any = agent.driver
    agent.start()
    free, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for line in sys.stdin:
        match json.loads(line):
            case ["press", level]:
                driver.press(level)
            case ["disk", how]:
                resource.setrlimit(resource.RLIMIT_FSIZE, (0 if how == "full" else free, hard))
        look = {"lit": driver.lamps.lit, "blinking": driver.lamps.blinking, "up": agent._up}
        print(json.dumps({**look, "outbox": len(agent._outbox), "journal": agent._outbox.error}), flush=True)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
