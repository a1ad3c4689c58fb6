"""The seed that a card carries: what is taken, and what is refused in words that help."""

import pytest

from edge.runtime import seed

GOOD = f'est = "https://hub.example:8443"\nca_fingerprint = "{"ab" * 32}"\nbroker = "hub.example:8883"\n'


def test_a_seed_comes_back_from_its_slot_as_it_was_written():
    slot = seed.slot(GOOD + 'token = "t"\nhall = "small"\nclass = "caller"\n[device]\nbuzzer = 7\nname = "三号窗口"\n')
    assert len(slot) == seed.SLOT_BYTES
    assert slot.startswith(b"# tingxu seed 1\n")
    found = seed.read(slot)
    assert (found.token, found.hall, found.device_class) == ("t", "small", "caller")
    assert found.device == {"buzzer": 7, "name": "三号窗口"}


@pytest.mark.parametrize("slot", [seed.BLANK, bytes(seed.SLOT_BYTES), b"\n" * seed.SLOT_BYTES])
def test_a_slot_that_nobody_wrote_into_says_nothing(slot):
    assert seed.read(slot) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "says nothing: set est"),
        ("est = ", "is not TOML"),
        (GOOD.replace("https", "http"), "est = 'http://hub.example:8443': set https://HOST:PORT"),
        (GOOD.replace("ab" * 32, "ab"), "ca_fingerprint: set the 64 hexadecimal digits"),
        (GOOD.replace(":8883", ""), "set HOST:PORT"),
        (GOOD + "tokn = 1\n", "unknown field `tokn`"),
        (GOOD + "token = 1\n", "Expected `str`"),
        (GOOD + 'class = "../etc"\n', "set a device class"),
        (GOOD + 'ssh_key = "-----BEGIN OPENSSH PRIVATE KEY-----"\n', "no public key"),
        (GOOD + 'ssh_key = "ssh-ed25519 AAAA\\nssh-ed25519 BBBB"\n', "no public key"),
        (GOOD + f'token = "{"x" * seed.SLOT_BYTES}"\n', "and a card holds 16384"),
    ],
)
def test_what_is_wrong_is_said(text, words):
    with pytest.raises(seed.SeedError) as told:
        seed.slot(text)
    assert words in str(told.value)


@pytest.mark.parametrize("slot", [b"\xff" * seed.SLOT_BYTES, b"MZ" + bytes(seed.SLOT_BYTES - 2)])
def test_a_slot_with_something_else_in_it_is_refused(slot):
    with pytest.raises(seed.SeedError):
        seed.read(slot)
