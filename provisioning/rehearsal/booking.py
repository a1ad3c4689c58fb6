"""Citizens who booked: through a platform by the open interface, and a slot of today, for a rehearsal ends on the day
it began.

Some come in time, some too early, some when it is over, some never, and some give it up. One of each but the first is
booked before the hall opens, so that a run of a minute has seen each of them end.
"""

import asyncio
import random
import secrets
import time
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeAlias

import httpx
import msgspec

from edge.protocols.id_number import check_character
from edge.ticket_printer.mind import words
from halls.format import Hall, Service
from provisioning.rehearsal.places import Machine
from provisioning.rehearsal.platform import Platform

Coming: TypeAlias = Literal["in-time", "early", "late", "never", "cancels"]

SETTINGS: dict[str, Any] = {
    "appointments.slot_min": 5,
    "appointments.early_min": 30.0,
    "appointments.late_min": 0.1,
    "appointments.change_h": 0.0,
}
"""Short slots with a grace of seconds, of which a bounded run sees some end; who may come half an hour early has one at
once."""
_PLACES = 200  # in each slot: who is booked here comes over the day, and within minutes
_SHARES: dict[Coming, float] = {"in-time": 0.8, "early": 0.06, "late": 0.04, "never": 0.06, "cancels": 0.04}
_CAST: tuple[Coming, ...] = ("early", "late", "never", "cancels")
_AHEAD = timedelta(seconds=4)  # of the first slot, at the least
_EARLY = timedelta(minutes=40)  # so far ahead nobody can check in
_SURE = timedelta(minutes=25)  # within this everybody can
_WALK = timedelta(seconds=90)  # before this nobody has come
_TOLD = timedelta(seconds=15)  # after a slot is over its miss is in the log
_PATIENCE_S = 20.0
_OUR_MISTAKE = (400, 401, 403, 404, 422)  # of the program, and not of chance: nobody may take it for a full slot


class Kept(msgspec.Struct):
    """An appointment as its citizen knows it. `number`: what they were given for it; `said`: the machine's words to who
    got nothing."""

    code: str
    coming: Coming
    slot_at: datetime
    number: str = ""
    said: str = ""
    came: bool = False
    given_up: bool = False  # and the hub said so


def settings(hall: Hall, now: datetime) -> dict[str, Any]:
    """The first slot begins with the next minute: its miss is not long in coming. `now`: by the hall's clock."""
    first = f"{now + _AHEAD + timedelta(minutes=1):%H:%M}"
    hours = [{"opens": "00:00", "closes": first}] * (first != "00:00") + [{"opens": first, "closes": "24:00"}]
    wanted: dict[str, Any] = dict(SETTINGS)
    for letter in (one.letter for one in hall.service if one.appointment):
        wanted |= {f"service.{letter}.slot_places": _PLACES, f"service.{letter}.hours": hours}
    return wanted


class Booking:
    """`kept`: all that was booked, by code. `secret`: the platform's."""

    def __init__(self, base: str, secret: str, hall: Hall, seed: int) -> None:
        self._client = httpx.AsyncClient(base_url=base, auth=Platform(base, secret), timeout=10)
        self._api = f"/api/v1/platform/halls/{hall.hall.id}"
        self._chance = random.Random(f"booking {seed}")
        self.kept: dict[str, Kept] = {}
        self._services = [one for one in hall.service if one.appointment]
        self._people = 0
        self._run = secrets.token_hex(8)  # the hub may know keys of a rehearsal before

    async def cast(self) -> list[tuple[Service, Kept]]:
        """One who comes too early, one too late, one never, and one who gives it up; in an order and for services that
        the seed says. Near midnight some have no slot any more, and are left out."""
        kinds = self._chance.sample(_CAST, len(_CAST)) if self._services else []
        chosen = [(self._chance.choice(self._services), coming) for coming in kinds]
        return [(service, one) for service, coming in chosen if (one := await self.book(service, coming))]

    async def book(self, service: Service, coming: Coming | None = None) -> Kept | None:
        """`coming` None: as chance has it. None: nothing could be booked, or the hub is away: then they just come."""
        coming = coming or self._chance.choices(list(_SHARES), list(_SHARES.values()))[0]
        self._people += 1
        who = self._people  # others book while this one waits for answers
        try:
            slot = await self._slot(service, coming)
            if slot is None:
                return None
            person = {"number": _number(who), "name": "测试"}
            body = {"service": service.letter, "day": f"{slot:%Y-%m-%d}", "slot": f"{slot:%H:%M}", "person": person}
            key = {"Idempotency-Key": f"{self._run}-{who}"}
            answer = await self._client.post(f"{self._api}/appointments", json=body, headers=key)
        except httpx.HTTPError:
            return None
        if answer.status_code in _OUR_MISTAKE:
            raise RuntimeError(f"the booking of {coming}: {answer.status_code} {answer.text[:300]}")
        if answer.is_error:
            return None
        one = Kept(str(answer.json()["code"]), coming, slot)
        self.kept[one.code] = one
        return one

    async def give_up(self, one: Kept) -> None:
        """Asked again with the same key while the hub is away: it happens once."""
        key, deadline = {"Idempotency-Key": f"give-up-{one.code}"}, time.monotonic() + _PATIENCE_S
        address = f"{self._api}/appointments/{one.code}/cancel"
        while not one.given_up and time.monotonic() < deadline:
            try:
                answer = await self._client.post(address, json={"reason": "other"}, headers=key)
            except httpx.HTTPError:
                await asyncio.sleep(0.5)
                continue
            one.given_up = answer.is_success
            return

    async def close(self) -> None:
        await self._client.aclose()

    async def _slot(self, service: Service, coming: Coming) -> datetime | None:
        """For who comes late or never the next one, which is over first."""
        answer = await self._client.get(f"{self._api}/offers", params={"service": service.letter})
        if answer.is_error:
            return None
        now = datetime.now().astimezone()
        today = answer.json()["days"][0]["slots"]
        free = [at for at in (datetime.fromisoformat(one["at"]) for one in today if one["free"]) if at > now]
        if coming == "early":
            return next((at for at in free if at > now + _EARLY), None)
        if coming in ("late", "never"):
            return free[0] if free else None
        near = [at for at in free if now + _WALK < at < now + _SURE]
        return self._chance.choice(near) if near else None


async def check_in(one: Kept, machine: Machine) -> str | None:
    """The number, or None: then they take a ticket like anybody else."""
    one.came = True
    number, one.said = await machine.scan(f"TXA:{one.code}", _PATIENCE_S)
    one.number = number or ""
    return number


async def wait_until_over(one: Kept) -> None:
    """Until it is too late to check in."""
    over = one.slot_at + timedelta(minutes=SETTINGS["appointments.late_min"], seconds=2)
    await asyncio.sleep(max(0.0, (over - datetime.now().astimezone()).total_seconds()))


def is_over(one: Kept, at: datetime) -> bool:
    """Whether a miss of it must be in the log by then."""
    return at > one.slot_at + timedelta(minutes=SETTINGS["appointments.late_min"]) + _TOLD


def was_turned_away(one: Kept) -> bool:
    """By the hub's rules; a hub that is away, or a machine that cannot print, is no such thing."""
    return bool(one.said) and one.said != words.NO_CHECK_IN and not one.said.startswith("打印机")


def _number(count: int) -> str:
    """An identity number of nobody, another one for each: no place has the code 999999."""
    born = date(1980, 1, 1) + timedelta(days=count // 1000)
    digits = f"999999{born:%Y%m%d}{count % 1000:03d}"
    return digits + check_character(digits)
