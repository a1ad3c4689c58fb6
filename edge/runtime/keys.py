"""Which presses of a set of contacts count: pure, told the edges of each and their times."""

import msgspec

from edge.runtime.elapsed import was_put_back


class Held(msgspec.Struct, frozen=True):
    """A key that is down, or has come up too lately to be sure. Times in seconds."""

    down_at: float
    up_at: float | None = None
    stuck: bool = False


class Keys(msgspec.Struct, frozen=True):
    """A press counts at its first edge; a key is up again once it has stayed up for `debounce_s`.

    Of a chord only the first key counts. A key that stays down for `stuck_s` is stuck: it hinders no other key, and
    counts again after it has come up.
    """

    debounce_s: float
    stuck_s: float
    held: dict[str, Held] = {}

    @property
    def stuck(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, key in self.held.items() if key.stuck))

    def wake_at(self) -> float:
        """When a key that is down now becomes a stuck one; infinite if none does."""
        downs = [key.down_at for key in self.held.values() if key.up_at is None and not key.stuck]
        return min(downs, default=float("inf")) + self.stuck_s

    def settled(self, at: float) -> "Keys":
        """As time alone changes it: keys are up for sure, or found to be stuck."""
        held = {name: self._aged(key, at) for name, key in self.held.items() if not self._is_up(key, at)}
        return self if held == self.held else msgspec.structs.replace(self, held=held)

    def down(self, name: str, at: float) -> tuple["Keys", bool]:
        """A contact closed; and whether that is a press. Call `settled` first."""
        before = self.held.get(name)
        if before is not None:
            return self._with(name, msgspec.structs.replace(before, up_at=None)), False
        alone = all(key.stuck for key in self.held.values())
        return self._with(name, Held(at)), alone

    def up(self, name: str, at: float) -> "Keys":
        """A contact opened. One that was never seen closed changes nothing."""
        before = self.held.get(name)
        return self if before is None else self._with(name, msgspec.structs.replace(before, up_at=at))

    def _with(self, name: str, key: Held) -> "Keys":
        return msgspec.structs.replace(self, held={**self.held, name: key})

    def _is_up(self, key: Held, at: float) -> bool:
        if was_put_back(key.down_at, at):  # then what was measured means nothing any more
            return True
        return key.up_at is not None and at >= key.up_at + self.debounce_s

    def _aged(self, key: Held, at: float) -> Held:
        if key.stuck or key.up_at is not None or at < key.down_at + self.stuck_s:
            return key
        return msgspec.structs.replace(key, stuck=True)
