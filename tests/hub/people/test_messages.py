"""Messages: neither lost nor sent twice as far as the provider allows; not after they are of no use; never in a log."""

import asyncio
import itertools
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from hub.people.carriers import messenger_of
from hub.people.messages import ConsoleMessenger, FileMessenger, MemoryMessenger, Messenger, NotNowError
from hub.people.outbox import HELD
from hub.people.people import People
from hub.people.provider import Described, Provider, ProviderError, load
from hub.storage.database import Where, open_database
from hub.storage.schema_people import message
from tests.hub.people.households import ZHANG, people_of
from tests.hub.people.unruly_provider import CUT, HANG, UnrulyProvider

NOW = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
S, M = timedelta(seconds=1), timedelta(minutes=1)
TEXT = '明天 9:00 请带"身份证" {phone} \\ 到 3 号窗口'
BODY = '{"to": "{phone}", "content": "{text}", "serial": "{ident}"}'


@pytest.fixture
def engine(database: Where) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


class Post:
    """A hub with one person, who is told things while `clock` moves."""

    def __init__(self, engine: Engine, messenger: Messenger) -> None:
        self.engine, self.clock = engine, NOW
        self.people: People = people_of(engine, messenger=messenger, now=lambda: self.clock)
        self.person = self.people.vault.remember(ZHANG, NOW)

    async def tell(self, ident: str = "r/1", text: str = TEXT, lasts: timedelta = 10 * M) -> bool:
        return await self.people.notices.tell(self.person, text, ident=ident, expires_at=self.clock + lasts)

    async def later(self, by: timedelta) -> int:
        self.clock += by
        return await self.people.outbox.deliver()

    def row(self, ident: str = "r/1") -> Any:
        with self.engine.connect() as connection:
            return connection.execute(select(message).where(message.c.ident == ident)).one()


def described(url: str, **more: Any) -> Described:
    return Described(url=url, body=BODY, **more)


def bounded(work: Any) -> Any:
    async def within() -> Any:
        async with asyncio.timeout(60):
            return await work

    return asyncio.run(within())


def test_what_is_told_arrives_once_and_then_its_content_is_gone(engine: Engine) -> None:
    async def day() -> None:
        async with UnrulyProvider() as provider:
            post = Post(engine, Provider(described(provider.url, headers={"X-Account": "hall"})))
            assert [await post.tell() for _ in range(3)] == [True, False, False]
            assert (await post.later(S), await post.later(M)) == (1, 0)
            assert [await post.tell() for _ in range(2)] == [False, False]
            ((serial, said),) = provider.accepted.items()
            assert said == {"to": "13800001234", "content": TEXT, "serial": serial}
            assert provider.headers[0]["x-account"] == "hall"
            row = post.row()
            assert (row.state, row.wrapped, row.sealed) == ("sent", None, None)
            await post.people.outbox.close()

    bounded(day())


def test_a_line_cut_after_accepting_means_a_second_try_under_the_same_key(engine: Engine) -> None:
    async def day() -> None:
        async with UnrulyProvider([CUT]) as provider:
            post = Post(engine, Provider(described(provider.url)))
            await post.tell()
            assert [await post.later(S), await post.later(2 * S)] == [1, 1]
            assert len(provider.arrived) == 2
            assert len(provider.accepted) == 1, "who looks at the key sends it once"
            assert post.row().state == "sent"
            await post.people.outbox.close()

    bounded(day())


def test_a_provider_that_is_out_of_order_is_asked_again_ever_more_rarely(engine: Engine) -> None:
    async def day() -> None:
        async with UnrulyProvider([500, 503, (429, "40"), 500]) as provider:
            post = Post(engine, Provider(described(provider.url)))
            await post.tell()
            tries = [await post.later(S) for _ in range(75)]
            at = [second for second, tried in enumerate(tries) if tried]
            gaps = [after - before for before, after in itertools.pairwise(at)]
            assert len(at) == 5
            assert gaps[0] <= 2 <= gaps[1] <= 3 < 40 <= gaps[2] <= 41, "as long as it asked for"
            assert 7 <= gaps[3] <= 10
            assert (post.row().state, len(provider.accepted)) == ("sent", 1)
            await post.people.outbox.close()

    bounded(day())


