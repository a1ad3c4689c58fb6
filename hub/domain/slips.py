"""What is printed for a citizen: a ticket as it was when it was taken."""

from zoneinfo import ZoneInfo

from hub.domain import notices
from hub.domain.events import TicketReserved
from hub.domain.state import Day
from wire.slip import Slip


def slip(state: Day, reserved: TicketReserved, zone: ZoneInfo, follow_url: str = "") -> Slip:
    services = {one.letter: one for one in state.hall.service}
    service = services[reserved.service]
    area = next(one for one in state.hall.area if one.id == service.area)
    return Slip(
        hall=state.hall.hall.name,
        number=reserved.number,
        service=service.letter,
        service_name=service.name,
        ahead=reserved.ahead,
        wait_s_low=reserved.wait_s_low,
        wait_s_high=reserved.wait_s_high,
        where=area.name,
        route=area.route,
        taken_at=reserved.at.astimezone(zone),
        if_missed=state.hall.policy.if_missed,
        more=tuple(services[letter].name for letter in reserved.more),
        warnings=tuple(told.both for told in notices.on_slip(reserved.warnings)),
        follow_url=follow_url,
        slot_at=reserved.slot_at.astimezone(zone) if reserved.slot_at else None,
    )
