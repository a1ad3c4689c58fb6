"""The settings that the hub wants: tried, kept once they have proved themselves, else taken back (docs/adr/0038).

What the class's `[device]` table says is the board's own file, and over it the settings that are on trial or were last
good. A trial begins with a new start of the agent. It ends well when the hub has answered a health report in which
nothing is out of order that was not before; it ends badly when that does not come in time, or the agent crashes.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from edge.runtime import settings_choice as choice
from edge.runtime import settings_words as words
from edge.runtime.config import AgentSettings, Config, device_settings
from edge.runtime.device import DeviceClass, check_driver
from edge.runtime.disk import Disk
from edge.runtime.keeper import Site
from edge.runtime.settings_file import SettingsFile, Trial, Values, Verdict
from wire import codec
from wire.base import Fact
from wire.upkeep import Configured, Settings

STARTS_MAX = 3  # of the agent with the same trial: it may be cut off twice by what is not its fault
_ASK_S = 2.0  # how often a trial asks for a sign that all is well
_AWAY_MAX = 10  # times `trial_s`: so long a trial goes on while the hub is away and nothing is out of order

log = logging.getLogger(__name__)


class SettingsKeeper:
    """Of one life of an agent: made anew with every start. `monotonic`: seconds."""

    kind = "config"

    def __init__(
        self,
        device: DeviceClass,
        config: Config,
        *,
        disk: Disk | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._class, self._config, self._monotonic = device, config, monotonic
        self._times: AgentSettings = config.agent
        self._file = SettingsFile(Path(config.agent.state_dir), disk)
        self._kept = self._file.read()
        self._trying: Trial | None = None  # in this life
        self._site: Site | None = None
        self._wanted: Settings | None = None
        self._newest = (0, 0)  # epoch and version of what came down
        self._began = self._asked_at = self._ends_at = monotonic()
        self._now = (0.0, self._began)  # the same moment by both clocks
        self._up = self._sent = False
        self._asked = self._told = ""  # ids: of a health report, of a verdict

    def config(self) -> Config:
        """The agent's configuration in this life; a start with settings on trial is counted on the disk before.

        Raises ConfigError, UnknownDeviceError when nothing can be used, not even the board's own file.
        """
        trial = self._kept.trial
        if trial is not None and trial.starts >= STARTS_MAX:
            self._return({"agent": f"启动{trial.starts}次未成 did not come up in {trial.starts} starts"})
        elif trial is not None:
            started = replace(trial, starts=trial.starts + 1)
            if self._file.write(replace(self._kept, trial=started)):
                self._kept, self._trying = replace(self._kept, trial=started), started
        if self._trying is not None and (why := choice.built(self._class, self._table(self._trying.values.device))[1]):
            self._return({"": words.against_others(why)})  # somebody has changed the file meanwhile
        return replace(self._config, device=self._table(self._trying.values.device)) if self._trying else self.check()

    def check(self) -> Config:
        """As `config`, without those on trial, and nothing is counted."""
        found = replace(self._config, device=self._table(self._good()))
        check_driver(self._class, device_settings(found, self._class.settings))
        return found

    def failed(self, error: BaseException) -> bool:
        """The agent could not be built, or did not start. True when another start will be with the last good ones."""
        if self._trying is None:
            return False
        log.error("revision %d lets the agent fail: %r", self._trying.wanted.revision, error)
        return self._return({"agent": f"启动出错 failed to start: {type(error).__name__}: {error}"[:400]})

    # Keeper

    def begin(self, site: Site, at: float) -> None:
        self._site = site
        self._look(at)
        self._began = self._monotonic()
        self._asked_at = self._began + self._times.settle_s
        self._ends_at = self._began + self._times.trial_s

    def take(self, at: float, payload: bytes) -> None:
        self._look(at)
        settings = codec.decode_config(payload)
        if (settings.epoch, settings.version) < self._newest:
            return
        self._newest = settings.epoch, settings.version
        wanted = Values(settings.revision, settings.device)
        trial = self._kept.trial
        known = wanted in (self._kept.decided, trial.wanted if trial else None)
        self._wanted = None if known else settings
        if trial is not None and wanted == self._kept.decided:
            self._end(replace(self._kept, trial=None))  # taken back at the hub before it was decided
            self._renew()

    def linked(self, at: float, up: bool) -> None:
        now = self._look(at)
        self._up = up
        if up:
            self._ends_at = max(self._ends_at, now + self._times.settle_s)  # the hub was away: it may answer yet
        if up and not self._sent:
            self._tell()

    def answered(self, at: float, to: str) -> None:
        self._look(at)
        if to == self._told and self._kept.verdict is not None:
            self._end(replace(self._kept, verdict=None))
        if self._trying is not None and to == self._asked and not self._new_trouble(self._trying):
            self._commit(self._trying)

    def wake_at(self) -> float | None:
        due = [self._ends_at] if self._trying is not None else []
        if self._trying is not None and self._up:
            due.append(self._asked_at)
        if self._wanted is not None:
            due.append(self._began + self._times.settle_s)
        at, then = self._now
        return at + min(due) - then if due else None

    def tick(self, at: float) -> None:
        now = self._look(at)
        if self._wanted is not None and (self._trying is not None or now >= self._began + self._times.settle_s):
            self._consider(self._wanted)
        elif self._trying is not None and now >= self._ends_at:
            self._give_up(self._trying, now)
        elif self._trying is not None and self._up and now >= self._asked_at and self._site is not None:
            self._asked_at = now + _ASK_S
            self._asked = self._site.report()

    def facts(self) -> dict[str, Fact]:
        kept, found = self._kept, dict[str, Fact]()
        if kept.good.revision or kept.trial is not None:
            found["settings"] = kept.good.revision
        if self._trying is not None:
            found["settings_trial"] = self._trying.wanted.revision
        if self._file.damaged:
            found["settings_damaged"] = True
        return {**found, "settings_error": self._file.error} if self._file.error else found

    def stop(self) -> None: ...

    # What is decided.

    def _consider(self, wanted: Settings) -> None:
        """Try what came, or say at once why not, or that it is so already."""
        self._wanted = None
        fresh = Values(wanted.revision, wanted.device)
        file, good = self._config.device, self._good()
        chosen = choice.choose(self._class, file, good, fresh.device)
        if chosen is None or not chosen.taken:
            why = chosen.problems if chosen else {"": words.against_others(choice.built(self._class, file)[1])}
            self._decide(fresh, self._kept.good, "refused", why)
            return
        values = Values(fresh.revision, chosen.device)
        if self._trying is None and self._table(values.device) == self._table(good):
            self._decide(fresh, values, "partly" if chosen.problems else "applied", chosen.problems)
            return
        ailing = self._trying.ailing if self._trying else tuple(self._ailing())
        trial = Trial(
            wanted=fresh, values=values, problems=chosen.problems, ailing=ailing, began_at=round(self._now[0], 3)
        )
        if self._end(replace(self._kept, trial=trial)):
            self._renew()

    def _commit(self, trial: Trial) -> None:
        outcome = "partly" if trial.problems else "applied"
        if self._decide(trial.wanted, trial.values, outcome, trial.problems):
            log.info("revision %d has proved itself", trial.wanted.revision)
            self._trying = None

    def _give_up(self, trial: Trial, now: float) -> None:
        """Not for a hub that is away, as long as nothing else is wrong: it may be restarting."""
        trouble = self._new_trouble(trial)
        if not self._up and not trouble and now < self._began + _AWAY_MAX * self._times.trial_s:
            self._ends_at = now + self._times.trial_s
            return
        self._return(trouble or {"hub": "限时内未收到应答 the hub did not answer a health report in time"})
        self._renew()  # where the disk takes nothing, the next start is with the last good ones all the same

    def _return(self, why: dict[str, str]) -> bool:
        """Back to the last good ones; the agent has to start anew for them."""
        trial, good = self._kept.trial, self._kept.good
        if trial is None:
            return False
        log.warning("revision %d is taken back, %d is in force again: %s", trial.wanted.revision, good.revision, why)
        self._trying = None
        return self._decide(trial.wanted, good, "returned", {**trial.problems, **why})

    def _decide(self, wanted: Values, good: Values, outcome: Any, problems: dict[str, str]) -> bool:
        verdict = Verdict(
            revision=wanted.revision,
            outcome=outcome,
            in_force=good.revision,
            problems=problems,
            at=round(self._now[0] or time.time(), 3),
        )
        quiet = wanted.revision == 0 and not self._kept.decided.revision and outcome == "applied"  # nothing, as before
        kept = replace(self._kept, good=good, decided=wanted, trial=None, verdict=None if quiet else verdict)
        if not self._end(kept):
            return False
        self._tell()
        return True

    def _table(self, device: dict[str, Any]) -> dict[str, Any]:
        return choice.laid_over(self._class.settings, self._config.device, device)

    def _good(self) -> dict[str, Any]:
        """The last good settings as far as they go with the board's file, which somebody may have changed since."""
        good, file = self._kept.good.device, self._config.device
        if not choice.built(self._class, self._table(good))[1]:
            return good
        found = choice.choose(self._class, file, {}, good)
        if found is None:
            return {}
        log.error("some of revision %d do not fit any more: %s", self._kept.good.revision, found.problems)
        return found.device

    def _new_trouble(self, trial: Trial) -> dict[str, str]:
        return {name: said for name, said in self._ailing().items() if name not in trial.ailing}

    def _ailing(self) -> dict[str, str]:
        return self._site.ailing() if self._site is not None else {}

    # What is done about it.

    def _end(self, kept: Any) -> bool:
        """On the disk; else all stays as it was."""
        if not self._file.write(kept):
            return False
        self._kept = kept
        return True

    def _tell(self) -> None:
        verdict = self._kept.verdict
        if verdict is None or self._site is None:
            return
        self._told = self._site.ident()
        message = Configured(
            id=self._told,
            at=datetime.fromtimestamp(verdict.at, UTC),
            revision=verdict.revision,
            outcome=verdict.outcome,
            in_force=verdict.in_force,
            problems=verdict.problems,
        )
        self._sent = self._site.send(message)

    def _renew(self) -> None:
        if self._site is not None:
            self._site.renew()

    def _look(self, at: float) -> float:
        self._now = at, self._monotonic()
        return self._now[1]
