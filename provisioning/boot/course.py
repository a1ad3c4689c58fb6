"""The proof: a seeded card boots, enrols, appears on the monitor, prints; and its power is cut, again and again."""

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from edge.runtime import seed
from provisioning.boot.hall import Finger, Hall, ProofError, until
from provisioning.boot.machine import KINDS, Kind, Machine, accelerator
from provisioning.broker.process import BrokerError
from provisioning.image import layout, seeding
from provisioning.image.programs import BuildError, run
from provisioning.rehearsal.processes import StartError

_GROWN = 1 << 30
_LETTERS = "AC"  # services that ask for no card
_SLIP_S = 90.0


class Outcome(msgspec.Struct, kw_only=True):
    """What `scripts/boot` prints. `boot_s`: from power on to online on the monitor: of the first start, which grows the
    card and enrols, and the median of the later ones. `asked_s`: of a board without a class, from power on until it
    waited at the hub. `journal`: what e2fsck and the ledger of tickets found."""

    kind: Kind
    classless: bool = False
    accel: str = ""
    image_sha256: str = ""
    booted: bool = False
    enrolled: bool = False
    slip_printed: bool = False
    root: str = ""
    power_cuts: int = 0
    power_cuts_survived: int = 0
    asked_s: float | None = None
    boot_s: float | None = None
    boot_again_s: float | None = None
    cuts_s: list[float] = []
    tickets_printed: int = 0
    tickets_of_own_series: int = 0
    tickets_lost: list[str] = []
    journal: str = ""
    took_s: float = 0.0
    error: str = ""

    @property
    def is_good(self) -> bool:
        whole = self.booted and self.enrolled and self.slip_printed and self.root == "overlay" and not self.error
        return whole and self.power_cuts_survived == self.power_cuts and not self.tickets_lost


