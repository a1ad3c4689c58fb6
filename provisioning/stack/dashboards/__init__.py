"""Grafana's dashboards as code: what `scripts/metrics` writes to grafana/dashboards."""

import json

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from provisioning.stack.dashboards import appointments, day, devices, hall, hub, radio, satisfaction

DASHBOARDS = {
    "hall": hall.board,
    "day": day.board,
    "devices": devices.board,
    "radio": radio.board,
    "appointments": appointments.board,
    "satisfaction": satisfaction.board,
    "hub": hub.board,
}


def written(name: str) -> str:
    """The file of one dashboard."""
    return json.dumps(DASHBOARDS[name]().build(), cls=JSONEncoder, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
