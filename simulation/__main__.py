"""`scripts/sim`: runs seeds, and says of the first that fails how to see it again."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from simulation.faults import FAULTS
from simulation.run import Result, simulate

_NIGHT = (range(1, 1001), 2)  # seeds, and days of each


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    seeds, days = _NIGHT if chosen.nightly else (chosen.seeds or [chosen.seed], chosen.days)
    began = time.monotonic()
    done: list[Result] = []
    for result in _results(seeds, days, chosen.fault, chosen.jobs, chosen.trace):
        done.append(result)
        if result.invariant:
            _tell(result, chosen.trace)
            return 1
    _sum_up(done, time.monotonic() - began)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/sim",
        description="Simulates days of a hall on a virtual clock: the real hub, agents and rules; a network, disks, "
        "clocks and people that go wrong as the seed says. Ends at the first invariant that does not hold.",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", type=int, default=1, metavar="N", help="one run (default: 1)")
    which.add_argument("--seeds", type=_range, metavar="A..B", help="many runs")
    which.add_argument("--nightly", action="store_true", help="seeds 1..1000, two days each")
    parser.add_argument("--days", type=int, default=1, metavar="K", help="days of each run (default: 1)")
    parser.add_argument("--jobs", type=int, default=1, metavar="J", help="processes that share the seeds")
    parser.add_argument("--fault", choices=sorted(FAULTS), default="", metavar="NAME", help=", ".join(sorted(FAULTS)))
    parser.add_argument("--trace", action="store_true", help="print everything that happens")
    return parser


def _range(text: str) -> range:
    first, _, last = text.partition("..")
    if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
        raise argparse.ArgumentTypeError(f"{text!r} is not A..B, such as 1..200")
    return range(int(first), int(last) + 1)


def _results(seeds: Iterable[int], days: int, fault: str, jobs: int, trace: bool) -> Iterator[Result]:
    """In the order of the seeds."""
    if jobs == 1 or trace:
        for seed in seeds:
            yield simulate(seed, days, fault, print if trace else None)
        return
    with ProcessPoolExecutor(jobs) as pool:
        runs = [pool.submit(simulate, seed, days, fault) for seed in seeds]
        try:
            for run in runs:
                yield run.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _tell(result: Result, traced: bool) -> None:
    if not traced:
        print(*result.last, sep="\n")
    planted = f" --fault {result.fault}" if result.fault else ""
    print(f"\n{result.invariant} does not hold: {result.text}")
    print(f"seed {result.seed}, step {result.steps}, commit {_commit()}, fingerprint {result.fingerprint}")
    print(f"again: scripts/sim --seed {result.seed} --days {result.days}{planted} --trace")


def _sum_up(done: list[Result], took_s: float) -> None:
    days, steps = sum(one.days for one in done), sum(one.steps for one in done)
    events = sum(one.events for one in done)
    seeds = f"seed {done[0].seed}" if len(done) == 1 else f"seeds {done[0].seed}..{done[-1].seed}"
    print(f"{seeds}: {days} hall-days, {steps} steps, {events} events in the log, all invariants hold; {took_s:.1f} s")
    if len(done) == 1:
        print(f"fingerprint {done[0].fingerprint}")


def _commit() -> str:
    """Of the code that ran, where git knows it."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(130)
