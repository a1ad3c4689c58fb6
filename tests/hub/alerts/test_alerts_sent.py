"""Who is told, by mail and by signed webhooks: once, durably, in order; what fails is tried again, and shown."""

import stat

import pytest

from hub.alerts import smtp
from hub.alerts.alerts import AlertRefusedError
from hub.alerts.courier import PATIENCE
from hub.domain import commands as c
from tests.hub.alerts.hall import in_thread, watched
from tests.hub.alerts.test_alerts_raised import QUEUE, crowd
from tests.hub.webhooks.receiver import CUT, Platform, same_clock
from tests.support.hub import run
from tests.support.smtp import CUT_AFTER, HANG, PASSWORD, MailServer, certificate

__all__ = ["same_clock"]
TOLD = {**QUEUE, "alert.queue-limit.escalate_min": 30, "alert.queue-limit.clear_s": 0}


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("smtp"))


async def lead(hall, route, platform):
    made, platform.secret = await in_thread(hall.alerts.add_target, "small", route, "webhook", platform.url, by="admin")
    return made


def test_a_webhook_hears_of_the_alert_its_escalation_and_its_end(database, same_clock):
    async def story():
        async with watched(database, **TOLD) as hall, Platform() as duty, Platform() as boss:
            same_clock(hall)
            await lead(hall, "duty", duty)
            await lead(hall, "lead", boss)
            await crowd(hall)
            assert await hall.sent() == 1
            await hall.later(29 * 60)
            assert await hall.sent() == 0
            await hall.later(60)
            assert await hall.sent() == 1
            await hall.do(c.Cancel, number="A001", reason="left")
            await hall.later(1)
            assert await hall.sent() == 2
            assert [one["type"] for one in duty.heard] == ["alert.raised", "alert.cleared"]
            assert [one["type"] for one in boss.heard] == ["alert.escalated", "alert.cleared"]
            said = duty.heard[0]["data"]
            assert said["headline"] == {
                "zh": "社会保障卡业务：等候2人",
                "en": "Social-security card: 2 people wait",
            }
            assert said["url"] == f"https://hall.example/alerts/small/{said['id']}"
            assert len(said["evidence"]) == 4
            (one,) = hall.alerts.book.of("small")
            assert hall.log_of(one) == ["raised", "told", "sent", "escalated", "sent", "cleared", "sent", "sent"]

    run(story())


def test_a_route_that_leads_nowhere_is_told_as_soon_as_it_leads_somewhere(database, same_clock):
    async def story():
        async with watched(database, **TOLD) as hall, Platform() as duty, Platform() as boss:
            same_clock(hall)
            await lead(hall, "lead", boss)
            await crowd(hall)
            await hall.later(30 * 60)
            await hall.sent()
            assert [one["type"] for one in boss.heard] == ["alert.escalated"], "although nobody is on duty"
            await lead(hall, "duty", duty)
            await hall.later(1)
            await hall.sent()
            assert [one["type"] for one in duty.heard] == ["alert.raised"]

    run(story())


def test_who_was_acknowledged_is_not_escalated(database, same_clock):
    async def story():
        async with watched(database, **TOLD) as hall, Platform() as boss:
            same_clock(hall)
            await lead(hall, "lead", boss)
            await crowd(hall)
            (one,) = hall.opened().values()
            await in_thread(hall.alerts.acknowledge, "small", one.id, by="boss", note="")
            await hall.later(3600)
            assert await hall.sent() == 0

    run(story())


def test_what_fails_is_tried_again_in_order_and_shown_meanwhile(database, same_clock):
    async def story():
        plan = [503, CUT]
        async with watched(database, **TOLD) as hall, Platform(lambda said: plan.pop(0) if plan else None) as duty:
            same_clock(hall)
            made = await lead(hall, "duty", duty)
            await crowd(hall)
            assert await hall.sent() == 1
            target = hall.alerts.target("small", made.id)
            assert (target.error, target.waiting, target.failing_since) == ("answered 503", 1, hall.now)
            await hall.do(c.Cancel, number="A001", reason="left")
            await hall.later(7)  # it is over before it was told
            assert await hall.sent() == 1
            await hall.later(20)
            assert await hall.sent() == 2
            assert [one["type"] for one in duty.heard] == ["alert.raised", "alert.cleared"]
            assert len(set(duty.ids)) == 2, "the same id with every try"
            target = hall.alerts.target("small", made.id)
            assert (target.error, target.waiting, target.failing_since) == ("", 0, None)

    run(story())


