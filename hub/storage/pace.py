"""How much a hub's process appends to the event log, and how long that takes."""

import msgspec


class Pace(msgspec.Struct):
    """Since the process began, but `slowest_s`: since it was last asked. Only added up, for a press waits for it."""

    commands: int = 0
    appends: int = 0  # each of them a transaction, of one command or many
    append_s: float = 0.0
    slowest_s: float = 0.0

    def appended(self, commands: int, took_s: float) -> None:
        self.commands += commands
        self.appends += 1
        self.append_s += took_s
        self.slowest_s = max(self.slowest_s, took_s)

    def take_slowest_s(self) -> float:
        slowest_s, self.slowest_s = self.slowest_s, 0.0
        return slowest_s
