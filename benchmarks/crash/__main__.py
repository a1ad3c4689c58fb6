"""`scripts/crash [--kills N] [--seed N] [--json FILE]`: the hub dies under load; what anybody was told must be true."""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import uvloop

from benchmarks.crash import faults
from benchmarks.crash.run import Crash, Run, plan

_DISK = "/var/tmp"  # noqa: S108 - where /tmp is memory, there would be no disk at all


def main() -> int:
    options = _options()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    with tempfile.TemporaryDirectory(dir=_DISK, prefix="tingxu-crash-") as scratch:
        crash = crashed(Path(scratch), options.kills, seed, lambda line: print(line, flush=True))
    _show(crash)
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(crash), indent=2) + b"\n")
    return 1 if crash.violations else 0


def crashed(directory: Path, kills: int, seed: int, tell: Callable[[str], None]) -> Crash:
    with faults.small_disk(directory / "disk") as own_disk:
        if not own_disk:
            tell("no disk of its own can be mounted here (that takes root): full means that no file may grow")
        run = Run(directory, seed, plan(kills, seed), own_disk, tell)
        with run.site:
            return uvloop.run(run.run())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="how often (default: %(default)s)")
    parser.add_argument("--seed", type=int, metavar="N", help="the order of faults, and who wants what (default: any)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the account there as well")
    return parser.parse_args()


def _show(crash: Crash) -> None:
    times = ", ".join(f"{count} × {fault}" for fault, count in sorted(crash.faults.items()))
    print(f"seed {crash.seed}: {times}; full disk: {crash.disk}; {crash.seconds:g} s")
    print(
        f"{crash.wishes} wishes answered ({crash.repeats} sent more than once, {crash.told_not_now} told 'not now'), "
        f"{crash.tickets_held} tickets held, {crash.events} events; {crash.asked_again} wishes asked again at the end"
    )
    print(*crash.violations, sep="\n", end="\n" if crash.violations else "")
    print(
        f"{len(crash.violations)} violations" if crash.violations else "all of it is true, and nothing happened twice"
    )


if __name__ == "__main__":
    sys.exit(main())
