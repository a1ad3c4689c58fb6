"""Self-tests that the hub may order: all handhelds beep; the air, handheld by handheld. Pure."""

from datetime import UTC, datetime

from edge.protocols import ff68, ff68_keys
from edge.repeater.events import Transmit
from edge.repeater.handset import Handset
from edge.repeater.state import Result, State, Trial, next_id, replaced
from edge.runtime.device import Send
from wire.orders import Done, SelfTest

TESTS = {"beep": "所有手持器蜂鸣 All handhelds beep", "air": "逐个查询手持器信号 Poll every handheld"}

_OWN_FRAMES = "线路送回本机所发：请设 local_echo = true The line gives back what we send: set local_echo = true"
_EACH_S, _AT_LEAST_S = 0.25, 1.5  # for the echo of a frame, and of the last one
_IN_USE_S = 3.0  # a handheld that spoke no longer ago is in somebody's hands


def begin(state: State, at: float, order: SelfTest) -> Result:
    """One frame to every handheld in the view, but for those in use; their echoes are awaited until `end`."""
    if wrong := _hindrance(state):
        return _say(state, at, order.id, False, wrong)
    busy = tuple(address for address, handset in state.handsets.items() if _in_use(handset, at))
    sent = {
        address: _frame(order.test, handset, at, state)
        for address, handset in state.handsets.items()
        if address not in busy
    }
    nobody = next((address for address in range(255, -1, -1) if address not in state.handsets), None)
    if order.test == "air" and nobody is not None:
        sent[nobody] = ff68_keys.beep(nobody)  # nobody has that address: what comes back is our own
    until = at + _AT_LEAST_S + len(sent) * _EACH_S
    trial = Trial(order=order.id, test=order.test, until=until, sent=sent, busy=busy)
    return replaced(state, trial=trial), tuple(map(Transmit, sent.values()))


def heard(state: State, frame: ff68.Frame, rssi_dbm: int | None) -> State:
    """Anything that a handheld says shows that it is there; its echo, that it hears us."""
    trial = state.trial
    if trial is None or trial.sent.get(frame.address) != frame:
        return state
    return replaced(state, trial=replaced(trial, echoed={**trial.echoed, frame.address: rssi_dbm}))


def end(state: State, at: float) -> Result:
    """Once all have answered, or the time is over: for the address that nobody has it is waited to the end."""
    trial = state.trial
    if trial is None or (at < trial.until and trial.sent.keys() - trial.echoed.keys()):
        return state, ()
    own = any(address not in state.handsets for address in trial.echoed)
    silent = [address for address in trial.sent if address in state.handsets and address not in trial.echoed]
    text = _OWN_FRAMES if own else _told(trial, state)
    return _say(replaced(state, trial=None), at, trial.order, not (own or silent), text)


def _told(trial: Trial, state: State) -> str:
    """Of every handheld, in the order of their addresses."""
    words = dict.fromkeys(trial.busy, "使用中，未打扰 in use, left in peace")
    for address in trial.sent:
        if address in trial.echoed:
            words[address] = f"已应答 answered{_strength(trial.echoed[address])}"
        elif address in state.handsets:
            words[address] = "未应答，查电池与距离 no answer: see its battery and distance"
    return "；".join(f"{address}：{words[address]}" for address in sorted(words))


def _hindrance(state: State) -> str:
    if state.trial is not None:
        return "另一自检正在进行，稍后再试 Another self-test is under way: try again"
    if not state.port_open:
        return "串口未打开，查接线与 port 设置 The serial port is not open: see the cable and the setting port"
    if not state.handsets:
        return "此中继器下没有手持器 No handhelds are in this repeater's reach by the hall file"
    return ""


def _in_use(handset: Handset, at: float) -> bool:
    return bool(handset.open_ask(at)) or (handset.last is not None and at - handset.last_at < _IN_USE_S)


def _frame(test: str, handset: Handset, at: float, state: State) -> ff68.Frame:
    return ff68_keys.beep(handset.address) if test == "beep" else handset.wanted(at, state.settings)


def _strength(rssi_dbm: int | None) -> str:
    return "" if rssi_dbm is None else f" {rssi_dbm} dBm"


def _say(state: State, at: float, order: str, ok: bool, text: str) -> Result:
    state, ident = next_id(state)
    return state, (Send(Done(id=ident, to=order, ok=ok, text=text, at=datetime.fromtimestamp(at, UTC))),)
