"""Pairing codes: the same on both sides, and read as people write them."""

import hashlib

import pytest

from wire import pairing

KEY = hashlib.sha256(b"a key").hexdigest()


def test_a_code_is_eight_characters_of_crockfords_alphabet() -> None:
    for n in range(200):
        code = pairing.code(hashlib.sha256(b"%d" % n).hexdigest())
        assert len(code) == pairing.LENGTH
        assert not set(code) & set("ILOU")
        assert pairing.read(code) == code


@pytest.mark.parametrize(
    ("key", "code"),
    [("00" * 32, "00000000"), ("ff" * 32, "ZZZZZZZZ"), ("0000000001" + "ff" * 27, "00000001"), ("80" * 32, "G2081040")],
)
def test_it_is_the_first_forty_bits_of_the_keys_hash(key: str, code: str) -> None:
    assert pairing.code(key) == code


def test_it_is_read_as_people_write_it() -> None:
    code = pairing.code(KEY)
    shown = pairing.shown(code)
    assert (shown[4], len(shown)) == ("-", 9)
    for text in (shown, shown.lower(), f" {code[:2]} {code[2:]} ", code.replace("0", "O").replace("1", "l")):
        assert pairing.read(text) == code


@pytest.mark.parametrize("text", ["", "1234", "123456789", "ABCD-EFGU", "厅序厅序厅序厅序"])
def test_what_cannot_be_a_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="pairing code"):
        pairing.read(text)
