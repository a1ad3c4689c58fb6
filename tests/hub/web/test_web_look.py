"""However many watch a hall, it is looked at once for all of them; in each language, for they read words."""

import asyncio

from hub.web.look import Look
from hub.web.texts import LANGUAGES
from tests.support.hub import run


def test_all_who_watch_at_once_see_the_same_look():
    async def story():
        made = []

        async def look_at(texts, hall):
            made.append((texts.language, hall))
            await asyncio.sleep(0)  # somebody else asks meanwhile
            return {"look": len(made)}

        look = Look(look_at)
        zh, en = LANGUAGES["zh"], LANGUAGES["en"]
        seen = await asyncio.gather(*(look.at(zh, "small") for _ in range(20)), look.at(en, "small"), look.at(zh, "b"))
        assert sorted(made) == [("en", "small"), ("zh", "b"), ("zh", "small")]
        assert len({id(one) for one in seen[:20]}) == 1

    run(story())


def test_a_look_that_fails_is_nobodys_look():
    async def story():
        faults = [ZeroDivisionError()]

        async def look_at(texts, hall):
            if faults:
                raise faults.pop()
            return {"look": 1}

        look = Look(look_at)
        asked = (look.at(LANGUAGES["zh"], "small") for _ in range(3))
        first, *others = await asyncio.gather(*asked, return_exceptions=True)
        assert isinstance(first, ZeroDivisionError)
        assert others == [{"look": 1}] * 2

    run(story())
