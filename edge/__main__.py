"""`python -m edge CLASS --config FILE`: runs one agent on a board until it is told to stop."""

import argparse
import logging
import os
import signal
import sys
import time
from pathlib import Path

from edge.runtime import config, device, identity, launched, lives, waiting
from edge.runtime.agent import Agent
from edge.runtime.board_led import BoardLed
from edge.runtime.est import Hints, hardware_serial
from edge.runtime.keeper import Keeper
from edge.runtime.log_ring import LogRing
from edge.runtime.mounts import Mounts
from edge.runtime.renewal import Renewal
from edge.runtime.settings_keeper import SettingsKeeper
from edge.runtime.systemd import Supervisor


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m edge",
        description="Run one Tingxu agent. On its first start it makes a key and enrols at the hub with the token of "
        "its configuration file; after that the token is not needed any more.",
    )
    parser.add_argument("device_class", metavar="CLASS", choices=device.classes(), help=", ".join(device.classes()))
    parser.add_argument("--config", metavar="FILE", type=Path, required=True, help="TOML; see edge/CLASS/README.md")
    parser.add_argument("--check", action="store_true", help="only say whether the configuration is good")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    ring, led = LogRing(), BoardLed()
    logging.getLogger().addHandler(ring)
    supervisor = Supervisor(os.environ)
    try:
        settings = config.load(chosen.config)
        kind = device.device_class(chosen.device_class)
        if chosen.check:
            device.check_driver(kind, config.device_settings(settings, kind.settings))
            print(f"{chosen.config}: good")
            return 0
        hints = Hints(kind.name, hardware_serial())
        good = SettingsKeeper(kind, settings).check()
        showing = waiting.for_class(
            kind,
            config.device_settings(good, kind.settings),
            settings.agent.state_dir,
            settings.hub.est,
            supervisor,
            led,
        )
        who = _identity(settings, supervisor, hints, showing)
        life = lives.begin(
            kind,
            settings,
            lambda now, keeper: Agent(
                kind,
                now,
                who,
                supervisor=supervisor,
                keepers=[keeper, *_keepers(settings, who, hints, led)],
                ring=ring,
                led=led,
            ),
        )
    except (config.ConfigError, device.UnknownDeviceError, identity.EnrolmentError) as error:
        print(f"edge: {error}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: life.agent.stop_soon())
    signal.signal(signal.SIGINT, lambda *_: life.agent.stop_soon())
    if life.run():
        anew = launched.command(os.environ, sys.executable, arguments or sys.argv[1:])
        os.execv(sys.executable, anew)  # noqa: S606 - ourselves
    return 0


def _keepers(settings: config.Config, who: identity.Identity, hints: Hints, led: BoardLed) -> list[Keeper]:
    est, state_dir = settings.hub.est, Path(settings.agent.state_dir)
    updates = launched.update_keeper(os.environ, hints.device_class, est, state_dir)
    return [Renewal(est, who, hints, waiting=waiting.by_led(led)), updates, Mounts(state_dir)]


def _identity(
    settings: config.Config,
    supervisor: Supervisor,
    hints: Hints = Hints(),  # noqa: B008 - immutable
    showing: identity.Waiting = lambda code: None,
) -> identity.Identity:
    """The stored one, or a new one; a hub out of reach, or a full disk, is tried again, as long as it takes."""
    directory = Path(settings.agent.state_dir)
    found = identity.stored(directory)
    while found is None:
        try:
            found = identity.enrol(settings.hub, directory, showing, hints)
        except OSError as error:
            supervisor.status(f"cannot enrol at {settings.hub.est} yet: {error}")
            logging.getLogger("edge").warning("cannot enrol at %s yet, trying again: %s", settings.hub.est, error)
            time.sleep(5)
    return found


if __name__ == "__main__":
    sys.exit(main())
