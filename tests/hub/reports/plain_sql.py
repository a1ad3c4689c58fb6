"""The main figures of a day by plain SQL over the event log as SQLite has it: none of our code stands between."""

import sqlite3
from pathlib import Path
from typing import Any

_EVENTS = """
CREATE TEMP VIEW told AS
SELECT position, stream, j ->> '$.kind' AS kind, j ->> '$.number' AS number, j ->> '$.service' AS service,
       j ->> '$.counter' AS counter, j ->> '$.command' AS command, j ->> '$.undone' AS undone,
       j ->> '$.level' AS level, coalesce(j ->> '$.calls', 1) AS calls, coalesce(j ->> '$.implied', 0) AS implied,
       j ->> '$.slot_at' AS slot_at, j ->> '$.at' AS at, unixepoch(substr(j ->> '$.at', 1, 19) || 'Z')
       + coalesce(CAST('0' || rtrim(substr(j ->> '$.at', 20), 'Z') AS REAL), 0) AS s
FROM (SELECT position, stream, CAST(body AS TEXT) AS j FROM event);

CREATE TEMP TABLE happened AS
SELECT * FROM told AS one WHERE kind <> 'action-undone' AND NOT EXISTS (
  SELECT 1 FROM told AS undo
  WHERE undo.kind = 'action-undone' AND undo.stream = one.stream AND undo.undone = one.command);
CREATE INDEX temp.of_number ON happened (stream, number, kind, position);

CREATE TEMP VIEW placed AS  -- which service a ticket is for, from then on
SELECT stream, number, position, service, s, slot_at FROM happened
WHERE kind IN ('ticket-reserved', 'ticket-transferred') AND service IS NOT NULL;

CREATE TEMP VIEW at_counter AS  -- what happened at counters, for the service that the ticket was for at the time
SELECT one.*, (SELECT p.service FROM placed AS p WHERE p.stream = one.stream AND p.number = one.number
               AND p.position < one.position ORDER BY p.position DESC LIMIT 1) AS its_service,
  (SELECT p.s FROM placed AS p WHERE p.stream = one.stream AND p.number = one.number
   AND p.position < one.position ORDER BY p.position DESC LIMIT 1) AS since_s,
  (SELECT p.slot_at FROM placed AS p WHERE p.stream = one.stream AND p.number = one.number
   AND p.position < one.position ORDER BY p.position DESC LIMIT 1) AS its_slot
FROM happened AS one
WHERE kind IN ('ticket-called', 'service-started', 'service-ended', 'ticket-missed', 'ticket-transferred');

CREATE TEMP VIEW waits AS
SELECT stream, its_service AS service,
       max(0, s - max(since_s, coalesce(unixepoch(its_slot), since_s))) AS value
FROM at_counter WHERE kind = 'ticket-called' AND calls = 1;

CREATE TEMP VIEW services AS
SELECT ended.stream, ended.its_service AS service, ended.s - started.s AS value
FROM at_counter AS ended JOIN happened AS started ON started.position = (
  SELECT max(position) FROM happened AS h WHERE h.stream = ended.stream AND h.number = ended.number
  AND h.kind IN ('service-started', 'ticket-called') AND h.position < ended.position)
WHERE ended.kind = 'service-ended' AND started.kind = 'service-started' AND NOT started.implied;

CREATE TEMP VIEW walks AS  -- of services that ended: from the latest call to the start that somebody pressed
SELECT ended.stream, ended.its_service AS service, started.s - called.s AS value
FROM at_counter AS ended JOIN happened AS started ON started.position = (
  SELECT max(position) FROM happened AS h WHERE h.stream = ended.stream AND h.number = ended.number
  AND h.kind IN ('service-started', 'ticket-called') AND h.position < ended.position)
JOIN happened AS called ON called.position = (
  SELECT max(position) FROM happened AS h WHERE h.stream = ended.stream AND h.number = ended.number
  AND h.kind = 'ticket-called' AND h.position < started.position)
WHERE ended.kind = 'service-ended' AND started.kind = 'service-started' AND NOT started.implied;

CREATE TEMP VIEW idles AS  -- before a call that stood: since what happened last at the counter, if that left it idle
SELECT called.stream, called.its_service AS service, called.s - before.s AS value
FROM at_counter AS called JOIN told AS before ON before.position = (
  SELECT max(position) FROM told AS t WHERE t.stream = called.stream AND t.counter = called.counter
  AND t.position < called.position AND (t.kind = 'action-undone' OR t.kind IN (
    'counter-opened', 'service-ended', 'ticket-missed', 'ticket-transferred', 'ticket-parked', 'ticket-cancelled',
    'counter-resumed')))
WHERE called.kind = 'ticket-called' AND called.calls = 1;
"""


class Log:
    """Of a day: `by service` is a dict from the letter to the number."""

    def __init__(self, database: Path, day: str) -> None:
        self._stream = f"queue/small/{day}"
        self._db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self._db.executescript(_EVENTS)

    def counts(self, kind: str) -> dict[str, int]:
        """`ticket-reserved` by the service that it was taken for; the others by the one that it was for then."""
        if kind == "ticket-reserved":
            return self._pairs("SELECT service, count(*) FROM told WHERE kind = ? AND stream = ? GROUP BY 1", kind)
        return self._pairs(
            "SELECT its_service, count(*) FROM at_counter WHERE kind = ? AND stream = ? GROUP BY 1", kind
        )

    def calls(self) -> dict[str, int]:
        query = "SELECT its_service, count(*) FROM at_counter WHERE kind = ? AND stream = ? AND calls = 1 GROUP BY 1"
        return self._pairs(query, "ticket-called")

    def levels(self) -> dict[str, dict[int, int]]:
        query = "SELECT service, level, count(*) FROM happened WHERE kind = ? AND stream = ? GROUP BY 1, 2"
        found: dict[str, dict[int, int]] = {}
        for service, level, count in self._db.execute(query, ("rated", self._stream)):
            found.setdefault(service, {})[level] = count
        return found

    def times(self, of: str) -> dict[str, dict[str, float]]:
        """`waits`, `walks`, `idles` or `services`: mean, and p50, p90 of nearest rank, and max."""
        found: dict[str, dict[str, float]] = {}
        for (service,) in self._db.execute(f"SELECT DISTINCT service FROM {of} WHERE stream = ?", (self._stream,)):
            told = (self._stream, service)
            mean, most, count = self._one(
                f"SELECT avg(value), max(value), count(*) FROM {of} WHERE stream=? AND service=?", *told
            )
            ranked = f"SELECT value FROM {of} WHERE stream = ? AND service = ? ORDER BY value LIMIT 1 OFFSET ?"
            p50, p90 = (self._one(ranked, *told, -(-count * part // 100) - 1)[0] for part in (50, 90))
            found[service] = {"mean": mean, "p50": p50, "p90": p90, "max": most}
        return found

    def _pairs(self, query: str, kind: str) -> dict[str, int]:
        return dict(self._db.execute(query, (kind, self._stream)).fetchall())

    def _one(self, query: str, *told: Any) -> Any:
        return self._db.execute(query, told).fetchone()
