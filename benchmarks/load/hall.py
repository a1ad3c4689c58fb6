"""A hall for load: as many counters as wanted, which all serve the same, and nothing that slows a press down."""

from datetime import UTC, datetime
from pathlib import Path

from halls.format import Hall, parse

SERVICES = "ABC"

_HEAD = """
format = 1
[hall]
id = "load"
name = "负载厅"
english = "Load hall"
timezone = "{zone}"
[policy]
opens = "00:00"
closes = "23:59"
calls_before_no_show = 1
double_tap_s = 0
[[centre]]
id = "all"
name = "综合服务"
english = "General services"
[[floor]]
id = "f1"
name = "一层"
english = "Ground floor"
[[area]]
id = "lobby"
name = "大厅"
english = "Lobby"
floor = "f1"
route = "进门即到"
"""
_SERVICE = """
[[service]]
letter = "{letter}"
name = "业务{letter}"
english = "Service {letter}"
centre = "all"
area = "lobby"
service_min_median = 5
service_min_p90 = 11
share = {share}
"""
_COUNTER = """
[[counter]]
id = "{id}"
name = "{id}号窗口"
area = "lobby"
services = {services}
[[clerk]]
number = "{clerk}"
name = "工号{clerk}"
counter = "{id}"
[[position]]
id = "caller-{id}"
kind = "caller"
area = "lobby"
counter = "{id}"
[[position]]
id = "window-{id}"
kind = "window-card"
area = "lobby"
counter = "{id}"
"""
_MACHINE = """
[[position]]
id = "machine-{number}"
kind = "ticket-machine"
area = "lobby"
series = "{series}"
"""


def load_hall(counters: int, machines: int) -> str:
    """The hall file. It is noon there whenever the load is put on, so that neither hours nor midnight have a say."""
    ahead_h = 12 - datetime.now(UTC).hour
    zone = f"Etc/GMT{-ahead_h:+d}" if ahead_h else "Etc/GMT"
    parts = [_HEAD.format(zone=zone)]
    parts += [_SERVICE.format(letter=letter, share=round(1 / len(SERVICES), 4)) for letter in SERVICES]
    services = str(list(SERVICES)).replace("'", '"')
    parts += [_COUNTER.format(id=counter_id(n), services=services, clerk=1001 + n) for n in range(counters)]
    parts += [_MACHINE.format(number=n + 1, series=chr(ord("A") + n)) for n in range(machines)]
    return "".join(parts)


def counter_id(n: int) -> str:
    """Of the n-th counter, from 0."""
    return f"{n + 1:03d}"


def write_hall(path: Path, counters: int, machines: int) -> Hall:
    text = load_hall(counters, machines)
    path.write_text(text, "utf-8")
    return parse(text, str(path))