class Course:
    """`said` is told what happens. `cuts`: how often the power goes. `classless`: the seed has neither class nor
    token; a person lets the board in by its pairing code."""

    def __init__(
        self,
        kind: Kind,
        image: Path,
        directory: Path,
        cuts: int,
        luck: random.Random,
        said: Callable[[str], None],
        *,
        classless: bool = False,
    ) -> None:
        self._kind, self._cuts, self._luck, self._said = kind, cuts, luck, said
        self._patience_s = KINDS[kind].patience_s
        self._directory = directory
        self._card = directory / "card.img"
        run(["cp", "--sparse=always", str(image), str(self._card)])
        with self._card.open(
            "r+b"
        ) as file:  # a card is larger than what is written to it; a power of two for QEMU's SD
            file.truncate(max(_GROWN, 1 << (image.stat().st_size - 1).bit_length()))
        self.outcome = Outcome(kind=kind, classless=classless, power_cuts=cuts)
        self._hall = Hall(directory)
        self._finger = Finger(self._hall)
        self._again: list[float] = []
        self._own: list[str] = []
        self._tests = 0  # slips that were no tickets, though one looks like one

    def run(self) -> Outcome:
        began = time.monotonic()
        out = self.outcome
        self._machine: Machine | None = None
        try:
            out.accel = accelerator(self._card, self._directory) if self._kind == "amd64" else "tcg"
            self._said(f"accelerator: {out.accel}")
            self._hall.start()
            text = self._hall.seed(KINDS[self._kind].port, classless=out.classless)
            seeding.write(self._card, seed.slot(text))
            self._machine = Machine(
                self._kind, self._card, self._directory, self._hall.printer.port, self._hall.ssh_port, out.accel
            )
            self._first()
            self._cutting()
            self._audit()
        except (ProofError, BuildError, BrokerError, StartError, layout.LayoutError, OSError) as error:
            out.error = str(error)
        finally:
            self._finger.leave()
            if self._machine is not None:
                self._machine.cut()
            self._hall.stop()
        self._look_over()
        out.tickets_printed, out.tickets_of_own_series = len(self._numbers()), len(self._own)
        if self._again:
            out.boot_again_s = sorted(self._again)[len(self._again) // 2]
        out.took_s = round(time.monotonic() - began, 1)
        return out

    def _power(self) -> Machine:
        assert self._machine is not None
        return self._machine

    def _first(self) -> None:
        out = self.outcome
        out.boot_s = self._start(self._let_in if out.classless else lambda: None)
        out.booted = True
        out.enrolled = bool(self._hall.machine()["device"])
        out.root = str(self._hall.machine()["facts"].get("root", ""))
        before = len(self._hall.printer.slips)
        self._hall.order_slip()
        self._until(lambda: len(self._hall.printer.slips) > before, "the ordered slip comes out", _SLIP_S)
        out.slip_printed = True
        self._tests = len(self._hall.printer.slips)
        self._said("the ordered slip came out of the printer")

    def _let_in(self) -> None:
        """By the code that the board itself says, as a technician compares it."""
        codes = self._until(self._hall.waiting, "the board waits at the hub", self._patience_s)
        self.outcome.asked_s = round(time.monotonic() - self._power().started, 1)
        journal = "journalctl --unit tingxu-board --output cat"
        said = self._until(
            lambda: next((code for code in codes if f"pairing code {code}" in self._finger.say(journal)), ""),
            f"the board says its code {codes}",
            self._patience_s,
        )
        self._said(f"waits as {said} after {self.outcome.asked_s:g} s")
        self._hall.approve(said)

    def _start(self, meanwhile: Callable[[], None] = lambda: None) -> float:
        """Until it is online on the monitor, and has told how it is."""
        machine = self._power()
        gone = self._hall.machine()["seen_at"]
        machine.start()
        meanwhile()

        def is_back() -> bool:
            now = self._hall.machine()
            return bool(now["online"] and now["facts"].get("root") and now["seen_at"] != gone)

        self._until(is_back, "the machine is online on the monitor", self._patience_s)
        took = round(time.monotonic() - machine.started, 1)
        self._said(f"online after {took:g} s")
        return took

    def _cutting(self) -> None:
        """By turns: in the middle of a start, and while tickets are taken; every third of those without the hub."""
        out = self.outcome
        waiting = 0
        for number in range(self._cuts):
            if number % 2 == 0 and number:
                self._power().start()
                moment = self._luck.uniform(0.0, (self._again or [out.boot_s or 60.0])[-1])
                time.sleep(moment)
            else:
                if number:
                    self._again.append(self._start())
                    out.power_cuts_survived += waiting
                    waiting = 0
                moment = self._work(alone=number % 4 == 1)
            self._power().cut()
            self._finger.leave()
            out.cuts_s.append(round(moment, 1))
            waiting += 1
            self._said(f"cut {number + 1} of {self._cuts}, {moment:.1f} s after power on")
            self._hall.regain_broker()
        if self._cuts:
            self._again.append(self._start())
            out.power_cuts_survived += waiting

    def _work(self, *, alone: bool) -> float:
        """Tickets are taken, then the power goes at any moment; when, after power on (s)."""
        self._finger.reach(self._patience_s)
        before = len(self._hall.printer.slips)
        if alone:
            self._hall.lose_broker()
        self._finger.choose(self._luck.choice(_LETTERS))
        self._until(lambda: len(self._hall.printer.slips) > before, "a ticket comes out", _SLIP_S)
        if alone:
            self._own.append(self._hall.printer.slips[-1].number)
        time.sleep(2.0)  # longer than what counts as the same wish
        self._finger.choose(self._luck.choice(_LETTERS))
        time.sleep(self._luck.uniform(0.0, 3.0))
        return time.monotonic() - self._power().started

    def _audit(self) -> None:
        """Every number that a citizen holds is known to the hub, once it had time to be handed over."""
        numbers = self._numbers()
        if len(set(numbers)) != len(numbers):
            self.outcome.tickets_lost = sorted(n for n in set(numbers) if numbers.count(n) > 1)
            return
        left = set(numbers)

        def all_known() -> bool:
            nonlocal left
            left = {number for number in left if not self._hall.knows(number)}
            return not left

        try:
            self._until(all_known, "every printed ticket is known to the hub", 120.0)
        except ProofError:
            self.outcome.tickets_lost = sorted(left)

    def _numbers(self) -> list[str]:
        """Of tickets that came out whole."""
        return [slip.number for slip in self._hall.printer.slips[self._tests :] if slip.number]

    def _look_over(self) -> None:
        """The data partition as the last cut left it: played back and looked through, on a copy."""
        copy = self._directory / "data.img"
        with self._card.open("rb") as card:
            extent = layout.read(card).data
            card.seek(extent.start)
            with copy.open("wb") as file:
                shutil.copyfileobj(card, file, 1 << 20)
        try:
            said = run(["e2fsck", "-f", "-p", str(copy)])
            self.outcome.journal = said.strip().splitlines()[-1].partition(": ")[2]
        except BuildError as error:
            if "ended with 1:" not in str(error):  # 1: mended, which playing back the journal is
                self.outcome.error = self.outcome.error or str(error)
            self.outcome.journal = str(error).splitlines()[-1].partition(": ")[2]
        copy.unlink()

    def _until(self, fact: Callable[[], Any], what: str, patience_s: float) -> Any:
        return until(fact, what, patience_s, lambda: self._power().is_running)
