"""The examples that platforms are given verify what the hub signs."""

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.webhooks.signing import Secrets, fresh_secret, rotated, signed

DOCUMENT = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text("utf-8")
NOW = datetime(2026, 11, 2, 1, tzinfo=UTC)
BODY = '{"type": "appointment.booked", "data": {"reason": "厅"}}'.encode()


def example(language: str) -> str:
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)[0]


@pytest.mark.parametrize("age_s", [0, 299])
def test_the_example_in_python(age_s):
    scope: dict = {}
    exec(example("python"), scope)
    old = Secrets(now=fresh_secret())
    new = rotated(old, NOW)
    headers, now = signed(new, "id-1", NOW, BODY), NOW.timestamp() + age_s
    assert all(scope["verified"](one.now, headers, BODY, now) for one in (old, new))
    assert not scope["verified"](fresh_secret(), headers, BODY, now)
    assert not scope["verified"](new.now, headers, BODY + b" ", now)
    assert not scope["verified"](new.now, headers, BODY, now + 301)


def test_the_example_with_openssl(tmp_path):
    known = Secrets(now=fresh_secret())
    headers = signed(known, "id-1", NOW, BODY)
    (tmp_path / "body.json").write_bytes(BODY)
    told = {"SECRET": known.now, "ID": "id-1", "TIMESTAMP": headers["webhook-timestamp"], "PATH": os.environ["PATH"]}
    done = subprocess.run(["bash", "-c", example("bash")], cwd=tmp_path, env=told, capture_output=True, text=True)
    assert f"v1,{done.stdout.strip()}" == headers["webhook-signature"], done.stderr
