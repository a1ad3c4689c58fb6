"""Keeps the device's certificate good: renewed at two thirds of its life with a new key, under whichever authority.

Every few hours, and when the broker stays away, the hub is asked whom to trust. Its answer carries the hub's clock: the
board's own is not asked whether a certificate has run out. Who is not believed any more asks to be let in anew, and a
person decides.
"""

import logging
import random
import ssl
import threading

from edge.runtime import est, identity
from edge.runtime.est import EnrolmentError, Hints, Trust
from edge.runtime.identity import Identity
from edge.runtime.keeper import Site
from edge.runtime.validity import validity
from wire.base import Fact

_RENEW_AT, _SPREAD = 2 / 3, 0.04  # share of the certificate's life; boards of one day are not renewed in one hour
_LOOK_S, _AGAIN_S, _LOST_S = 6 * 3600.0, 600.0, 120.0
_REFUSED_S = 3600.0

log = logging.getLogger(__name__)


class Renewal:
    """A `Keeper`. `look_s`: how often the hub is asked; `lost_s`: how long the broker may be away before it is."""

    kind = ""

    def __init__(
        self,
        hub: str,
        who: Identity,
        hints: Hints = Hints(),  # noqa: B008 - immutable
        look_s: float = _LOOK_S,
        lost_s: float = _LOST_S,
        again_s: float = _AGAIN_S,
        waiting: identity.Waiting = lambda code: None,
    ) -> None:
        self._hub, self._who, self._hints = hub, who, hints
        self._look_s, self._lost_s, self._again_s = look_s, lost_s, again_s
        self._waiting = waiting
        self._shown: str | None = None
        self._share = _RENEW_AT + random.uniform(0, _SPREAD)  # noqa: S311 - jitter, not a secret
        self._stopping = threading.Event()
        self._changed = threading.Event()
        self._up = False
        self._error = ""
        self._thread = threading.Thread(target=self._run, name=f"renewal {who.device}", daemon=True)

    # The agent's loop.

    def begin(self, site: Site, at: float) -> None:
        self._thread.start()

    def take(self, at: float, payload: bytes) -> None:
        """Nothing comes down for it."""

    def linked(self, at: float, up: bool) -> None:
        if up != self._up:
            self._up = up
            self._changed.set()

    def answered(self, at: float, to: str) -> None:
        """The broker's word is not needed: EST says whether the certificate counts."""

    def wake_at(self) -> float | None:
        return None

    def tick(self, at: float) -> None:
        """It has a thread and a clock of its own: the agent's may be put right by years."""

    def facts(self) -> dict[str, Fact]:
        """`certificate_until`: seconds since 1970; `certificate`: what is wrong with it, if anything is."""
        try:
            facts: dict[str, Fact] = {"certificate_until": validity(self._who.certificate)[1]}
        except (OSError, ValueError) as error:
            return {"certificate": str(error)}
        return {**facts, "certificate": self._error} if self._error else facts

    def stop(self) -> None:
        self._stopping.set()
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join(5)

    # Its own thread.

    def _run(self) -> None:
        wait_s = self._lost_s
        while not self._rest(wait_s):
            wait_s = self._look()

    def _rest(self, wait_s: float) -> bool:
        """True at the end. A link that is lost is looked after sooner; one that came back may have been all."""
        jitter = random.uniform(0.5, 1.5)  # noqa: S311 - not a secret; a whole hall loses its broker at once
        if self._changed.wait(wait_s * jitter) and not self._stopping.is_set():
            self._changed.clear()
            return self._stopping.wait(min(wait_s, self._lost_s) * jitter)
        return self._stopping.is_set()

    def _look(self) -> float:
        """Ask the hub, do what follows, and say when (s) to ask again."""
        try:
            later_s = self._ask()
        except EnrolmentError as error:
            self._trouble(str(error))
            return _REFUSED_S if error.status in (401, 403) else self._again_s
        except (OSError, ValueError) as error:
            self._trouble(f"the hub's enrolment cannot be reached: {error}" if not self._up else "")
            return self._again_s
        except Exception:
            log.exception("%s: looking after the certificate failed", self._who.device)
            return self._again_s
        self._trouble("" if later_s is None else "waits for somebody to let it in again")
        return self._look_s if later_s is None else later_s

    def _ask(self) -> float | None:
        """None when all is well; else when (s) to ask again. Raises EnrolmentError, OSError."""
        try:
            trust = est.cacerts(self._hub, self._who.tls())
        except (ssl.SSLCertVerificationError, ConnectionRefusedError):
            raise  # the hub is not believed, or not there, which says nothing of our certificate: nothing to do here
        except (ssl.SSLError, ConnectionError):
            return self._return(est.cacerts(self._hub, self._who.trust()))
        self._show(None)
        if trust.sha256 != self._who.trusts():
            self._follow(trust)
        elif self._is_due(trust):
            self._renew()
        return None

    def _is_due(self, trust: Trust) -> bool:
        start, end = validity(self._who.certificate)
        return trust.at is not None and trust.at >= start + (end - start) * self._share

    def _follow(self, trust: Trust) -> None:
        """The hub names other authorities than before: believe these, and have a certificate by the one that signs."""
        from cryptography import x509

        self._who.trust_also(trust)
        own = x509.load_pem_x509_certificate(self._who.certificate.read_bytes())
        if trust.signs() not in (None, own.issuer) or self._is_due(trust):
            self._renew()
        self._who.settled(trust)

    def _renew(self) -> None:
        key = self._who.next_key()
        answer = est.reenroll(self._hub, self._who.tls(), est.request(key, self._who.device, Hints()))
        if answer.certificate is None:
            raise EnrolmentError("the hub put the renewal off", 202)
        self._who.switch(answer.certificate, key)
        log.info("%s: has a new certificate, until %s", self._who.device, answer.certificate.not_valid_after_utc)
        est.cacerts(self._hub, self._who.tls())  # by which the hub knows that we have it

    def _return(self, trust: Trust) -> float | None:
        """The hub is there, and does not take our certificate: it has run out, or its authority is no more."""
        key = self._who.key()
        answer = est.enroll(self._hub, self._who.trust(), est.request(key, self._who.device, self._hints))
        if answer.certificate is None:
            self._show(identity.code(key))
            return answer.later_s
        self._who.trust_also(trust)
        self._who.switch(answer.certificate, key)
        self._who.settled(trust)
        self._show(None)
        est.cacerts(self._hub, self._who.tls())
        log.info("%s: was let in again", self._who.device)
        return None

    def _show(self, code: str | None) -> None:
        if code != self._shown:
            self._shown = code
            self._waiting(code)

    def _trouble(self, text: str) -> None:
        if text and text != self._error:
            log.warning("%s: %s", self._who.device, text)
        self._error = text
