"""`scripts/demo`: a whole hall at work on this machine, to watch in a browser, or bounded and with a report."""

import argparse
import asyncio
import contextlib
import json
import logging
import math
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
from provisioning.rehearsal.performance import Performance, Plan, StoppedError
from provisioning.rehearsal.processes import Addresses, Processes, StartError
from provisioning.rehearsal.provoking import chosen_kinds, influx_away, provoking
from provisioning.rehearsal.report import verdict
from provisioning.rehearsal.updating import with_boards

_HALL = Path(__file__).parents[2] / "halls" / "dongcheng.toml"


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="scripts/demo",
        description="Run a whole hall on this machine: broker, hub, and every device with simulated hardware; citizens "
        "take tickets, clerks press keys. Runs until Ctrl-C unless --for is given.",
    )
    top.add_argument("--hall", type=Path, default=_HALL, metavar="FILE", help="hall file (default: Dongcheng)")
    top.add_argument("--headless", action="store_true", help="open no browser")
    top.add_argument(
        "--for", dest="seconds", type=_positive, metavar="S", help="end after S seconds of the hall at work"
    )
    top.add_argument("--seed", type=int, default=1, metavar="N", help="of everything that people do (default: 1)")
    top.add_argument("--report", type=Path, metavar="FILE", help="write the figures as JSON")
    top.add_argument(
        "--kill-hub-at",
        type=_positive,
        action="append",
        default=[],
        metavar="S",
        help="kill -9 the hub then; repeatable",
    )
    top.add_argument("--hub-away", type=_positive, default=0.0, metavar="S", help="how long a killed hub stays away")
    top.add_argument(
        "--update-at",
        type=_positive,
        metavar="S",
        help="add four real boards, and send them a bad version then, which they give back, and a good one after it",
    )
    top.add_argument(
        "--provoke",
        action="append",
        default=[],
        metavar="KIND",
        help="make this kind of alert come about, and say how long the hub took to notice; repeatable, or: all",
    )
    top.add_argument("--speed", type=_positive, default=30.0, help="how much faster people are than real (default: 30)")
    top.add_argument(
        "--arrivals",
        type=_positive,
        default=Habits().arrivals_h,
        metavar="N",
        help="citizens an hour (default: %(default)g)",
    )
    top.add_argument(
        "--absent",
        type=_share,
        default=Habits().absent,
        metavar="X",
        help="share of those with a ticket who leave before they are called (default: %(default)g)",
    )
    top.add_argument("--http", type=int, metavar="PORT", help="port of the pages (default: 8000, or a free one)")
    for name, about in (
        ("url", "the InfluxDB that the hub writes metrics to; with the next three"),
        ("org", "its organization"),
        ("bucket", "where they go there"),
        ("token-file", "holds the token with which it may write"),
    ):
        top.add_argument(f"--influx-{name}", default="", metavar=name.upper(), help=about)
    top.add_argument("--keep", type=Path, metavar="DIR", help="keep database, logs and device state there")
    return top


def main(arguments: list[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    _raise_file_limit()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        hall = parse(chosen.hall.read_text("utf-8"), str(chosen.hall))
        _look_ahead(chosen)
        kinds = chosen_kinds(chosen.provoke)
    except (OSError, UnicodeDecodeError, HallFileError, StartError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    with _directory(chosen.keep) as directory:
        hall_file = chosen.hall.resolve()
        if chosen.update_at is not None:
            hall_file = directory / "hall.toml"
            hall_file.write_text(with_boards(hall, chosen.hall.read_text("utf-8")), "utf-8")
            hall = parse(hall_file.read_text("utf-8"), str(hall_file))
        plan = Plan(
            hall=hall,
            hall_file=hall_file,
            directory=directory,
            seed=chosen.seed,
            seconds=chosen.seconds,
            kill_hub_at=tuple(sorted(chosen.kill_hub_at)),
            hub_away_s=chosen.hub_away,
            update_at=chosen.update_at,
            provoke=kinds,
            habits=provoking(Habits(speed=chosen.speed, arrivals_h=chosen.arrivals, absent=chosen.absent), kinds),
        )
        try:
            return asyncio.run(_perform(plan, chosen))
        except StoppedError:
            print("\ndemo: stopped before the hall was open", file=sys.stderr)
            return 130
        except (StartError, BrokerError) as error:
            print(f"\ndemo: {error}", file=sys.stderr)
            return 2


async def _perform(plan: Plan, chosen: argparse.Namespace) -> int:
    addresses = Addresses.free(f"127.0.0.1:{_http_port(chosen.http)}")
    told = ((name.replace("_", "-"), value) for name, value in vars(chosen).items() if name.startswith("influx"))
    influx = [f"--{name}={value}" for name, value in told if value]
    processes = Processes(
        plan.directory, plan.hall_file, addresses, serve=[*influx, *influx_away(plan.directory, plan.provoke)]
    )
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


def _look_ahead(chosen: argparse.Namespace) -> None:
    """Raises StartError for what would only come out at the end, or spoil the whole run."""
    if chosen.report is not None and not chosen.report.absolute().parent.is_dir():
        raise StartError(f"--report {chosen.report}: there is no such folder")
    if chosen.keep is not None and chosen.keep.exists() and (not chosen.keep.is_dir() or any(chosen.keep.iterdir())):
        raise StartError(f"--keep {chosen.keep}: holds something already; name an empty folder, or a new one")
    if chosen.seconds is not None and any(moment >= chosen.seconds for moment in chosen.kill_hub_at):
        raise StartError(f"--kill-hub-at {max(chosen.kill_hub_at):g}: the hall closes at {chosen.seconds:g} (--for)")


def _opened(plan: Plan, processes: Processes, *, open_browser: bool) -> None:
    hall, pages = plan.hall.hall.id, processes.addresses.pages
    print(f"\n\n{plan.hall.hall.name} is at work. Ctrl-C stops everything.")
    print(f"  board            {pages}/board/{hall}/{plan.hall.area[0].id}   (open to all)")
    print(f"  monitor          {pages}/monitor/{hall}")
    print(f"  dashboards       {pages}/dash/{hall}   (the wall: {pages}/wall/{hall})")
    print(f"  statistics       {pages}/stats/{hall}")
    print(f"  alerts           {pages}/alerts/{hall}   (ratings to put right: {pages}/cases/{hall})")
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
    """Raises StartError when the wanted one is taken."""
    if wanted is None:
        return free_port() if _taken(8000) else 8000
    if not 0 < wanted < 65536:
        raise StartError(f"--http {wanted}: is no TCP port")
    if _taken(wanted):
        raise StartError(f"--http {wanted}: is taken; name another port, or none")
    return wanted


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _positive(text: str) -> float:
    """For argparse."""
    number = _number(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number


def _share(text: str) -> float:
    """For argparse."""
    number = _number(text)
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share: 0 to 1")
    return number


def _number(text: str) -> float:
    """Not a number (NaN) where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


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
