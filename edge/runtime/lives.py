"""An agent starts anew when a keeper wants it to: as a process (edge/__main__), or within one that holds many."""

import threading
from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from edge.runtime.agent import Agent
from edge.runtime.config import Config
from edge.runtime.device import DeviceClass, Driver
from edge.runtime.settings_keeper import SettingsKeeper

Build: TypeAlias = Callable[[Config, SettingsKeeper], Agent]
"""Makes an agent with the settings of that configuration, and with that keeper among its own."""


class Life(msgspec.Struct, frozen=True):
    """From one start to the next."""

    agent: Agent
    keeper: SettingsKeeper

    def run(self) -> bool:
        """Until the agent is stopped. True when it is to start anew, also because it failed with settings on trial."""
        try:
            return self.agent.run()
        except Exception as error:
            if not self.keeper.failed(error):
                raise
            self.agent.abandon()
            return True


def begin(device: DeviceClass, config: Config, build: Build) -> Life:
    """With the settings that are to be tried, or were last good. Raises what `build` raises with the latter."""
    while True:
        keeper = SettingsKeeper(device, config)
        try:
            return Life(build(keeper.config(), keeper), keeper)
        except Exception as error:
            if not keeper.failed(error):
                raise


class Lives:
    """All lives of an agent, one after another, on a thread of this process; seen from outside, one agent."""

    def __init__(self, device: DeviceClass, config: Config, build: Build) -> None:
        self._device, self._config, self._build = device, config, build
        self._life = begin(device, config, build)
        self.device, self.device_class = self._life.agent.device, device.name
        self._attached: list[Callable[[Any], None]] = []
        self._renewing = threading.Lock()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=f"lives of {self.device}", daemon=True)

    @property
    def driver(self) -> Driver:
        """Of the life that is lived now."""
        return self._life.agent.driver

    @property
    def state(self) -> Any:
        return self._life.agent.state

    def attach(self, look: Callable[[Any], None]) -> None:
        """`look(driver)`: now, and again with the driver of each later life before it starts."""
        with self._renewing:
            self._attached.append(look)
            look(self.driver)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._renewing:
            self._ended = True
            self._life.agent.stop_soon()
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        while self._life.run():
            with self._renewing:
                if self._ended:
                    return
                self._life = begin(self._device, self._config, self._build)
                for look in self._attached:
                    look(self.driver)
