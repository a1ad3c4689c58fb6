"""State → what a device at a position should show. Pure; versions are put on by whoever publishes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from halls.format import Service
from hub.domain import estimate, notices, paths, projection
from hub.domain.state import Day
from hub.mqtt import announcers
from hub.pinyin import initials
from hub.roster import Roster, Seat
from hub.screens.screens import Screens
from wire.messages import (
    Ask,
    CallerView,
    DeviceView,
    EvaluatorView,
    Handheld,
    MachinePriority,
    MachineService,
    MachineView,
    RepeaterView,
    SignageView,
    WindowView,
)


def view(state: Day, roster: Roster, seat: Seat, at: datetime, screens: Screens | None = None) -> DeviceView | None:
    """None where a position has nothing to show (a spare caller without a counter). `screens`: what these play."""
    match seat.position.device_class:
        case "caller":
            return _caller(state, seat)
        case "evaluator":
            return _evaluator(state, seat)
        case "led_window":
            return _window(state, seat)
        case "ticket_printer":
            return _machine(state, seat, at)
        case "signage_player":
            return _signage(state, roster, seat, at, screens)
        case "repeater":
            shown = (_handheld(state, roster, seat, address, at) for address, _ in roster.handhelds(seat))
            return RepeaterView(epoch=0, version=0, handhelds=tuple(one for one in shown if one is not None))
    return None


def _handheld(state: Day, roster: Roster, repeater: Seat, address: int, at: datetime) -> Handheld | None:
    """What it shows, and whether this repeater is the one to show it."""
    seat = roster.handheld(repeater, address)
    if seat is None or seat.position.wireless is None:
        return None
    shown = view(state, roster, seat, at)
    if not isinstance(shown, CallerView | EvaluatorView):
        return None
    turn = paths.turn(state, seat.position, repeater.position.id)
    return Handheld(address=address, view=shown, turn=turn, turns=len(seat.position.wireless.repeaters))


def _caller(state: Day, seat: Seat) -> CallerView | None:
    counter = projection.counter_of(state.hall, seat.position.counter)
    if counter is None:
        return None
    now = projection.counter_now(state, counter)
    return CallerView(
        epoch=0,
        version=0,
        counter=counter.id,
        phase=now.phase,
        number=now.number,
        waiting=now.waiting,
        clerk=now.clerk,
    )


def _evaluator(state: Day, seat: Seat) -> EvaluatorView | None:
    counter = projection.counter_of(state.hall, seat.position.counter)
    if counter is None:
        return None
    now = projection.counter_now(state, counter)
    asked = state.asks.get(state.asked.get(counter.id, ""))
    ask = None
    if asked is not None and asked.phase == "asked":
        ask = Ask(id=asked.id, number=asked.number, until=asked.until)
    return EvaluatorView(
        epoch=0,
        version=0,
        counter=counter.id,
        counter_name=counter.name,
        phase=now.phase,
        clerk=now.clerk,
        clerk_name=_clerk_name(state, now.clerk),
        ask=ask,
    )


def _clerk_name(state: Day, number: str) -> str:
    return next((clerk.name for clerk in state.hall.clerk if clerk.number == number), "")


def _window(state: Day, seat: Seat) -> WindowView | None:
    counter = projection.counter_of(state.hall, seat.position.counter)
    if counter is None:
        return None
    now = projection.counter_now(state, counter)
    return WindowView(
        epoch=0,
        version=0,
        counter=counter.id,
        counter_name=counter.name,
        phase=now.phase,
        number=now.number,
        calls=now.calls,
        clerk=now.clerk,
        clerk_name=_clerk_name(state, now.clerk),
        idle_text=counter.name,
        notice=state.hall.hall.ticker,
    )


def _signage(state: Day, roster: Roster, seat: Seat, at: datetime, screens: Screens | None) -> SignageView | None:
    area = next(one for one in state.hall.area if one.id == seat.position.area)
    announcer = announcers.announcer(roster, seat.hall, area, at)
    if announcer is None:
        return None
    offset = at.astimezone(ZoneInfo(state.hall.hall.timezone)).utcoffset()
    return SignageView(
        epoch=0,
        version=0,
        hall=seat.hall,
        area=area.id,
        ticker=state.hall.hall.ticker,
        announces=seat.position.id == announcer,
        utc_offset_s=round(offset.total_seconds()) if offset is not None else None,
        programme=screens.programme(seat.hall, seat.position, at) if screens else None,
        emergency=screens.emergency(seat.hall, seat.position, at) if screens else None,
    )


def _waits(state: Day) -> dict[str, estimate.Wait]:
    """All machines of a hall show the same: it is worked out once for each state."""
    known = _estimated.get(state.hall.hall.id)
    if known is None or known[0] is not state:
        known = _estimated[state.hall.hall.id] = state, estimate.waits(state)
    return known[1]


_estimated: dict[str, tuple[Day, dict[str, estimate.Wait]]] = {}  # hall → the latest state, and what it means


def _machine(state: Day, seat: Seat, at: datetime) -> MachineView:
    hall = state.hall
    area = next((area for area in hall.area if area.id == seat.position.area), None)
    return MachineView(
        epoch=0,
        version=0,
        hall_name=hall.hall.name,
        hall_english=hall.hall.english,
        area=area.name if area else "",
        series=seat.position.series,
        day=state.day,
        services=tuple(_service(state, service, at) for service in hall.service),
        priorities=tuple(MachinePriority(id=one.id, name=one.name, english=one.english) for one in hall.priority),
        if_missed=hall.policy.if_missed,
        appointments=any(service.appointment for service in hall.service),
    )


def _service(state: Day, service: Service, at: datetime) -> MachineService:
    wait = _waits(state)[service.letter]
    area = next(one for one in state.hall.area if one.id == service.area)
    floor = next(one for one in state.hall.floor if one.id == area.floor)
    centre = next(one for one in state.hall.centre if one.id == service.centre)
    is_open, note = notices.at_machine(state, service, at)
    return MachineService(
        letter=service.letter,
        name=service.name,
        english=service.english,
        centre=centre.name,
        open=is_open,
        note=note.both,
        waiting=wait.ahead,
        wait_s_low=wait.low_s,
        wait_s_high=wait.high_s,
        where=area.name,
        route=area.route,
        real_name=service.real_name,
        initials=initials(service.name),
        centre_english=centre.english,
        where_english=area.english,
        floor=floor.name,
        floor_english=floor.english,
    )
