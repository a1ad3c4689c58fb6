"""The steps of cases in the audit: who took which step in which case. What they said of it stands in the case alone,
and goes with it; a citizen's own acts are no acts of the staff, and stand there too."""

from collections.abc import Iterator, Sequence

from hub.domain import case_events as e
from hub.domain.case_events import AnyEvent
from hub.storage.audit import Noted, What, noted, told

_WHAT: dict[type[e.Event], What] = {
    e.Assigned: "case-assigned",
    e.Noted: "case-noted",
    e.Verified: "case-verified",
    e.Rectified: "case-rectified",
    e.Answered: "case-answered",
    e.Closed: "case-closed",
    e.SentBack: "case-sent-back",
    e.Reopened: "case-reopened",
    e.ClerkAppealed: "case-appealed",
    e.ClerkAppealUpheld: "case-appeal-upheld",
    e.ClerkAppealRejected: "case-appeal-rejected",
    e.TakenBack: "case-taken-back",
}


def notes(hall: str, ask: str, events: Sequence[AnyEvent]) -> Iterator[Noted]:
    """For the transaction that keeps the events."""
    for one in events:
        what = _WHAT.get(type(one))
        if what is not None and one.by:
            to = f"→ {one.to or '–'}" if isinstance(one, e.Assigned) else ""
            yield noted(hall=hall, who=one.by, what=what, detail=told(ask, to), at=one.at)
