"""Three processes of one hub under load, and one of them is killed: nothing is lost, doubled or held up.

Real processes, a real PostgreSQL, a real broker with mutual TLS; devices say each thing again until it is answered.
"""

import itertools
import ssl
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import paho.mqtt.client as mqtt
import pytest
from msgspec.structs import replace
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import select

from edge.runtime import config, identity
from halls.format import Hall, parse
from hub import pinyin
from hub.domain import events as e
from hub.domain import projection
from hub.domain.evolve import evolve_all
from hub.domain.state import Day, new_day
from hub.mqtt import views
from hub.roster import Bound, Roster
from hub.storage.database import open_database, open_log
from hub.storage.event_log import Recorded
from hub.storage.registry import Registry
from hub.storage.schema_metrics import metrics_checkpoint
from provisioning.rehearsal import pressing
from provisioning.rehearsal.cluster import OBSERVER, Cluster
from provisioning.rehearsal.pressing import Press, Presser
from provisioning.rehearsal.technician import Hub
from tests.support.influx import Asked, engine_of_its_own, serve_arguments
from tests.support.live import until
from wire import codec, topics
from wire.messages import Action, TakeTicket

HALL_FILE = Path(__file__).parents[2] / "halls" / "dongcheng.toml"
MACHINES, COUNTERS = 5, 8
ANSWERS = (300, 900, 1500)  # then: one is killed; it comes back; that is enough


class Rush:
    """What happened, and what is there now."""

    def __init__(self, cluster: Cluster, url: str, hall: Hall, influx: Asked) -> None:
        self.cluster, self.url, self.hall, self.influx = cluster, url, hall, influx
        self.pressers: list[Presser] = []
        self.hub = Hub(cluster.addresses["hub-1"].pages, cluster.password)
        self._tls: dict[str, ssl.SSLContext] = {}

    @property
    def presses(self) -> list[Press]:
        return [press for one in self.pressers for press in one.presses]

    def answers(self) -> int:
        assert [one.failed for one in self.pressers if one.failed] == []
        return sum(1 for _ in pressing.answered(self.pressers))

    def enrol(self, positions: list[str], directory: Path) -> dict[str, identity.Identity]:
        """Each at another process of the hub."""
        tokens = self.hub.claims(self.hall.hall.id, positions)
        found = {}
        for position, at in zip(positions, itertools.cycle(self.cluster.addresses.values()), strict=False):
            settings = config.Hub(
                est=f"https://{at.est}",
                ca_fingerprint=self.cluster.ca_fingerprint,
                broker=at.broker,
                token=tokens[position],
            )
            found[position] = identity.enrol(settings, directory / position)
        return found

    def log(self) -> list[Recorded]:
        log = open_log(self.url)
        try:
            return log.after(0, 1_000_000)
        finally:
            log.close()

    def writer(self) -> str:
        """The process that writes metrics; empty: none has, or it has let go."""
        engine = open_database(self.url)
        with engine.connect() as connection:
            found = connection.execute(select(metrics_checkpoint.c.holder)).scalar()
        engine.dispose()
        return str(found or "")

    def tickets_in_influxdb(self) -> int:
        rows = self.influx.rows(
            f'SELECT count("number") FROM "ticket_taken" WHERE "hall" = \'{self.hall.hall.id}\'',
        )
        return int(rows[0]["count"]) if rows else 0

    def tickets(self) -> int:
        return sum(isinstance(one.event, e.TicketReserved) for one in self.log())

    def truth(self) -> dict[str, Any]:
        """Every retained view as it must be, from nothing but the log and the registry."""
        recorded, engine = self.log(), open_database(self.url)
        registry, name = Registry(engine), self.hall.hall.id
        bound = [Bound(one.id, name, one.position) for one in registry.devices(name) if one.position]
        engine.dispose()
        roster = Roster([self.hall], lambda: bound)
        roster.seat_all(bound)
        pinyin.learn(service.name for service in self.hall.service)
        day = evolve_all(new_day(self.hall, recorded[-1].day), (one.event for one in recorded))
        shown = {topics.down(seat.device, "view"): view for seat, view in _seated(roster, day)}
        boards = {topics.board(name, a.id): projection.board(day, a, epoch=0, version=0) for a in self.hall.area}
        return {**shown, **boards}

    def retained(self) -> dict[str, Any]:
        """Every retained view as the broker has it now, without its version."""
        found: dict[str, bytes] = {}
        context = ssl.create_default_context(cafile=str(self.cluster.data / "broker" / "ca.pem"))
        context.load_cert_chain(self.cluster.data / f"{OBSERVER}.pem", self.cluster.data / f"{OBSERVER}-key.pem")
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=OBSERVER, protocol=mqtt.MQTTv5)
        client.tls_set_context(context)
        client.on_message = lambda client, userdata, message: found.__setitem__(message.topic, bytes(message.payload))
        client.connect("127.0.0.1", self.cluster.broker.port)
        client.loop_start()
        until(client.is_connected, "the observer is let in")
        all_said = f"{topics.PREFIX}/{OBSERVER}"
        client.subscribe([(topics.VIEWS_ALL, 1), (topics.BOARDS_ALL, 1), (all_said, 1)])
        client.publish(all_said, b"", qos=1)
        until(lambda: all_said in found, "the broker has said all that it retains")
        client.disconnect()
        client.loop_stop()
        del found[all_said]
        return {topic: _read(topic, body) for topic, body in found.items()}


