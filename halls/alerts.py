"""Rules of alerts (报警), as a hall's file and its settings have them. Import these from `halls.format`.

A kind says what is looked at and in which unit; a rule says when that is too much, for how long, and who is told.
A hall has one rule of each kind by itself, `DEFAULTS`, under the kind's name; its file changes them and adds others.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import msgspec

AlertKind: TypeAlias = Literal[
    "long-wait",
    "queue-limit",
    "unserved",
    "over-time",
    "long-service",
    "pause",
    "offline",
    "paper-low",
    "paper-out",
    "clock",
    "certificate",
    "rating",
    "influx",
]
Severity: TypeAlias = Literal["notice", "warning", "severe"]
Per: TypeAlias = Literal["service", "area", "hall", "ticket", "counter", "device", "hub"]

QUIET = re.compile(r"(([01][0-9]|2[0-3]):[0-5][0-9])-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z")
"""From, until; over midnight where it ends before it begins."""
ROUTE = re.compile(r"[a-z0-9][a-z0-9-]{0,31}\Z")
ROLE = "role:"  # before a role, where `escalate_to` names one
ROLES_TOLD: tuple[str, ...] = ("administrator", "manager", "technician")  # who may look at alerts
LIST_MAX = 100  # entries of `only`
RULES_MAX = 100  # of a hall
FEW_MAX = 10  # of `quiet`, `routes`, `escalate_to`


class About(NamedTuple):
    """Of a kind. `figure`: what is compared, in which unit; `per`: what there is one alert for, the usual one first;
    `rising`: it is the more alarming the higher it is; `once`: it happens and does not pass, so that acknowledging it
    ends it; `only`: of what a rule may name some alone; `passing`: it becomes more, or less, by time alone."""

    figure: str
    per: tuple[Per, ...]
    only: Literal["service", "area", "counter", "device", ""] = ""
    rising: bool = True
    once: bool = False
    passing: bool = False


KINDS: dict[str, About] = {
    "long-wait": About(
        "minutes that whoever came first has waited", ("service", "area", "hall"), "service", passing=True
    ),
    "queue-limit": About("people waiting", ("service", "area", "hall"), "service"),
    "unserved": About("people waiting with no open counter for them", ("service", "area", "hall"), "service"),
    "over-time": About("time of a service, in units of the service's p90", ("ticket",), "service", passing=True),
    "long-service": About("minutes of a service", ("ticket",), "service", passing=True),
    "pause": About("minutes that a counter is paused without a reason", ("counter",), "counter", passing=True),
    "offline": About("seconds that a device is not heard", ("device",), "device", passing=True),
    "paper-low": About("1: the printer's paper is low", ("device",), "device"),
    "paper-out": About("1: the printer is out of paper", ("device",), "device"),
    "clock": About("seconds by which a board's clock is wrong", ("device",), "device"),
    "certificate": About("days until a device's certificate ends", ("device",), "device", rising=False, passing=True),
    "rating": About("level of a rating, 1 to 5", ("ticket",), "service", rising=False, once=True),
    "influx": About("1: metrics cannot be written to InfluxDB", ("hub",)),
}
assert tuple(KINDS) == get_args(AlertKind)


class Alert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule. It raises where the figure is at `raise_at` or beyond for `raise_s`, and clears where it is back at
    `clear_at` for `clear_s`; between the two nothing changes."""

    id: str  # [a-z0-9-]
    kind: AlertKind
    enabled: bool = True
    raise_at: float
    clear_at: float
    raise_s: float = 0.0
    clear_s: float = 0.0
    severity: Severity = "warning"
    per: Per
    only: tuple[str, ...] = ()  # services, counters, or kinds and positions of devices; empty: all
    open_only: bool = True  # looked at while the hall is open; outside, nothing is raised and nothing cleared
    quiet: tuple[str, ...] = ()  # "22:00-07:00": recorded then, and told afterwards where it is still so
    routes: tuple[str, ...] = ("duty",)  # who is told, beside the page; a hub's administrators say where each leads
    escalate_min: float = 0.0  # not acknowledged after so long: `escalate_to` are told as well; 0: never
    escalate_to: tuple[str, ...] = ("lead", "role:manager")  # routes, and roles whose people it waits for from then on


def _rule(kind: AlertKind, raise_at: float, clear_at: float, **more: Any) -> Alert:
    return Alert(id=kind, kind=kind, raise_at=raise_at, clear_at=clear_at, per=KINDS[kind].per[0], **more)


DEFAULTS: tuple[Alert, ...] = (
    _rule("long-wait", 60, 50, raise_s=60, clear_s=60, escalate_min=30),
    _rule("queue-limit", 40, 30, raise_s=60, clear_s=60, escalate_min=30),
    _rule("unserved", 1, 0, raise_s=300, clear_s=30, escalate_min=15),
    _rule("over-time", 2, 1, severity="notice"),
    _rule("long-service", 90, 80, enabled=False),
    _rule("pause", 20, 19, escalate_min=20),
    _rule("offline", 120, 0, clear_s=30, escalate_min=60),
    _rule("paper-low", 1, 0, raise_s=60, clear_s=60, severity="notice"),
    _rule("paper-out", 1, 0, raise_s=15, clear_s=30, escalate_min=15),
    _rule("clock", 5, 2, raise_s=60, clear_s=60, open_only=False),
    _rule("certificate", 14, 20, severity="severe", open_only=False, escalate_min=1440),
    _rule("rating", 2, 3, severity="severe", open_only=False, escalate_min=60),
    _rule("influx", 1, 0, raise_s=300, clear_s=60, open_only=False),
)
_BY_KIND: dict[str, dict[str, Any]] = {one.kind: msgspec.to_builtins(one) for one in DEFAULTS}


def with_usual(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A rule as a file has it, with the usual values of its kind for what it leaves out."""
    kind = raw.get("kind", raw.get("id", ""))
    usual = _BY_KIND.get(kind, {}) if isinstance(kind, str) else {}
    return {**usual, **raw} if usual else dict(raw)
