"""The hall on a virtual clock holds all its invariants, replays exactly, and sees every fault that is planted in it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulation.faults import FAULTS
from simulation.run import simulate

ROOT = Path(__file__).parents[2]
WITHIN = 200  # seeds, by which every fault must be seen
BEGIN = {  # a seed that sees it soon, for the test's sake: seeds are as good as each other
    "answered-without-the-desk": 5,
    "expiry-ignored": 12,
    "failed-print-ignored": 9,
    "journal-without-fsync": 12,
    "outbox-forgets-at-once": 4,
    "own-series-not-saved": 11,
    "priority-without-ageing": 11,
    "priority-without-ratio": 5,
    "rated-again": 2,
    "replaced-wish-honoured": 8,
    "stream-moved-unnoticed": 13,
    "views-not-published-again": 8,
}
INVARIANT = {
    "answered-before-the-commit": "what_is_answered_is_in_the_log",
    "answered-without-the-desk": "what_is_answered_is_in_the_log",
    "command-ids-not-deduplicated": "nothing_is_done_twice",
    "expiry-ignored": "expired_stays_dead",
    "failed-print-ignored": "nobody_is_called_who_has_no_slip",
    "numbers-counted-in-memory": "no_number_twice",
    "priority-without-ageing": "nobody_starves",
    "undo-gives-the-number-back": "no_number_is_given_back",
    "view-version-ignored": "views_never_go_back",
    "views-not-published-again": "views_are_true",
}
"""What should see a fault; where several may, whichever does is right."""


def sim(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simulation", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_day_with_all_that_goes_wrong_in_it_holds_every_invariant(seed: int) -> None:
    result = simulate(seed)
    assert (result.invariant, result.text) == ("", "")
    assert result.events > 50, "a day on which nothing happens proves nothing"


def test_several_days_follow_one_another() -> None:
    result = simulate(2, days=2)
    assert (result.invariant, result.text) == ("", "")


def test_a_seed_replays_exactly() -> None:
    first, again, other = simulate(4), simulate(4), simulate(6)
    assert first == again
    assert first.fingerprint != other.fingerprint


def test_a_seed_replays_exactly_in_another_process_whatever_its_hashes() -> None:
    outputs = [sim("--seed", "4", PYTHONHASHSEED=seed).stdout for seed in ("1", "2")]
    wanted = f"fingerprint {simulate(4).fingerprint}"
    assert [output.splitlines()[-1] for output in outputs] == [wanted, wanted]


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_planted_fault_is_seen(fault: str) -> None:
    begin = BEGIN.get(fault, 1)
    seen = next(
        (result for seed in range(begin, begin + WITHIN) if (result := simulate(seed, 1, fault)).invariant), None
    )
    assert seen is not None
    assert seen.invariant == INVARIANT.get(fault, seen.invariant)
    assert seen.invariant not in ("nothing_ends_in_an_error", "no_surprise_in_a_log"), seen.text


def test_faults_are_planted_for_one_run_only() -> None:
    before = simulate(1).fingerprint
    for fault in FAULTS:
        simulate(1, 0, fault)
    assert simulate(1).fingerprint == before


def test_a_failing_seed_says_what_failed_and_how_to_see_it_again() -> None:
    done = sim("--seed", "1", "--fault", "numbers-counted-in-memory")
    assert done.returncode == 1
    *trace, said, seed, again = done.stdout.splitlines()
    assert said.startswith("no_number_twice does not hold: ")
    assert seed.startswith("seed 1, step ")
    assert ", commit " in seed
    assert again == "again: scripts/sim --seed 1 --days 1 --fault numbers-counted-in-memory --trace"
    assert any("ticket-reserved" in line for line in trace), "the last lines of the trace are shown"


def test_many_seeds_are_shared_by_processes_and_summed_up() -> None:
    done = sim("--seeds", "1..4", "--jobs", "2")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("seeds 1..4: 4 hall-days, ")
    assert "all invariants hold" in done.stdout