def _seated(roster: Roster, day: Day) -> Iterator[tuple[Any, Any]]:
    for seat in roster.seats(day.hall.hall.id):
        if (
            seat.device
            and not seat.position.wireless
            and (view := views.view(day, roster, seat, datetime.now(UTC))) is not None
        ):
            yield seat, view


def _read(topic: str, body: bytes) -> Any:
    view = codec.decode_board(body) if "/board/" in topic else codec.decode_view(body)
    return replace(view, epoch=0, version=0)


@pytest.fixture(scope="module")
def rush(tmp_path_factory: pytest.TempPathFactory, postgresql: Any) -> Iterator[Rush]:
    url, place = postgresql.database(), tmp_path_factory.mktemp("three")
    (place / "hall.toml").write_text(_at_noon(HALL_FILE.read_text("utf-8")), "utf-8")
    with (
        engine_of_its_own(place / "influxd") as influx,
        Cluster(place, place / "hall.toml", url, serve=serve_arguments(influx, place)) as cluster,
    ):
        rush = Rush(cluster, url, parse((place / "hall.toml").read_text("utf-8")), influx)
        _let_them_press(rush, place)
        yield rush


def _at_noon(hall_file: str) -> str:
    """The same hall, in a time zone where it is open now and no midnight is near."""
    ahead = 12 - datetime.now(UTC).hour
    return hall_file.replace('"Asia/Shanghai"', f'"Etc/GMT{-ahead:+d}"')


def _let_them_press(rush: Rush, place: Path) -> None:
    wished = _wishes(rush.hall)
    for position, who in rush.enrol(list(wished), place / "devices").items():
        address = rush.cluster.broker_address
        rush.pressers.append(Presser(who.device, who.tls(), address, wished[position], pressing.presence()))
    for presser in rush.pressers:
        presser.start()
    until(lambda: rush.answers() > ANSWERS[0], "the devices are answered", 60)
    killed = until(rush.writer, "one of them writes metrics")
    rush.cluster.kill(killed)
    until(lambda: rush.answers() > ANSWERS[1], "they are answered by those that are left", 60)
    rush.cluster.start(killed)
    rush.cluster.wait_until_up(killed)
    until(lambda: rush.answers() > ANSWERS[2], "they are answered by all three", 60)
    for presser in rush.pressers:
        presser.enough.set()
    for presser in rush.pressers:
        presser.join(90)


def _wishes(hall: Hall) -> dict[str, Any]:
    machines = [one.id for one in hall.position if one.kind == "ticket-machine"][:MACHINES]
    callers = [one for one in hall.position if one.kind == "caller" and one.counter and not one.wireless][:COUNTERS]
    served = {counter.id: counter.services for counter in hall.counter}
    services = "".join(dict.fromkeys(letter for one in callers for letter in served[one.counter]))
    clerks = [clerk.number for clerk in hall.clerk]
    return {
        **{machine: pressing.machine(services, 10_000) for machine in machines},
        **{one.id: pressing.counter(clerk) for one, clerk in zip(callers, clerks, strict=False)},
    }


def test_every_press_was_answered(rush):
    """Also those that were in the hands of the process that was killed."""
    assert [presser.failed for presser in rush.pressers] == [None] * (MACHINES + COUNTERS)
    assert not any(presser.is_alive() for presser in rush.pressers)
    assert all(press.reply is not None for press in rush.presses)


def test_no_answer_was_a_fault(rush):
    """Whoever loses a race gets the next ticket; only that nobody waits may be said, or that one already calls."""
    refused = Counter(press.reply.code for press in rush.presses if not press.reply.ok)
    assert set(refused) <= {"nobody-waiting", "already-active", "double-tap"}, refused


