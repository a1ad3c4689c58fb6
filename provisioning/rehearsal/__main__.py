"""`scripts/demo`: a whole hall at work on this machine, to watch in a browser, or bounded and with a report."""

import argparse
import asyncio
import contextlib
import json
import logging
import resource
import shutil
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import Iterator
from pathlib import Path

from halls.format import HallFileError, parse
from provisioning.broker.process import BrokerError, free_port
from provisioning.rehearsal.people import Habits
from provisioning.rehearsal.performance import Performance, Plan
from provisioning.rehearsal.processes import Addresses, Processes, StartError
from provisioning.rehearsal.report import verdict

_HALL = Path(__file__).parents[2] / "halls" / "dongcheng.toml"


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Run a whole hall on this machine: broker, hub, and every device with simulated hardware; citizens "
        "take tickets, clerks press keys. Runs until Ctrl-C unless --for is given.",
    )
    top.add_argument("--hall", type=Path, default=_HALL, metavar="FILE", help="hall file (default: Dongcheng)")
    top.add_argument("--headless", action="store_true", help="open no browser")
    top.add_argument("--for", dest="seconds", type=float, metavar="S", help="end after S seconds of the hall at work")
    top.add_argument("--seed", type=int, default=1, metavar="N", help="of everything that people do (default: 1)")
    top.add_argument("--report", type=Path, metavar="FILE", help="write the figures as JSON")
    top.add_argument(
        "--kill-hub-at", type=float, action="append", default=[], metavar="S", help="kill -9 the hub then; repeatable"
    )
    top.add_argument("--hub-away", type=float, default=0.0, metavar="S", help="how long a killed hub stays away")
    top.add_argument("--speed", type=float, default=30.0, help="how much faster people are than real (default: 30)")
    top.add_argument(
        "--arrivals",
        type=float,
        default=Habits().arrivals_h,
        metavar="N",
        help="citizens an hour (default: %(default)g)",
    )
    top.add_argument("--http", type=int, metavar="PORT", help="port of the pages (default: 8000, or a free one)")
    top.add_argument("--keep", type=Path, metavar="DIR", help="keep database, logs and device state there")
    return top


def main(arguments: list[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    _raise_file_limit()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        hall = parse(chosen.hall.read_text("utf-8"), str(chosen.hall))
    except (OSError, HallFileError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    with _directory(chosen.keep) as directory:
        plan = Plan(
            hall=hall,
            hall_file=chosen.hall.resolve(),
            directory=directory,
            seed=chosen.seed,
            seconds=chosen.seconds,
            kill_hub_at=tuple(sorted(chosen.kill_hub_at)),
            hub_away_s=chosen.hub_away,
            habits=Habits(speed=chosen.speed, arrivals_h=chosen.arrivals),
        )
        try:
            return asyncio.run(_perform(plan, chosen))
        except (StartError, BrokerError) as error:
            print(f"\ndemo: {error}", file=sys.stderr)
            return 2


async def _perform(plan: Plan, chosen: argparse.Namespace) -> int:
    addresses = Addresses.free(f"127.0.0.1:{_http_port(chosen.http)}")
    processes = Processes(plan.directory, plan.hall_file, addresses)
    performance = Performance(plan, processes, _say)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, performance.stop)
    try:
        figures = await performance.run(lambda: _opened(plan, processes, open_browser=not chosen.headless))
    finally:
        _say("stopping")
        await performance.close()
    print()
    print(json.dumps(figures, ensure_ascii=False, indent=2))
    if chosen.report is not None:
        chosen.report.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return verdict(figures)


def _opened(plan: Plan, processes: Processes, *, open_browser: bool) -> None:
    hall, pages = plan.hall.hall.id, processes.addresses.pages
    print(f"\n\n{plan.hall.hall.name} is at work. Ctrl-C stops everything.")
    print(f"  board            {pages}/board/{hall}/{plan.hall.area[0].id}   (open to all)")
    print(f"  monitor          {pages}/monitor/{hall}")
    print(f"  software caller  {pages}/counter/{hall}/{plan.hall.counter[0].id}")
    print(f"  log in as        admin, password {processes.password}\n", flush=True)
    if open_browser:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(pages)


def _raise_file_limit() -> None:
    """Hundreds of devices in one process, each with a socket, a journal and a port, want more than the usual 1024."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _say(text: str) -> None:
    """One line that stays in place on a terminal; elsewhere a line now and then would only fill a log."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
    elif not text[:5].strip().isdigit() or int(text[:5]) % 10 == 0:
        print(text, file=sys.stderr, flush=True)


def _http_port(wanted: int | None) -> int:
    for port in (wanted, 8000):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if port == wanted or probe.connect_ex(("127.0.0.1", port)):
                return port
    return free_port()


@contextlib.contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    directory = Path(tempfile.mkdtemp(prefix="tingxu-demo-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
