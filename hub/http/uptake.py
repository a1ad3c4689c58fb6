"""How appointments are used, for programs. What is suggested is accepted as a setting: `service.A.overbook`."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from hub.appointments.uptake import Acceptance, Uptakes
from hub.domain.uptake import Counts, Estimate
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.routes import Router
from hub.http.settings import MAY_CHANGE


class CountsNow(BaseModel):
    """Rates are 0 to 1, null where there is nothing to divide by; `late`: of the `cancelled` and `moved`, those given
    up so late that their place stayed empty; `lead_h_*`: whole hours from booking to the slot."""

    tickets: int
    by_appointment: int
    kept: int
    missed: int
    open: int
    cancelled: int
    moved: int
    no_place: int
    late: int
    reasons: dict[str, int]
    appointment_rate: float | None
    fulfilment: float | None
    miss_rate: float | None
    cancel_rate: float | None
    lead_h_p50: int | None
    lead_h_p90: int | None

    @classmethod
    def of(cls, one: Counts) -> "CountsNow":
        plain = ("tickets", "by_appointment", "kept", "missed", "open", "cancelled", "moved", "no_place", "late")
        rates = ("appointment_rate", "fulfilment", "miss_rate", "cancel_rate")
        return cls(
            **{name: getattr(one, name) for name in (*plain, *rates)},
            reasons=dict(one.reasons),
            lead_h_p50=one.lead(0.5),
            lead_h_p90=one.lead(0.9),
        )


class EstimateNow(BaseModel):
    """How many places stay empty, by the weeks before today (`overbook_weeks`), with its interval of 95 %. `missed`: of
    the `due`, and `late` of them for they were given up too late."""

    due: int
    missed: int
    late: int
    share: float
    low: float
    high: float


class SuggestionNow(BaseModel):
    """`crowded`: in that part of the full slots more would come than there are places; `why`: a code where nothing is
    suggested: `few` past appointments, nearly all `come`, the slot is `small`."""

    places: int
    more: int
    crowded: float
    why: str


class AcceptanceNow(BaseModel):
    """Who accepted what is in force, or kept it when last looked at; `before`: by the weeks before that day; `due` and
    `missed`: of the places since then; `review`: the day on which to look again."""

    who: str
    day: str
    before: EstimateNow | None
    due: int
    missed: int
    review: str
    review_due: bool


class ServiceUptake(CountsNow):
    service: str
    estimate: EstimateNow | None
    suggestion: SuggestionNow
    accepted: int
    acceptance: AcceptanceNow | None


class DayUptake(CountsNow):
    day: str


class UptakeNow(BaseModel):
    first: str
    last: str
    total: CountsNow
    services: list[ServiceUptake]
    days: list[DayUptake]


def uptake(uptakes: Uptakes, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/uptake", tags=["appointments"])

    @router.get(
        "",
        operation_id="getUptake",
        responses=refusals(401, 403, 404, 409, 422),
        dependencies=[Depends(gate.need(*MAY_CHANGE))],
    )
    async def look(
        hall: str, first: Annotated[date | None, Query()] = None, last: Annotated[date | None, Query()] = None
    ) -> UptakeNow:
        """Of the days from `first` to `last`; without them the last four weeks."""
        found = await uptakes.of(hall, first, last)
        return UptakeNow(
            first=found.first,
            last=found.last,
            total=CountsNow.of(found.total),
            services=[
                ServiceUptake(
                    **CountsNow.of(one.counts).model_dump(),
                    service=one.service,
                    estimate=_estimate(one.estimate),
                    suggestion=SuggestionNow(
                        places=one.suggestion.places,
                        more=one.suggestion.more,
                        crowded=one.suggestion.crowded,
                        why=one.suggestion.why,
                    ),
                    accepted=one.accepted,
                    acceptance=_acceptance(one.acceptance),
                )
                for one in found.services
            ],
            days=[DayUptake(**CountsNow.of(counts).model_dump(), day=day) for day, counts in found.days],
        )

    return router


def _estimate(one: Estimate | None) -> EstimateNow | None:
    if one is None:
        return None
    return EstimateNow(due=one.due, missed=one.missed, late=one.late, share=one.share, low=one.low, high=one.high)


def _acceptance(one: Acceptance | None) -> AcceptanceNow | None:
    if one is None:
        return None
    return AcceptanceNow(
        who=one.who,
        day=one.day,
        before=_estimate(one.before),
        due=one.since.seats,
        missed=one.since.empty,
        review=one.review,
        review_due=one.is_due,
    )