def test_every_press_is_in_the_log_once_with_the_outcome_that_was_answered(rush):
    logged = Counter((one.event.command, one.version) for one in rush.log())
    assert set(logged.values()) == {1}
    by_command: dict[str, list[e.AnyEvent]] = {}
    for one in rush.log():
        by_command.setdefault(one.event.command, []).append(one.event)
    for presser in rush.pressers:
        for press in presser.presses:
            events = by_command.get(f"{presser.device}/{press.message.id}", [])
            if isinstance(press.message, TakeTicket | Action):
                assert events, press
                assert press.reply.ok == (not isinstance(events[-1], e.Refused)), press
            if press.reply.slip is not None:
                assert [one.number for one in events if isinstance(one, e.TicketReserved)] == [press.reply.slip.number]


def test_every_slip_has_a_number_of_its_own(rush):
    numbers = Counter(press.reply.slip.number for press in rush.presses if press.reply.slip is not None)
    assert len(numbers) > 50
    assert set(numbers.values()) == {1}


def test_no_ticket_was_called_to_two_counters(rush):
    called: dict[str, set[str]] = {}
    for one in rush.log():
        if isinstance(one.event, e.TicketCalled):
            called.setdefault(one.event.number, set()).add(one.event.counter)
    assert len(called) > 20
    assert {len(counters) for counters in called.values()} == {1}


def test_positions_and_versions_have_no_gap(rush):
    recorded = rush.log()
    assert [one.position for one in recorded] == list(range(1, len(recorded) + 1))
    assert [one.version for one in recorded] == [one.position for one in recorded]


def test_what_the_broker_retains_is_the_truth(rush):
    until(lambda: rush.retained() == rush.truth(), "all views are as the log has it")


def test_each_process_tells_the_same_of_the_hall(rush):
    """Also the one that was away meanwhile."""

    def told() -> list[Any]:
        path = f"/api/v1/halls/{rush.hall.hall.id}/queue"
        return [httpx.get(f"{at.pages}{path}", timeout=30).json() for at in rush.cluster.addresses.values()]

    until(lambda: (said := told()) and said.count(said[0]) == 3, "all three say the same")


def test_each_process_knows_who_is_there(rush):
    def online(name: str) -> set[str]:
        hub = httpx.Client(base_url=rush.cluster.addresses[name].pages, headers=rush.hub.bearer, timeout=30)
        devices = hub.get(f"/api/v1/halls/{rush.hall.hall.id}/devices").json()["devices"]
        return {one["position"] for one in devices if one.get("device")}

    expected = set(_wishes(rush.hall))
    assert [online(name) for name in rush.cluster.names] == [expected] * 3


def test_one_key_at_two_processes_is_one_ticket(rush):
    path, body = f"/api/v1/halls/{rush.hall.hall.id}/tickets", {"service": rush.hall.service[0].letter}
    for n in range(5):
        headers = {**rush.hub.bearer, "Idempotency-Key": f"same-{n}"}
        answers = [
            httpx.post(f"{at.pages}{path}", json=body, headers=headers, timeout=30)
            for at in rush.cluster.addresses.values()
        ]
        assert [answer.status_code for answer in answers] == [201] * 3, answers[0].text
        assert len({msgspec.json.decode(answer.content)["number"] for answer in answers}) == 1


def test_influxdb_has_every_ticket_once_and_another_process_goes_on_when_the_one_that_writes_ends(rush):
    until(lambda: rush.tickets_in_influxdb() == rush.tickets(), "all tickets are written")
    rush.cluster.end(writer := rush.writer())
    other = next(name for name in rush.cluster.names if name != writer)
    path = f"{rush.cluster.addresses[other].pages}/api/v1/halls/{rush.hall.hall.id}/tickets"
    headers = {**rush.hub.bearer, "Idempotency-Key": "after-the-writer"}
    taken = httpx.post(path, json={"service": rush.hall.service[0].letter}, headers=headers, timeout=30)
    assert taken.status_code == 201, taken.text
    until(lambda: rush.tickets_in_influxdb() == rush.tickets(), "the new one is, too")
    assert rush.writer() in set(rush.cluster.names) - {writer}


def test_the_processes_had_no_faults(rush):
    for name in rush.cluster.names:
        said = rush.cluster.log(name).read_text("utf-8", "replace")
        assert "Traceback" not in said, said[-3000:]
