"""`decide(state, command) → events`: which rule answers which command."""

from collections.abc import Callable
from typing import Any

from hub.domain import appointment_commands as ac
from hub.domain import (
    appointments,
    arrivals,
    calling,
    corrections,
    counters,
    echoes,
    moving,
    paths,
    ratings,
    settings,
    tickets,
    time_passing,
    undoing,
)
from hub.domain import commands as c
from hub.domain.decision import Decision, refused
from hub.domain.ratings import ask_id, day_of_ask
from hub.domain.state import Day
from hub.domain.validation import InvalidCommandError, validate

__all__ = ["Decision", "InvalidCommandError", "ask_id", "day_of_ask", "decide", "validate"]


def decide(state: Day, command: c.Command) -> Decision:
    """What follows from a validated wish. A business refusal is an event too; nothing due is no event."""
    if not command.handheld:
        return _ruled(state, command)
    if echoes.is_echo(state, command):
        return (echoes.heard(command, echo=True),)
    return echoes.heard(command), *_ruled(state, command)


def _ruled(state: Day, command: c.Command) -> Decision:
    if state.ended and not isinstance(command, _AFTER_THE_END):
        return (refused(command, "day-ended"),)
    rule: Callable[[Day, Any], Decision] = _RULES[type(command)]
    return rule(state, command)


_AFTER_THE_END = (c.Rate, c.GiveReasons, c.Settle, c.AdmitTicket, c.ChoosePath)
_RULES: dict[type[c.Command], Callable[[Day, Any], Decision]] = {
    c.TakeTicket: arrivals.take,
    c.ConfirmPrint: tickets.confirm_print,
    c.AdmitTicket: tickets.admit,
    c.Cancel: corrections.cancel,
    c.Reinstate: corrections.reinstate,
    c.Amend: corrections.amend,
    c.ChangeSettings: settings.change,
    c.RecordScreens: settings.record_screens,
    c.CallNext: calling.call_next,
    c.Call: calling.call,
    c.Recall: calling.recall,
    c.Serve: calling.serve,
    c.End: calling.end,
    c.NoShow: calling.no_show,
    c.Transfer: moving.transfer,
    c.AddItem: moving.add_item,
    c.Park: moving.park,
    c.Return: moving.return_,
    c.Undo: undoing.undo,
    c.Pause: counters.pause,
    c.Resume: counters.resume,
    c.SignOn: counters.sign_on,
    c.SignOff: counters.sign_off,
    c.Rate: ratings.rate,
    c.ChoosePath: paths.choose,
    c.GiveReasons: ratings.give_reasons,
    c.RefuseLate: time_passing.refuse_late,
    c.Settle: time_passing.settle,
    c.EndDay: time_passing.end_day,
    ac.Book: appointments.book,
    ac.MoveAppointment: appointments.move,
    ac.CancelAppointment: appointments.cancel,
    ac.KeepWith: appointments.keep_with,
    ac.CheckIn: appointments.check_in,
}
