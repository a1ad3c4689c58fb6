"""One mpv process and its JSON IPC (mpv's manual, "JSON IPC"), over a socket pair that it inherits.

A pair has no name that others could open, is there from the first moment, and ends mpv when this process dies.
"""

import json
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# The leanest that still plays: no scripts, no read-ahead of local files, one decoder thread. In a file rather than on
# the command line, because there mpv passes over an option that its version does not know.
_LEAN = """\
idle=yes
load-scripts=no
osc=no
ytdl=no
load-stats-overlay=no
load-osd-console=no
load-console=no
load-select=no
load-positioning=no
load-commands=no
load-auto-profiles=no
input-default-bindings=no
osd-level=0
sub-auto=no
audio-file-auto=no
cache=no
demuxer-max-bytes=8MiB
demuxer-max-back-bytes=0
vd-lavc-threads=1
"""
PICTURE = f"""\
{_LEAN}force-window=no
loop-playlist=inf
background='#061f4a'
background-color='#061f4a'
"""
SOUND = f"""\
{_LEAN}vid=no
audio-display=no
"""
# Freed pictures go back to the system at once (mallopt(3)): without it every mpv holds some megabytes more.
_MALLOC = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072"}
_ANSWER_S = 4.0  # mpv answers within milliseconds, also while it opens a file: one that does not, hangs
_QUIT_S = 2.0
_LINE_BYTES_MAX = 1 << 20


class MpvError(Exception):
    """What goes wrong with mpv."""


class MpvMissingError(MpvError, FileNotFoundError):
    """There is no such program, or it may not be run."""


class MpvGoneError(MpvError, ConnectionError):
    """mpv ended, hangs, or says what is not its protocol: a new one is needed."""


class MpvRefusedError(MpvError, ValueError):
    """mpv answered a command with an error."""


class Mpv:
    """Belongs to one thread. `folder`: private, writable; `config`: PICTURE or SOUND.

    Raises MpvMissingError where mpv cannot be started, OSError where its configuration cannot be written.
    """

    def __init__(self, program: str, folder: Path, options: Sequence[str], config: str = PICTURE) -> None:
        (folder / "mpv.conf").write_text(config, "ascii")
        self._socket, theirs = socket.socketpair()
        with theirs:
            command = [program, f"--config-dir={folder}", "--no-terminal", *options]
            command.append(f"--input-ipc-client=fd://{theirs.fileno()}")
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the program is the technician's setting
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    env={**os.environ, **_MALLOC},
                    start_new_session=True,  # Ctrl-C is for the agent, which then ends mpv
                )
            except OSError as error:
                self._socket.close()
                raise MpvMissingError(
                    f"{program} cannot be run ({error.strerror}): install it (apt install mpv) or set [device] mpv"
                ) from error
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        self._rest = b""
        self._events: list[dict[str, Any]] = []
        self._asked = 0

    @property
    def pid(self) -> int:
        return self._process.pid

    def fileno(self) -> int:
        return self._socket.fileno()

    def command(self, *words: Any) -> Any:
        """The command's answer. Raises MpvRefusedError, MpvGoneError."""
        return self._ask(words, str(words[0]))

    def named(self, name: str, **arguments: Any) -> Any:
        """As `command`, with arguments by their names: where they stand differs between versions of mpv."""
        return self._ask({"name": name, **arguments}, name)

    def _ask(self, command: Any, name: str) -> Any:
        self._asked += 1
        line = json.dumps({"command": command, "request_id": self._asked}).encode() + b"\n"
        until = time.monotonic() + _ANSWER_S
        try:
            self._socket.settimeout(_ANSWER_S)
            self._socket.sendall(line)
        except OSError as error:
            raise MpvGoneError(self._obituary()) from error
        while True:
            answers: list[dict[str, Any]] = []
            for message in self._read(until - time.monotonic()):
                (self._events if "event" in message else answers).append(message)
            for answer in answers:
                if answer.get("request_id") == self._asked and "error" in answer:
                    if answer["error"] != "success":
                        raise MpvRefusedError(f"{name}: {answer['error']}")
                    return answer.get("data")
            if time.monotonic() >= until:
                self._process.kill()  # what hangs does not quit when it is asked to
                raise MpvGoneError(f"mpv hung: no answer to {name!r} within {_ANSWER_S:.0f} s")

    @property
    def has_events(self) -> bool:
        """Whether some came along with answers: those are not on the socket any more."""
        return bool(self._events)

    def events(self) -> list[dict[str, Any]]:
        """Those that have come by now. Raises MpvGoneError."""
        fresh = [message for message in self._read(0) if "event" in message]
        known, self._events = self._events, []
        return known + fresh

    def kill(self) -> None:
        """From any thread."""
        self._process.kill()

    def close(self) -> None:
        """Closing the pair asks mpv to quit; one that does not is killed."""
        self._socket.close()
        try:
            self._process.wait(_QUIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self, patience_s: float) -> list[dict[str, Any]]:
        """Waits at the most `patience_s`, then returns the whole messages there are."""
        if not self._poll.poll(max(0.0, patience_s) * 1000):
            return []
        try:
            data = self._socket.recv(65536)
        except OSError as error:
            raise MpvGoneError(self._obituary()) from error
        if not data:
            raise MpvGoneError(self._obituary())
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LINE_BYTES_MAX:
            raise MpvGoneError("mpv sent a line without end")
        return [message for line in lines if (message := self._message(line)) is not None]

    @staticmethod
    def _message(line: bytes) -> dict[str, Any] | None:
        """None for what is not a JSON object: it is passed over."""
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        return message if isinstance(message, dict) else None

    def _obituary(self) -> str:
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return "mpv closed its side of the IPC"
        if code < 0:
            return f"mpv was ended by {signal.Signals(-code).name}"
        return f"mpv ended by itself with code {code}" + (": check [device] vo, gpu_context, ao" if code == 1 else "")


def memory_mb(pid: int) -> float | None:
    """Proportional set size in MiB (proc(5), /proc/PID/smaps_rollup): its own pages and its share of the libraries."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return round(int(line.split()[1]) / 1024, 1)
    except (OSError, ValueError, IndexError):
        pass
    return None
