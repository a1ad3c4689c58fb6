"""What an agent's configuration file may say, and the words for what it may not."""

from pathlib import Path

import pytest

from edge.runtime import config

GOOD = """
[hub]
est = "https://hub.example:8443"
ca_fingerprint = "{fingerprint}"
broker = "hub.example:8883"
[agent]
state_dir = "/var/lib/tingxu"
"""
FINGERPRINT = "ab" * 32


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_good_file_is_read(tmp_path: Path) -> None:
    read = config.load(written(tmp_path / "a.toml", GOOD.format(fingerprint=FINGERPRINT)))
    assert (read.hub.broker, read.device) == ("hub.example:8883", {})


@pytest.mark.parametrize("fingerprint", [FINGERPRINT.upper(), ":".join(["ab"] * 32)])
def test_a_fingerprint_may_be_written_as_others_print_it(tmp_path: Path, fingerprint: str) -> None:
    config.load(written(tmp_path / "a.toml", GOOD.format(fingerprint=fingerprint)))


@pytest.mark.parametrize("est", ["https://[::1]:8443", "https://10.0.0.7:443"])
def test_addresses_are_as_good_as_names(tmp_path: Path, est: str) -> None:
    text = GOOD.format(fingerprint=FINGERPRINT).replace("https://hub.example:8443", est)
    assert config.load(written(tmp_path / "a.toml", text)).hub.est == est


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("https://hub.example:8443", "http://hub.example:8443", "est = 'http://hub.example:8443'"),
        ("https://hub.example:8443", "https://hub.example", "https://HOST:PORT"),
        ("https://hub.example:8443", "https://hub.example:99999", "est ="),
        ("hub.example:8883", "hub.example", "broker = 'hub.example'"),
        (FINGERPRINT, "abc", "ca_fingerprint"),
        ("[agent]", "colour = 1\n[agent]", "colour"),
        ("state_dir", "state", "state"),
    ],
)
def test_a_mistake_is_refused_with_its_file_and_its_key(tmp_path: Path, before: str, after: str, words: str) -> None:
    path = written(tmp_path / "a.toml", GOOD.format(fingerprint=FINGERPRINT).replace(before, after))
    with pytest.raises(config.ConfigError) as refusal:
        config.load(path)
    assert str(path) in str(refusal.value)
    assert words in str(refusal.value)
