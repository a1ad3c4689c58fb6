"""How this process was started: by the board's launcher, or by hand; and what that means for updates."""

import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from edge.runtime.fetching import Fetcher
from edge.runtime.keeper import Keeper, Quiet, Site
from edge.runtime.releases import Releases
from edge.runtime.update_keeper import UpdateKeeper
from edge.runtime.version import VERSION
from wire import codec
from wire.upkeep import Updated

_KB_S = 500  # a board leaves the network to those that show and print


def update_keeper(environment: Mapping[str, str], device_class: str, est: str, state_dir: Path) -> Keeper:
    """The keeper of this process, by what the launcher left in its environment. `est`: https://HOST:PORT."""
    if not environment.get("TINGXU_LAUNCH"):
        return NoLauncher()
    releases = Releases(
        Path(environment.get("TINGXU_RELEASES", "/data/releases")),
        Path(environment.get("TINGXU_FACTORY", "/opt/tingxu/releases")),
        Path(environment.get("TINGXU_RELEASE_KEY", "/opt/tingxu/release.pub")),
    )
    trial_s = float(environment.get("TINGXU_TRIAL_S", "300"))
    return UpdateKeeper(
        releases,
        Fetcher(est, state_dir, _KB_S),
        device_class,
        on_trial=bool(environment.get("TINGXU_TRIAL")),
        spread_s=float(environment.get("TINGXU_SPREAD_S", "60")),
        gate_s=trial_s * 0.4,
        proved=lambda: signal.alarm(0),
    )


def command(environment: Mapping[str, str], executable: str, arguments: list[str]) -> list[str]:
    """What starts this agent anew: the launcher, which chooses the release, where there is one."""
    launch = environment.get("TINGXU_LAUNCH", "")
    return [executable, "-I", launch, *arguments] if launch else [executable, "-m", "edge", *arguments]


class NoLauncher(Quiet):
    """In the place of an UpdateKeeper where the agent was not started by the launcher: it says so when it is asked."""

    kind = "release"

    def __init__(self) -> None:
        self._site: Site | None = None
        self._said = 0

    def begin(self, site: Site, at: float) -> None:
        self._site = site

    def take(self, at: float, payload: bytes) -> None:
        order = codec.decode_release(payload)
        if self._site is None or order.held or self._said == order.revision:
            return
        self._said = order.revision
        running = order.name == VERSION
        text = (
            "" if running else "不是由启动程序启动，不能更新 Not started by the launcher: this agent cannot be updated"
        )
        self._site.send(
            Updated(
                id=self._site.ident(),
                at=datetime.fromtimestamp(at, UTC),
                name=order.name,
                outcome="running" if running else "refused",
                running=VERSION,
                revision=order.revision,
                text=text,
            )
        )
