"""How long somebody will wait: a range, from who is ahead, how long the services take, and which counters are open."""

from datetime import datetime
from heapq import heapify, heappop, heappush
from math import erf, exp, log, sqrt
from typing import NamedTuple

from halls.format import Counter, Hall
from hub.domain.state import CounterState, Day

from statistics import NormalDist
_N=[NormalDist().inv_cdf((i+.5)/1000) for i in range(1000)]
def NI(u): return _N[int(u*1000)]
P = dict(R=4,k=8.0, kc=10.0, walk=25.0, pauseprior=900.0, kp=3, noshow=0.1, gap=20.0, kg=2.0, b=0.25, z=1.5, pace=1, over=1.0, bcap=0.0, open_late=300)

class Wait(NamedTuple):
    ahead: int
    likely_s: float
    low_s: float
    high_s: float


def _phi(x): return 0.5 * (1 + erf(x / 1.4142135623730951))

def wait(state: Day, service: str, at: datetime=None) -> Wait:
    """For a ticket of `service` taken now: the work before it, over the counters that share it."""
    ahead = len(state.waiting.get(service, ()))
    if at is None: return Wait(ahead, 0, 0, 0)
    # component
    comp = {service}
    counters = []
    rest = list(state.hall.counter)
    grown = True
    while grown:
        grown = False
        left = []
        for counter in rest:
            if not comp.isdisjoint(counter.services):
                comp.update(counter.services); counters.append(counter); grown = True
            else: left.append(counter)
        rest = left
    infos = {s.letter: s for s in state.hall.service if s.letter in comp}
    mus = {}; sig = {}; mean = {}
    served = missed = 0
    for c in state.counters.values():
        served += c.served; missed += c.missed
    q = (P["noshow"] * 20 + missed) / (20 + served + missed)
    for letter, s in infos.items():
        mu0 = log(s.service_min_median * 60 + P["walk"]); sg = log(s.service_min_p90 / s.service_min_median) / 1.2816
        d = state.durations.get(letter, ())
        mu = (P["k"] * mu0 + sum(log(max(x,1)) for x in d)) / (P["k"] + len(d))
        mus[letter] = mu; sig[letter] = sg
        mean[letter] = (1 - q) * exp(mu + sg * sg / 2) + q * 110
    hour = at.hour + 8 + at.minute / 60
    free = []; busy = []
    n_open = 0
    pl = [p for p in state.pauses]
    pmean = (P["pauseprior"] * P["kp"] + sum(pl)) / (P["kp"] + len(pl))
    pace = {}
    idle = False
    for i, counter in enumerate(counters):
        here = state.counter(counter.id)
        gap = (P["gap"] * P["kg"] + sum(min(g, 180) for g in here.gaps)) / (P["kg"] + len(here.gaps))
        pc = ((P["kc"] * 700 + here.work_s) / (P["kc"] * 700 + here.expected_s)) if P["pace"] else 1
        if not here.clerk:
            if hour < 8.75:
                free.append((max(0, (8.5 - hour) * 3600) + 60, i, gap, pc))
            continue
        if here.paused:
            elapsed = (at - here.paused_at).total_seconds()
            longer = [p - elapsed for p in pl if p > elapsed]
            kp = P["kp"]
            prior = max(P["pauseprior"], 0.3 * elapsed) if elapsed < 900 else max(2700 - elapsed, 300)
            rem = (kp * prior + sum(longer)) / (kp + len(longer))
            free.append((rem + gap, i, gap, pc))
            continue
        n_open += 1
        if here.number:
            t = state.tickets[here.number]
            e = (at - here.since).total_seconds()
            busy.append((i, gap, pc, mus[t.service], sig[t.service], e, t.phase == "called"))
        else:
            free.append((gap, i, gap, pc))
            if service in counter.services: idle = True
    lines = {}
    for letter in comp:
        line = state.waiting.get(letter, ())
        lines[letter] = [state.tickets[n].taken_at for n in line]
    lines[service].append(at)
    todo = {i: list(c.services) for i, c in enumerate(counters)}
    R = P["R"]
    ws = []
    for r in range(R):
        g = (r + 0.5) / R
        fr = list(free)
        for (i, gap, pc, mu, sg, e, called) in busy:
            g = (g + 0.6180339887) % 1.0
            if called:
                if g < q: rem = max(110 - e, 5)
                else: 
                    u = (g - q) / (1 - q)
                    rem = exp(mu + sg * NI(u)) * pc - e
                    rem = max(rem, 10)
            else:
                le = (log(max(e / pc, 1)) - mu) / sg
                pe = _phi(le)
                u = pe + g * (1 - pe)
                if u > 0.9995: rem = 0.3 * e
                else: rem = max(exp(mu + sg * NI(u)) * pc - e, 1)
            fr.append((rem + gap, i, gap, pc))
        heapify(fr)
        heads = {letter: 0 for letter in comp}
        w = None
        n = 0
        while fr:
            t, i, gap, pc = heappop(fr)
            best = None; bl = None
            for l in todo[i]:
                h = heads[l]
                line = lines[l]
                if h < len(line) and (best is None or line[h] < best):
                    best = line[h]; bl = l
            if best is None: continue
            heads[bl] += 1
            if bl == service and heads[bl] == len(lines[bl]):
                w = t; break
            n += 1
            g = (g + 0.6180339887) % 1.0
            if g < q: d = 110
            else: d = exp(mus[bl] + sig[bl] * NI((g - q) / (1 - q))) * pc
            heappush(fr, (t + d + gap, i, gap, pc))
        ws.append(3600.0 if w is None else w)
    ws.sort()
    w = (ws[(R-1)//2] + ws[R//2]) / 2
    w *= P["over"]
    c = max(1, n_open)
    s = sqrt((0.6 * 700 * sqrt(n + 1) / c) ** 2 + (P["b"] * w) ** 2+30**2)
    return Wait(ahead, w, max(0, w - P["z"] * s), w + P["z"] * s)