def test_a_provider_that_hangs_is_left_and_holds_up_nobody_else(engine: Engine) -> None:
    async def day() -> None:
        async with UnrulyProvider([HANG]) as provider:
            post = Post(engine, Provider(described(provider.url, timeout_s=0.2)))
            await post.tell("r/1")
            await post.tell("r/2")
            assert await post.later(S) == 2
            assert sorted(post.row(one).state for one in ("r/1", "r/2")) == ["sent", "waiting"]
            await post.later(3 * S)
            assert [post.row(one).state for one in ("r/1", "r/2")] == ["sent", "sent"]
            await post.people.outbox.close()

    bounded(day())


def test_what_the_provider_will_never_take_is_given_up(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    async def day() -> None:
        async with UnrulyProvider([400]) as provider:
            post = Post(engine, Provider(described(provider.url)))
            await post.tell()
            assert (await post.later(S), await post.later(5 * M)) == (1, 0)
            assert (post.row().state, post.row().sealed) == ("refused", None)
            await post.people.outbox.close()

    with caplog.at_level(logging.DEBUG, logger="hub"):
        bounded(day())
    assert "the provider answers 400" in caplog.text


def test_an_answer_that_says_no_under_200_is_a_no(engine: Engine) -> None:
    async def day() -> None:
        async with UnrulyProvider([b'{"code": 17}', b'{"code": 0}']) as provider:
            post = Post(engine, Provider(described(provider.url, accepted='"code": 0\\b')))
            await post.tell()
            await post.later(S)
            assert post.row().state == "waiting"
            await post.later(2 * S)
            assert post.row().state == "sent"
            await post.people.outbox.close()

    bounded(day())


def test_what_is_of_no_use_any_more_is_not_sent(engine: Engine) -> None:
    async def day() -> None:
        async with UnrulyProvider([500]) as provider:
            post = Post(engine, Provider(described(provider.url)))
            await post.tell(lasts=30 * S)
            assert (await post.later(S), await post.later(M)) == (1, 1)
            assert (len(provider.arrived), post.row().state, post.row().sealed) == (1, "expired", None)
            await post.people.outbox.close()

    bounded(day())


def test_what_was_being_sent_by_a_hub_that_died_is_sent_by_the_next(engine: Engine) -> None:
    class Endless(MemoryMessenger):
        async def send(self, phone: str, text: str, *, ident: str = "") -> None:
            begun.set()
            await asyncio.Event().wait()

    begun = asyncio.Event()

    async def day() -> None:
        first, messenger = Post(engine, Endless()), MemoryMessenger()
        await first.tell()
        sending = asyncio.create_task(first.later(S))
        await begun.wait()
        sending.cancel()
        second = Post(engine, messenger)
        assert await second.later(S) == 0, "the first may yet be at it"
        assert await second.later(HELD) == 1
        assert messenger.sent == [("13800001234", TEXT)]

    bounded(day())


def test_two_processes_send_it_once(engine: Engine) -> None:
    async def day() -> None:
        messenger = MemoryMessenger()
        one, other = Post(engine, messenger), Post(engine, messenger)
        for n in range(20):
            await one.tell(f"r/{n}", str(n))
        while any(await asyncio.gather(one.later(S), other.later(S))):
            pass
        assert sorted(text for _, text in messenger.sent) == sorted(map(str, range(20)))

    bounded(day())


def test_the_running_outbox_sends_at_once_and_tries_again_by_itself(engine: Engine) -> None:
    class SlowToStart(MemoryMessenger):
        refused = False

        async def send(self, phone: str, text: str, *, ident: str = "") -> None:
            if not self.refused:
                self.refused = True
                raise NotNowError("not yet")
            await super().send(phone, text, ident=ident)

    async def day() -> None:
        messenger = SlowToStart()
        people = people_of(engine, messenger=messenger)
        person = people.vault.remember(ZHANG, datetime.now(UTC))
        running = asyncio.create_task(people.outbox.run())
        await people.notices.tell(person, TEXT, ident="r/1", expires_at=datetime.now(UTC) + M)
        while not messenger.sent:
            await asyncio.sleep(0.02)
        running.cancel()

    bounded(day())


def test_who_has_no_phone_or_is_not_there_is_not_told(engine: Engine) -> None:
    post = Post(engine, MemoryMessenger())
    post.person = "ab" * 16
    assert not bounded(post.tell())


def test_who_was_erased_is_told_no_more(engine: Engine) -> None:
    async def day() -> None:
        messenger = MemoryMessenger()
        post = Post(engine, messenger)
        await post.tell()
        post.people.vault.erase(post.person, by="chen", now=NOW)
        assert (await post.later(S), messenger.sent) == (0, [])

    bounded(day())


@pytest.mark.parametrize("plan", [[], [500], [400], [CUT], [HANG]])
def test_no_log_line_has_a_number_or_a_text(engine: Engine, caplog: pytest.LogCaptureFixture, plan: list[Any]) -> None:
    async def day() -> None:
        async with UnrulyProvider(plan) as provider:
            post = Post(engine, Provider(described(provider.url, timeout_s=0.2)))
            await post.tell(text="ZHIMA 请带证件")
            await post.people.codes.send("13900001234", "10.0.0.1", NOW)
            await post.later(S)
            await post.people.outbox.close()

    with caplog.at_level(logging.DEBUG, logger="hub"), caplog.at_level(logging.INFO):
        bounded(day())
    assert not re.search(r"1[38]\d{9}|1[39]\d{9}|ZHIMA|证件|\b\d{6}\b", caplog.text)


def test_the_file_is_for_its_owner_and_forgets_who_is_erased(engine: Engine, tmp_path: Path) -> None:
    async def day() -> None:
        kept = FileMessenger(tmp_path / "messages.jsonl")
        post = Post(engine, kept)
        await post.tell()
        await post.people.codes.send("13900001234", "10.0.0.1", NOW)
        await post.later(S)
        assert (tmp_path / "messages.jsonl").stat().st_mode & 0o777 == 0o600
        lines = [json.loads(line) for line in (tmp_path / "messages.jsonl").read_text("utf-8").splitlines()]
        assert sorted(one["phone"] for one in lines) == ["13800001234", "13900001234"]
        assert TEXT in [one["text"] for one in lines]
        post.people.vault.erase(post.person, by="chen", now=NOW)
        assert [one.phone for one in kept.all()] == ["13900001234"]

    bounded(day())


def test_a_file_with_half_a_line_takes_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    path.write_text('{"at": "2026-')
    kept = FileMessenger(path)
    bounded(kept.send("13800001234", "x", ident="r/1"))
    bounded(kept.send("13800001234", "x", ident="r/1"))
    assert [one.text for one in kept.all()] == ["x"]


def test_the_console_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    bounded(ConsoleMessenger().send("13800001234", "x"))
    assert capsys.readouterr().out == "13800001234: x\n"


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


GOOD = f"url = \"https://sms.example/send\"\nbody = '''{BODY}'''\n[headers]\nAuthorization = \"Bearer x\"\n"


def test_a_provider_is_described_in_a_file(tmp_path: Path) -> None:
    one = load(written(tmp_path / "sms.toml", GOOD, 0o640))
    assert (one.method, one.type, one.headers, one.body) == ("POST", "json", {"Authorization": "Bearer x"}, BODY)
    carrier = messenger_of("http", kept=tmp_path / "m", provider=tmp_path / "sms.toml")
    assert isinstance(carrier, Provider)
    assert isinstance(messenger_of("file", kept=tmp_path / "m", provider=None), FileMessenger)


@pytest.mark.parametrize(("text", "mode", "what"), [
    (GOOD, 0o644, "chmod"),
    (GOOD.replace("https:", "ftp:"), 0o600, "not an address"),
    (GOOD.replace("{text}", ""), 0o600, "{text}"),
    (GOOD.replace('"{phone}"', "{phone"), 0o600, "{phone}"),
    (GOOD.replace('"{phone}",', '"{phone}"'), 0o600, "not JSON"),
    ("timeout_s = 60\n" + GOOD, 0o600, "timeout_s"),
    ("accepted = '('\n" + GOOD, 0o600, "sms.toml"),
    ("colour = 1\n" + GOOD, 0o600, "colour"),
    ("= 1", 0o600, "sms.toml"),
])  # fmt: skip
def test_a_description_that_cannot_be_used_is_refused_and_it_is_said_why(
    tmp_path: Path, text: str, mode: int, what: str
) -> None:
    with pytest.raises(ProviderError, match=re.escape(what)):
        load(written(tmp_path / "sms.toml", text, mode))


def test_a_form_is_filled_as_forms_are(engine: Engine) -> None:
    from hub.people.provider import _filled

    one = Described(url="https://x", body="m={phone}&c={text}", type="form")
    assert _filled(one, "+85291234567", "a&b 号", "i") == "m=%2B85291234567&c=a%26b+%E5%8F%B7"
