"""What is sent is signed, by a secret that nobody else has; what is sent and kept tells nothing of people."""

import json

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook, WebhookVerificationError

from hub.storage.schema_platform_hooks import webhook, webhook_delivery
from hub.webhooks.signing import BOTH
from tests.hub.appointments.booking import TUESDAY, WEDNESDAY
from tests.hub.webhooks.receiver import a_city, same_clock
from tests.support.hub import run

__all__ = ["same_clock"]


def test_a_body_altered_by_one_byte_does_not_verify(tmp_path, same_clock):
    async def story():
        async with a_city(tmp_path, same_clock) as (city, platform):
            await city.book()
            await city.read()
            with city.office.engine.begin() as connection:
                kept = connection.execute(select(webhook_delivery.c.body)).scalar_one()
            await city.tell()
            headers, body = platform.raw[0]
            assert (body, platform.refused) == (kept, 0)
            assert headers["webhook-id"] == platform.ids[0]
            for position in (5, len(body) // 2, len(body) - 2):
                changed = bytearray(body)
                changed[position] ^= 1
                with pytest.raises(WebhookVerificationError):
                    Webhook(platform.secret).verify(bytes(changed), headers)

    run(story())


def test_two_secrets_sign_while_one_follows_the_other(tmp_path, same_clock):
    async def story():
        async with a_city(tmp_path, same_clock) as (city, platform):
            old = platform.secret
            _, new = city.hooks.rotate("small", city.ident, "admin")
            assert new != old
            for secret in (old, new):
                platform.secret = secret
                await city.book(f"p-{secret}"[:30])
                await city.tell()
            assert (len(platform.heard), platform.refused) == (2, 0)
            assert len(platform.raw[0][0]["webhook-signature"].split()) == 2
            city.office.now += BOTH
            await city.book("zhao", day=WEDNESDAY)
            await city.tell()
            assert len(platform.raw[-1][0]["webhook-signature"].split()) == 1
            platform.secret = old
            await city.book("qian", day=WEDNESDAY)
            await city.tell()
            assert platform.refused == 1

    run(story())


def test_what_is_sent_holds_nobodys_pseudonym_and_what_is_kept_no_secret(database, same_clock):
    async def story():
        async with a_city(database, same_clock) as (city, platform):
            one = await city.book("pseudonym-of-wang", principal="pseudonym-of-li")
            await city.office.move(one, TUESDAY, WEDNESDAY, "10:00")
            await city.tell()
            assert len(platform.raw) == 2
            for headers, body in platform.raw:
                assert "pseudonym" not in json.dumps(headers) + body.decode()
            with city.office.engine.connect() as connection:
                row = connection.execute(select(webhook)).one()
                kept = repr(row._asdict()) + repr(connection.execute(select(webhook_delivery)).all())
            assert platform.secret not in kept
            assert platform.secret.removeprefix("whsec_").encode() not in row.sealed + row.wrapped

    run(story())


def test_a_secret_that_does_not_open_disables_and_a_new_one_helps(tmp_path, same_clock):
    async def story():
        async with a_city(tmp_path, same_clock) as (city, platform):
            with city.office.engine.begin() as connection:
                connection.execute(update(webhook).values(sealed=b"\x01" + bytes(40)))
            await city.book()
            await city.tell()
            assert city.hooks.one("small", city.ident).state == "disabled"
            _, platform.secret = city.hooks.rotate("small", city.ident, "admin")
            city.hooks.enable("small", city.ident, "admin")
            await city.tell()
            assert len(platform.heard) == 1

    run(story())
