"""The dashboards, as data: which panels stand on which page, and what each shows."""

from hub.web.dashboards.appointments import APPOINTMENTS
from hub.web.dashboards.day import DAY
from hub.web.dashboards.devices import DEVICES
from hub.web.dashboards.fairness import FAIRNESS
from hub.web.dashboards.hub_itself import HUB
from hub.web.dashboards.now import NOW
from hub.web.dashboards.panel import Dashboard, Panel
from hub.web.dashboards.satisfaction import SATISFACTION

__all__ = ["BY_NAME", "DASHBOARDS", "Dashboard", "Panel"]

DASHBOARDS: tuple[Dashboard, ...] = (NOW, DAY, DEVICES, APPOINTMENTS, SATISFACTION, FAIRNESS, HUB)
BY_NAME = {one.name: one for one in DASHBOARDS}
