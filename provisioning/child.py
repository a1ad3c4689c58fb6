"""A server that runs as a child of ours: ending it, and whether a hub answers yet."""

import signal
import subprocess
import urllib.error
import urllib.request


def end(process: "subprocess.Popen[bytes]", how: signal.Signals, patience_s: float) -> None:
    """Tell it to end; kill it where it does not within `patience_s`. Returns when it has ended."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def hub_answers(pages: str) -> bool:
    """`pages`: the address of a hub's pages and API, such as http://127.0.0.1:8000."""
    try:
        with urllib.request.urlopen(f"{pages}/api/v1/halls", timeout=2) as answer:  # noqa: S310 - our own child
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True  # it asks who we are: so it is there
    except OSError:
        return False