def test_after_a_day_it_is_given_up_and_the_log_says_so(database, same_clock):
    async def story():
        async with watched(database, **TOLD) as hall, Platform(lambda said: 500) as duty:
            same_clock(hall)
            await lead(hall, "duty", duty)
            await crowd(hall)
            await hall.sent()
            await hall.later(PATIENCE.total_seconds() + 1)
            await hall.sent()
            (one,) = hall.opened().values()
            assert [each.state for each in hall.alerts.routes.deliveries(one.id)] == ["given-up"]
            assert "given-up" in hall.log_of(one)

    run(story())


def test_quiet_hours_keep_it_back_and_what_is_still_so_is_told_after_them(database, same_clock):
    async def story():
        quiet = {**TOLD, "alert.queue-limit.quiet": ["08:30-09:30"]}  # it is 09:00
        async with watched(database, **quiet) as hall, Platform() as duty:
            same_clock(hall)
            await lead(hall, "duty", duty)
            await crowd(hall)
            assert hall.opened()
            assert await hall.sent() == 0
            await hall.later(30 * 60)
            assert await hall.sent() == 1
            await hall.later(23.3 * 3600)  # quiet again
            await hall.do(c.Cancel, number="A001", reason="left")
            await hall.later(60)
            await hall.later(60)
            assert await hall.sent() == 0
            await hall.later(3600)
            assert await hall.sent() == 1
            assert [one["type"] for one in duty.heard] == ["alert.raised", "alert.cleared"]

    run(story())


def test_a_silence_has_a_reason_lasts_for_a_time_and_can_be_ended(database, same_clock):
    async def story():
        async with watched(database, **TOLD) as hall, Platform() as duty:
            same_clock(hall)
            await lead(hall, "duty", duty)
            for wrong in ({"minutes": 0, "why": "x"}, {"minutes": 10, "why": "  "}, {"minutes": 10**6, "why": "x"}):
                with pytest.raises(AlertRefusedError):
                    await in_thread(hall.alerts.silence, "small", "queue-limit", "A", by="boss", **wrong)
            with pytest.raises(AlertRefusedError):
                await in_thread(hall.alerts.silence, "small", "nothing", "", 10, by="boss", why="x")
            made = await in_thread(hall.alerts.silence, "small", "queue-limit", "A", 60, by="boss", why="a tour group")
            await crowd(hall)
            assert hall.opened()
            assert await hall.sent() == 0
            await in_thread(hall.alerts.end_silence, "small", made.id, by="boss")
            with pytest.raises(AlertRefusedError):
                await in_thread(hall.alerts.end_silence, "small", made.id, by="boss")
            await hall.later(1)
            assert await hall.sent() == 1

    run(story())


# Mail.


def test_mail_goes_by_starttls_with_a_password_from_a_file(database, tmp_path, pem):
    async def story():
        async with MailServer(pem) as server:
            mailer = smtp.load(server.described(tmp_path))
            async with watched(database, mailer, **TOLD) as hall:
                await in_thread(hall.alerts.add_target, "small", "duty", "mail", "duty@hall.example", by="admin")
                await crowd(hall)
                assert await hall.sent() == 1
                (letter,) = server.letters
                assert letter["To"] == "duty@hall.example"
                assert letter["Subject"].startswith("[街道便民服务站] 报警 Alert: 社会保障卡业务：等候2人")
                text = letter.get_content()
                assert "Social-security card: 2 people wait" in text
                assert "A001" in text
                assert "https://hall.example/alerts/small/" in text
                assert not any(PASSWORD.encode() in line or b"duty@" in line for line in server.clear)

    run(story())


def test_a_mail_server_that_misbehaves_gets_it_again_and_under_the_same_id(database, tmp_path, pem):
    async def story():
        plan = [HANG, CUT_AFTER, "451 later"]
        async with MailServer(pem, plan) as server:
            mailer = smtp.load(server.described(tmp_path, timeout_s=0.3))
            async with watched(database, mailer, **TOLD) as hall:
                made, _ = await in_thread(
                    hall.alerts.add_target, "small", "duty", "mail", "duty@hall.example", by="admin"
                )
                await crowd(hall)
                errors = []
                for wait_s in (0, 10, 30, 90):
                    await hall.later(wait_s)
                    await hall.sent()
                    errors.append(hall.alerts.target("small", made.id).error)
                assert [bool(error) for error in errors] == [True, True, True, False]
                assert "451 later" in errors[2]
                assert len(server.letters) == 2
                assert len({one["Message-ID"] for one in server.letters}) == 1

    run(story())


