"""How many people a slot has room for. docs/appointments.md has the formula in words.

total = the service's slot_places; or, where that is 0, the sum over the counters that serve it of

    slot_min / (mean service time) x its part of the counter

Its part of a counter is its part of the work that comes to it: share x mean time, over the same of every service that
the counter serves; equal parts where a share is not known. The mean is that of a lognormal distribution with the
service's median and 90th percentile, for a few long visits take more time than the median says.
"""

from math import exp, floor, log

from halls.format import Counter, Hall, Service

_Z90 = 1.2815515655446004  # the 90th percentile of the standard normal distribution
_ROUNDING = 9  # digits: 20 x (1 - 0.9) is two places, and not one


def places(hall: Hall, service: Service) -> int:
    """Of one slot, for appointments: what the walk-in reserve leaves, rounded down; and one at least, since a service
    that takes appointments but has no place for any helps nobody; and what a manager accepted beyond it, since some do
    not come. None where nobody serves it or all is reserved."""
    share, total = 1.0 - hall.appointments.walk_in_share, people_per_slot(hall, service)
    if share <= 0 or total <= 0:
        return 0
    return max(1, floor(round(total * share, _ROUNDING))) + service.overbook


def people_per_slot(hall: Hall, service: Service) -> float:
    """Walk-ins and appointments together."""
    if service.slot_places:
        return float(service.slot_places)
    known = {one.letter: one for one in hall.service}
    at_work = (counter for counter in hall.counter if service.letter in counter.services)
    parts = sum(_part(counter, service, known) for counter in at_work)
    return parts * hall.appointments.slot_min / mean_min(service)


def mean_min(service: Service) -> float:
    """Minutes."""
    sigma = log(service.service_min_p90 / service.service_min_median) / _Z90
    return service.service_min_median * exp(sigma * sigma / 2)


def _part(counter: Counter, service: Service, known: dict[str, Service]) -> float:
    """Of the counter's time."""
    served = [known[letter] for letter in counter.services]
    if any(one.share <= 0 for one in served):
        return 1 / len(served)
    return service.share * mean_min(service) / sum(one.share * mean_min(one) for one in served)
