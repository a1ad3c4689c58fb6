"""Since when figures have been too much, or well again: so that a hub that begins anew does not wait anew.

Written when it begins and when it ends, by the process that looks after the hall's rules and by no other.
"""

from collections.abc import Mapping

from sqlalchemy import Engine, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.domain.alerts.engine import Key, Since
from hub.storage.schema_alerts import alert_since, alert_watch


class SinceBook:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kind = {"sqlite": sqlite, "postgresql": postgresql}[engine.dialect.name]

    def of(self, hall: str) -> dict[Key, Since]:
        table = alert_since.c
        with self._engine.connect() as connection:
            rows = connection.execute(select(alert_since).where(table.hall == hall)).all()
        return {(row.rule, row.subject): Since(row.since, row.calm) for row in rows}

    def keep(self, hall: str, holder: str, before: Mapping[Key, Since], after: Mapping[Key, Since]) -> bool:
        """What changed from `before`, which is stored, to `after`. False: another process looks after the hall now,
        and what this one saw is none of its business: who takes over waits here, and reads what was written before."""
        gone = [key for key in before if key not in after]
        come = [(key, since) for key, since in after.items() if before.get(key) != since]
        if not gone and not come:
            return True
        table = alert_since.c
        mine = update(alert_watch).where(alert_watch.c.hall == hall, alert_watch.c.holder == holder)
        with self._engine.begin() as connection:
            if not connection.execute(mine.values(holder=holder)).rowcount:
                return False
            for rule, subject in gone:
                one = and_(table.hall == hall, table.rule == rule, table.subject == subject)
                connection.execute(delete(alert_since).where(one))
            for (rule, subject), since in come:
                row = {"hall": hall, "rule": rule, "subject": subject, "calm": since.calm, "since": since.at}
                stored = self._kind.insert(alert_since).values(row)
                keys = ["hall", "rule", "subject"]
                news = {"calm": since.calm, "since": since.at}
                connection.execute(stored.on_conflict_do_update(index_elements=keys, set_=news))
        return True