def test_what_comes_together_goes_in_one_mail(database, tmp_path, pem):
    async def story():
        both = {**TOLD, "alert.long-wait.raise_at": 0.1, "alert.long-wait.clear_at": 0, "alert.long-wait.raise_s": 0}
        async with (
            MailServer(pem, ["451 later"]) as server,
            watched(database, smtp.load(server.described(tmp_path)), **both) as hall,
        ):
            await in_thread(hall.alerts.add_target, "small", "duty", "mail", "duty@hall.example", by="admin")
            await crowd(hall)
            assert len(hall.opened()) == 2
            await hall.sent()
            await hall.later(10)
            await hall.sent()
            (letter,) = server.letters
            assert letter["Subject"] == "[街道便民服务站] 报警2条 2 alerts"
            assert all(text in letter.get_content() for text in ("等候2人", "最长已等候0分钟"))
            assert not any(target.waiting for target in hall.alerts.routes.of("small"))

    run(story())


def test_an_address_that_there_is_not_is_given_up_at_once(database, tmp_path, pem):
    async def story():
        async with (
            MailServer(pem, ["550 no such user"]) as server,
            watched(database, smtp.load(server.described(tmp_path)), **TOLD) as hall,
        ):
            await in_thread(hall.alerts.add_target, "small", "duty", "mail", "who@hall.example", by="admin")
            await crowd(hall)
            await hall.sent()
            (one,) = hall.opened().values()
            assert [each.state for each in hall.alerts.routes.deliveries(one.id)] == ["given-up"]

    run(story())


def test_without_starttls_nothing_is_sent(database, tmp_path, pem):
    async def story():
        async with MailServer(pem, tls=False) as server:
            mailer = smtp.load(server.described(tmp_path))
            async with watched(database, mailer, **TOLD) as hall:
                made, _ = await in_thread(
                    hall.alerts.add_target, "small", "duty", "mail", "duty@hall.example", by="admin"
                )
                answer = await hall.alerts.test("small", made.id)
                assert not answer.ok
                assert "STARTTLS" in answer.told()
                assert not server.letters
                assert not any(PASSWORD.encode() in line for line in server.clear)

    run(story())


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"security": "none"}, "password"),
        ({"security": "none", "host": "mail.example", "user": None, "password_file": None}, "in the clear"),
        ({"sender": "nobody"}, "address"),
        ({"user": None}, "go together"),
        ({"port": 70000}, "port"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"colour": "red"}, "colour"),
        ({"ca": "/nowhere"}, "nowhere|No such"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, pem, wrong, why):
    server = MailServer(pem)
    server.port = 25
    with pytest.raises(smtp.SmtpFileError, match=why):
        smtp.load(server.described(tmp_path, **wrong))


def test_a_password_that_others_can_read_is_refused(tmp_path, pem):
    server = MailServer(pem)
    server.port = 25
    file = server.described(tmp_path)
    (tmp_path / "smtp-password").chmod(0o600 | stat.S_IROTH)
    with pytest.raises(smtp.SmtpFileError, match="chmod"):
        smtp.load(file)


def test_where_a_route_may_lead(database):
    async def story():
        async with watched(database, **TOLD) as hall:
            for route, kind, address in (
                ("Duty!", "webhook", "http://127.0.0.1:1/x"),
                ("duty", "webhook", "ftp://x"),
                ("duty", "mail", "nobody"),
                ("duty", "mail", "duty@hall.example"),  # this hub has no mail server
            ):
                with pytest.raises(AlertRefusedError):
                    await in_thread(hall.alerts.add_target, "small", route, kind, address, by="admin")
            assert hall.alerts.unled("small") == ["duty", "lead"]
            add = hall.alerts.add_target
            made, secret = await in_thread(add, "small", "duty", "webhook", "http://127.0.0.1:1/x", by="admin")
            assert secret.startswith("whsec_")
            assert secret.encode() not in made.sealed
            with pytest.raises(AlertRefusedError):
                await in_thread(add, "small", "duty", "webhook", "http://127.0.0.1:1/x", by="admin")
            assert hall.alerts.unled("small") == ["lead"]
            await in_thread(hall.alerts.remove_target, "small", made.id, by="admin")
            with pytest.raises(AlertRefusedError):
                await in_thread(hall.alerts.remove_target, "small", made.id, by="admin")

    run(story())
