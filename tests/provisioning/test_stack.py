"""The stack's compose file, as far as it can be judged without running it."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from hub.__main__ import parser

STACK = Path(__file__).parents[2] / "provisioning" / "stack"
TEXT = (STACK / "compose.yaml").read_text("utf-8")
FILE = yaml.safe_load(TEXT)
SERVICES = FILE["services"]
HALL = STACK.parents[1] / "halls" / "small.toml"
TO_ALL = {"8883", "8443"}  # the broker and enrolment speak TLS to boards
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


def test_who_waits_for_a_service_waits_for_what_it_can_say() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            ends = other in ONCE
            assert how["condition"] == ("service_completed_successfully" if ends else "service_healthy"), (name, other)
            assert ends or "healthcheck" in SERVICES[other]


def test_secrets_and_volumes_are_those_that_the_file_has() -> None:
    mounts = [mount for one in SERVICES.values() for mount in one.get("volumes", ())]
    used = {mount.split(":")[0] for mount in mounts if mount[0] not in "./$"}
    assert used == set(FILE["volumes"])
    assert {secret for one in SERVICES.values() for secret in one.get("secrets", ())} == set(FILE["secrets"])


def test_every_image_is_of_one_version() -> None:
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    assert all(image == "tingxu-hub" or re.search(r":\d", image) for image in images), images


def test_only_what_boards_need_is_open_to_the_network() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert {port.split(":")[0] for port in ports if not port.startswith("127.0.0.1:")} == TO_ALL


def test_the_hub_knows_every_option_that_it_is_given() -> None:
    given = [re.sub(r"^--hall=.*", f"--hall={HALL}", word) for word in SERVICES["hub"]["command"]]
    known = parser().parse_args(given)
    assert (known.command, known.influx_bucket) == ("serve", "tingxu")


def test_an_image_carries_no_secrets() -> None:
    """`COPY provisioning` would take them along."""
    left_out = (STACK.parents[1] / ".dockerignore").read_text("utf-8").splitlines()
    assert {"provisioning/stack/secrets", "provisioning/stack/.env", ".git"} <= set(left_out)
    copied = re.findall(r"^COPY (\S+)", (STACK / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert copied
    assert all((STACK.parents[1] / source).exists() for source in copied)


def prepare(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "prepare.sh"
    script.write_text((STACK / "prepare.sh").read_text("utf-8"), "utf-8")
    return subprocess.run(["sh", str(script), *arguments], check=False, capture_output=True, text=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="two of them are for other users: root alone can give them away")
def test_secrets_are_made_once_and_for_nobody_else_and_so_is_all_that_the_file_asks_for(tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        done = prepare(tmp_path, "hub.hall.example", str(HALL))
        assert done.returncode == 0, done.stderr
        made.append({path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()})
    assert made[0] == made[1]
    assert len(set(made[0].values())) == 5
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "secrets").iterdir())
    assert {f"./secrets/{name}" for name in made[0]} == {one["file"] for one in FILE["secrets"].values()}
    variables = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text("utf-8").splitlines())
    assert variables == {"HUB_HOST": "hub.hall.example", "HALL_FILE": str(HALL.resolve())}
    assert set(re.findall(r"\$\{(\w+)", TEXT)) == set(variables)


@pytest.mark.skipif(os.geteuid() != 0, reason="anybody else is told to be root first")
@pytest.mark.parametrize("arguments", [[], ["hub.hall.example"], ["hub.hall.example", "/nowhere/hall.toml"]])
def test_without_a_name_and_a_hall_file_nothing_is_made(tmp_path: Path, arguments: list[str]) -> None:
    done = prepare(tmp_path, *arguments)
    assert (done.returncode, "hall file" in done.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["prepare.sh"]


@pytest.mark.parametrize("script", sorted(path.name for path in STACK.glob("*.sh")))
def test_every_script_is_one_that_sh_can_read(script: str) -> None:
    assert subprocess.run(["sh", "-n", str(STACK / script)], check=False).returncode == 0


def test_the_data_source_is_the_one_that_panels_ask() -> None:
    (source,) = yaml.safe_load((STACK / "grafana/provisioning/datasources/influxdb.yaml").read_text())["datasources"]
    assert (source["uid"], source["jsonData"]["dbName"]) == ("tingxu", "tingxu")
