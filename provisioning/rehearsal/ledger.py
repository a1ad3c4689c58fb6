"""What the hub says that happened, read from its public event stream, to be held against what people know they did."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import httpx

from provisioning.rehearsal.booking import Kept, is_over, was_turned_away
from provisioning.rehearsal.people import Tally
from provisioning.rehearsal.places import Places

CASES_MAX = 500
_NEGATIVE = 2


class Ledger:
    """Follows `/api/v1/events` over every break: resumed by Last-Event-ID, so nothing is missed and nothing twice."""

    def __init__(self, base: str, bearer: dict[str, str]) -> None:
        self._base, self._bearer = base, bearer
        self._last_id = "0"
        self.kinds: Counter[str] = Counter()
        self.known: dict[str, str] = {}  # number → reserved, waiting, called, parked, ended, no_show, cancelled
        self.cancelled: dict[str, str] = {}  # number → reason
        self.first_calls: Counter[str] = Counter()
        self.again: Counter[str] = Counter()  # number → how often it came back into the queue, to be called anew
        self.printed: set[str] = set()
        self.rated: dict[str, int] = {}
        self.rated_times: Counter[str] = Counter()
        self.cases: Counter[str] = Counter()  # number → cases, asked for at the end
        self.kept: dict[str, str] = {}  # code → number, of who checked in and whose slip did not fail
        self.missed: set[str] = set()  # codes
        self.given_up: dict[str, str] = {}  # code → reason
        self.repeated = 0  # events that came twice over the stream
        self.breaks = 0

    async def follow(self) -> None:
        timeout = httpx.Timeout(10, read=30)
        async with httpx.AsyncClient(base_url=self._base, headers=self._bearer, timeout=timeout) as client:
            while True:
                try:
                    async with client.stream(
                        "GET", "/api/v1/events", headers={"Last-Event-ID": self._last_id}
                    ) as stream:
                        stream.raise_for_status()
                        await self._read(stream)
                except httpx.HTTPError:
                    pass
                self.breaks += 1
                await asyncio.sleep(0.5)

    async def _read(self, stream: httpx.Response) -> None:
        kind, ident = "", ""
        async for line in stream.aiter_lines():
            if not line:
                kind = ident = ""
            elif line.startswith("event:"):
                kind = line[6:].strip()
            elif line.startswith("id:"):
                ident = line[3:].strip()
            elif line.startswith("data:") and not kind:
                if int(ident) <= int(self._last_id):
                    self.repeated += 1
                    continue
                self._last_id = ident
                self._take(json.loads(line[5:])["event"])

    def _take(self, event: dict[str, Any]) -> None:
        kind, number = event["kind"], event.get("number", "")
        self.kinds[kind] += 1
        match kind:
            case "ticket-reserved":
                self.known[number] = "reserved"
            case "appointment-kept":
                self.kept[event["code"]] = number
            case "appointment-reopened":
                self.kept.pop(event["code"], None)
            case "appointment-missed":
                self.missed.add(event["code"])
            case "appointment-cancelled":
                self.given_up[event["code"]] = event.get("reason", "")
            case "ticket-queued" | "ticket-admitted":
                self.known[number] = "waiting"
                if event.get("confirmed", True):
                    self.printed.add(number)
            case "ticket-cancelled":
                self.known[number] = "cancelled"
                self.cancelled[number] = event["reason"]
            case "ticket-called":
                self.known[number] = "called"
                self.first_calls[number] += event.get("calls", 1) == 1
            case "ticket-transferred" | "ticket-reinstated" | "ticket-parked":
                self.known[number] = "parked" if kind == "ticket-parked" else "waiting"
                self.again[number] += 1
            case "action-undone":
                self.again.update(event["numbers"])
            case "service-ended":
                self.known[number] = "ended"
            case "ticket-missed":
                self.known[number] = "no_show"
            case "rated":
                self.rated[number] = event["level"]
                self.rated_times[number] += 1

    def counts(self) -> dict[str, int]:
        """The day in figures, in the words of the report."""
        return {
            "tickets_taken": len(self.known),
            "printed": len(self.printed),
            "called": len(self.first_calls),
            "served": list(self.known.values()).count("ended"),
            "rated": len(self.rated),
            "cases": sum(self.cases.values()),
            "no_show": self.kinds["ticket-missed"],
            "priority": sum(number.startswith("V") for number in self.known),
            "transferred": self.kinds["ticket-transferred"],
            "parked": self.kinds["ticket-parked"],
            "undone": self.kinds["action-undone"],
            "appointments_booked": self.kinds["appointment-booked"],
            "appointments_kept": len(self.kept),
            "appointments_missed": len(self.missed),
            "appointments_cancelled": len(self.given_up),
        }


def lost(ledger: Ledger, places: Places, tally: Tally) -> list[str]:
    """What a person did or holds, and the hub does not know: a slip without a ticket, a rating without a record."""
    problems = []
    for slip in (slip for machine in places.machines for slip in machine.slips):
        if slip not in ledger.known:
            problems.append(f"slip {slip}: the hub has no such ticket")
        elif slip in ledger.cancelled:
            problems.append(f"slip {slip}: cancelled ({ledger.cancelled[slip]})")
    for number, level in tally.ratings.items():
        if ledger.rated.get(number) != level:
            problems.append(f"rating {level} of {number}: the hub has {ledger.rated.get(number)}")
    bad = {number: level for number, level in ledger.rated.items() if level <= _NEGATIVE}
    if sum(ledger.cases.values()) < CASES_MAX:  # else there may be more
        problems += [f"rating {level} of {number}: opened no case" for number, level in bad.items()
                     if number not in ledger.cases]  # fmt: skip
    return problems


def not_kept(ledger: Ledger, booked: Mapping[str, Kept], closed_at: datetime) -> list[str]:
    """Who came in time and was turned away, or has another number than the hub gave; a miss of somebody who came or
    gave it up; no miss of somebody who did not come, though it was over when the books were closed."""
    problems = []
    for code, one in booked.items():
        if one.coming == "in-time" and was_turned_away(one) and not one.number:
            problems.append(f"appointment {code}: in time and turned away ({one.said})")
        if one.number and ledger.kept.get(code) != one.number:
            problems.append(f"appointment {code}: has {one.number}, the hub gave {ledger.kept.get(code)}")
        if one.number and not one.number.startswith("Y"):
            problems.append(f"appointment {code}: its number {one.number} has no mark")
        if one.number and one.coming != "in-time":
            problems.append(f"appointment {code}: checked in with {one.number} though {one.coming}")
        if one.number and code in ledger.missed:
            problems.append(f"appointment {code}: missed, and yet came")
        if one.given_up and code not in ledger.given_up:
            problems.append(f"appointment {code}: given up, and the hub does not know")
        if code in ledger.given_up and one.coming != "cancels":
            problems.append(f"appointment {code}: cancelled ({ledger.given_up[code]}) by nobody")
        if code in ledger.given_up and (code in ledger.missed or code in ledger.kept):
            problems.append(f"appointment {code}: cancelled, and yet missed or kept")
        if one.coming in ("late", "never") and is_over(one, closed_at) and code not in ledger.missed:
            problems.append(f"appointment {code}: nobody came, and it is not missed")
    return problems


def ended_well(ledger: Ledger, booked: Mapping[str, Kept]) -> dict[str, int]:
    """How they were to come → how many appointments ended as they had to."""
    as_it_must: dict[str, Callable[[str, Kept], bool]] = {
        "in-time": lambda code, one: bool(one.number) and ledger.kept.get(code) == one.number,
        "early": lambda code, one: was_turned_away(one) and not one.number,
        "late": lambda code, one: was_turned_away(one) and code in ledger.missed,
        "never": lambda code, one: code in ledger.missed,
        "cancels": lambda code, one: one.given_up and code in ledger.given_up,
    }
    return {
        coming: sum(one.coming == coming and ends(code, one) for code, one in booked.items())
        for coming, ends in as_it_must.items()
    }


def doubled(ledger: Ledger, places: Places) -> list[str]:
    """A number on two slips, a ticket called twice as a first call, two ratings of one ticket, two slips for a tap."""
    slips = Counter(slip for machine in places.machines for slip in machine.slips)
    problems = [f"slip {number}: printed {times} times" for number, times in slips.items() if times > 1]
    problems += [
        f"{number}: called first {times} times"
        for number, times in ledger.first_calls.items()
        if times > 1 + ledger.again[number]
    ]
    problems += [f"{number}: {times} cases" for number, times in ledger.cases.items() if times > 1]
    problems += [
        f"{number}: a case of a rating of {ledger.rated.get(number)}"
        for number in ledger.cases
        if ledger.rated.get(number, 5) > _NEGATIVE
    ]
    problems += [f"{number}: rated {times} times" for number, times in ledger.rated_times.items() if times > 1]
    for machine in places.machines:
        if len(machine.slips) > machine.taps:
            problems.append(f"{machine.position.id}: {len(machine.slips)} slips for {machine.taps} taps")
    return problems
