"""The stack's compose file, as far as it can be judged without running it."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

STACK = Path(__file__).parents[2] / "provisioning" / "stack"
SERVICES = yaml.safe_load((STACK / "compose.yaml").read_text("utf-8"))["services"]
ONCE = {"influxdb-mapping", "hub-init"}


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - ONCE))
def test_every_service_that_stays_is_looked_after(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_password_stands_in_the_file(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        if re.search("PASSWORD|TOKEN|SECRET|PASS", key):
            assert value.startswith("/run/secrets/"), key


def test_every_file_that_is_mounted_is_there() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", ()) if mount.startswith("./")]
    assert len(mounts) >= 3
    assert all((STACK / mount.split(":")[0]).exists() for mount in mounts)


@pytest.mark.skipif(os.geteuid() != 0, reason="two of them are for other users: root alone can give them away")
def test_secrets_are_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    script = tmp_path / "prepare.sh"
    script.write_text((STACK / "prepare.sh").read_text("utf-8"), "utf-8")
    made = []
    for _ in range(2):
        subprocess.run(["sh", str(script)], check=True, capture_output=True)
        made.append({path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()})
    assert made[0] == made[1]
    assert len(set(made[0].values())) == 5
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "secrets").iterdir())


@pytest.mark.parametrize("script", sorted(path.name for path in STACK.glob("*.sh")))
def test_every_script_is_one_that_sh_can_read(script: str) -> None:
    assert subprocess.run(["sh", "-n", str(STACK / script)], check=False).returncode == 0


def test_the_data_source_is_the_one_that_panels_ask() -> None:
    (source,) = yaml.safe_load((STACK / "grafana/provisioning/datasources/influxdb.yaml").read_text())["datasources"]
    assert (source["uid"], source["jsonData"]["dbName"]) == ("tingxu", "tingxu")
