"""Each mistake in a hall file is refused with the file, the item, the key and what would be right."""

from pathlib import Path

import pytest

import halls
from halls.format import HallFileError, parse

SMALL = (Path(halls.__file__).parent / "small.toml").read_text(encoding="utf-8").partition("[policy]")[0]


def problems(text: str) -> list[str]:
    with pytest.raises(HallFileError) as refusal:
        parse(text, "my.toml")
    return list(refusal.value.problems)


def changed(*swaps: tuple[str, str]) -> str:
    """small.toml with each `old` replaced, once, by `new`."""
    text = SMALL
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def added(*tables: str) -> str:
    return SMALL + "".join(f"\n{table}\n" for table in tables)


REPEATER = '[[position]]\nid = "rep-1"\nkind = "repeater"\narea = "lobby"'


def handheld(name: str, wireless: str, kind: str = "caller") -> str:
    keys = f'id = "{name}"\nkind = "{kind}"\narea = "lobby"'
    return f'[[position]]\n{keys}\ncounter = "1"\nwireless = {wireless}'


MISTAKES = {
    "no days to book": (
        changed(("[[centre]]", "[appointments]\nhorizon_days = 31\n[[centre]]")),
        "appointments: horizon_days: is 31; it must be at least 0 and 30 at the most",
    ),
    "more than all for walk-ins": (
        changed(("[[centre]]", "[appointments]\nwalk_in_share = 1.5\n[[centre]]")),
        "appointments: walk_in_share: is 1.5; it must be at least 0 and 1 at the most",
    ),
    "a slot of nothing": (
        changed(("[[centre]]", "[appointments]\nslot_min = 0\n[[centre]]")),
        "appointments: slot_min: is 0; it must be at least 5 and 480 at the most",
    ),
    "blocked for no miss": (
        changed(("[[centre]]", "[appointments]\nmisses_max = 0\n[[centre]]")),
        "appointments: misses_max: is 0; it must be at least 1 and 100 at the most",
    ),
    "more crowded than not": (
        changed(("[[centre]]", "[appointments]\noverbook_crowded = 0.6\n[[centre]]")),
        "appointments: overbook_crowded: is 0.6; it must be at least 0 and 0.5 at the most",
    ),
    "no weeks to go by": (
        changed(("[[centre]]", "[appointments]\noverbook_weeks = 0\n[[centre]]")),
        "appointments: overbook_weeks: is 0; it must be at least 1 and 104 at the most",
    ),
    "unknown key of appointments": (
        changed(("[[centre]]", "[appointments]\nhorizon = 7\n[[centre]]")),
        'appointments: horizon: unknown key; did you mean "horizon_days"?',
    ),
    "places below none": (
        changed(('letter = "A"', 'letter = "A"\nslot_places = -1')),
        'service "A": slot_places: is -1; it must be at least 0 and 1000 at the most',
    ),
    "announcer is nobody": (
        changed(('floor = "f1"\n', 'floor = "f1"\nannouncer = "tv-9"\n')),
        'announcer: "tv-9" is no position;',
    ),
    "announcer is no screen": (
        changed(('floor = "f1"\n', 'floor = "f1"\nannouncer = "caller-1"\n')),
        'announcer: "caller-1" is a caller; name a tv-box',
    ),
    "syntax": (changed(("[hall]", "[hall")), "my.toml:6: not TOML: Expected ']'"),
    "key given twice": (changed(('id = "small"', 'id = "small"\nid = "b"')), "my.toml:8: not TOML: Cannot overwrite"),
    "format missing": (changed(("format = 1", "")), "format: missing; write format = 1"),
    "format of the future": (changed(("format = 1", "format = 2")), "format: is 2 (a whole number); this release"),
    "hall missing": ("format = 1", "my.toml: hall: missing; write the table [hall]"),
    "no centres": ("format = 1", "my.toml: centre: missing; write at least one [[centre]]"),
    "unknown table": (changed(("[[centre]]", "[[center]]")), 'center: unknown key or table; did you mean "centre"?'),
    "one table for a list": (changed(("[[floor]]", "[floor]")), "floor: is a table; it must be a list of tables"),
    "a list for one table": (changed(("[hall]", "[[hall]]")), "hall: is a list; it must be one table, [hall]"),
    "item that is no table": (
        SMALL.split("[[clerk]]", 1)[0].replace("format = 1", 'format = 1\nclerk = ["1001"]'),
        'clerk #1: is the text "1001"; it must be a table',
    ),
    "unknown key": (
        changed(("route = ", "rout = ")),
        'my.toml:25: area "lobby": rout: unknown key; did you mean "route"?',
    ),
    "missing key": (
        changed(('english = "Lobby"\n', "")),
        'my.toml:25: area "lobby": english: missing; it must be a text in quotes',
    ),
    "missing kind": (changed(('kind = "tv-box"\n', "")), "kind: missing; it must be one of ticket-machine, guide"),
    "number for a text": (changed(('id = "lobby"', "id = 5")), 'area "5": id: is 5 (a whole number); it must be a te'),
    "text for a number": (
        changed(("service_min_p90 = 11", 'service_min_p90 = "11"')),
        'service "A": service_min_p90: is the text "11"; it must be a number',
    ),
    "text for a list": (
        changed(('services = ["A", "C", "B"]', 'services = "ACB"')),
        'counter "1": services: is the text "ACB"; it must be a list of texts',
    ),
    "text for true": (changed(("real_name = true", 'real_name = "yes"')), "real_name: is the text"),
    "time for a text": (
        changed(("[[centre]]", "[policy]\nopens = 08:30:00\n[[centre]]")),
        "policy: opens: is a date or time; it must be a text in quotes",
    ),
    "unknown kind": (
        changed(('kind = "tv-box"', 'kind = "tvbox"')),
        'position "tv-1": kind: is the text "tvbox"; did you mean "tv-box"? known: ticket-machine, ',
    ),
    "centre twice": (
        added('[[centre]]\nid = "zonghe"\nname = "二"\nenglish = "2"'),
        'centre "zonghe": id: "zonghe" is already used by centre "zonghe" (line 12); each needs its own',
    ),
    "floor twice": (added('[[floor]]\nid = "f1"\nname = "二"\nenglish = "2"'), 'floor "f1": id: "f1" is already used'),
    "area twice": (
        added('[[area]]\nid = "lobby"\nname = "二"\nenglish = "2"\nfloor = "f1"'),
        'area "lobby": id: "lobby" is already used',
    ),
    "letter twice": (changed(('letter = "B"', 'letter = "A"')), 'service "A": letter: "A" is already used'),
    "counter twice": (changed(('id = "2"', 'id = "1"')), 'counter "1": id: "1" is already used'),
    "clerk twice": (changed(('number = "1002"', 'number = "1001"')), 'clerk "1001": number: "1001" is already used'),
    "position twice": (changed(('"caller-2"', '"caller-1"')), 'position "caller-1": id: "caller-1" is already used'),
    "unknown floor": (changed(('floor = "f1"', 'floor = "f2"')), 'area "lobby": floor: "f2" is no floor; known: f1'),
    "unknown centre": (changed(('centre = "zonghe"', 'centre = "x"')), 'centre: "x" is no centre; known: zonghe'),
    "service in an unknown area": (
        changed(('area = "lobby"', 'area = "loby"')),
        'service "A": area: "loby" is no area; did you mean "lobby"? known: lobby',
    ),
    "counter in an unknown area": (
        changed(('name = "2号窗口"\narea = "lobby"', 'name = "2号窗口"\narea = "x"')),
        'counter "2": area: "x" is no area',
    ),
    "counter of an unknown service": (
        changed(('services = ["A", "C", "B"]', 'services = ["A", "D"]')),
        'counter "1": services: "D" is no service; known: A, B, C',
    ),
    "clerk at an unknown counter": (
        changed(('name = "工号1001"\ncounter = "1"', 'name = "工号1001"\ncounter = "17"')),
        'clerk "1001": counter: "17" is no counter; did you mean "1"?',
    ),
    "device at an unknown counter": (
        changed(('kind = "caller"\narea = "lobby"\ncounter = "1"', 'kind = "caller"\narea = "lobby"\ncounter = "9"')),
        'position "caller-1": counter: "9" is no counter; known: 1, 2',
    ),
    "device in an unknown area": (
        changed(('kind = "tv-box"\narea = "lobby"', 'kind = "tv-box"\narea = ""')),
        'position "tv-1": area: "" is no area; known: lobby',
    ),
    "unknown repeater": (
        added(REPEATER, handheld("h-1", '{ address = 1, repeaters = ["rep-2"] }')),
        'position "h-1": wireless.repeaters: "rep-2" is no repeater; did you mean "rep-1"?',
    ),
    "another device as repeater": (
        added(handheld("h-1", '{ address = 1, repeaters = ["tv-1"] }')),
        'position "h-1": wireless.repeaters: "tv-1" is no repeater; known: none',
    ),
    "address twice at a repeater": (
        added(
            REPEATER,
            handheld("h-1", '{ address = 7, repeaters = ["rep-1"] }'),
            handheld("h-2", '{ address = 7, repeaters = ["rep-1"] }'),
        ),
        'position "h-2": wireless.address: 7 is already used by position "h-1", and repeater "rep-1" hears both',
    ),
    "address of two bytes": (
        added(REPEATER, handheld("h-1", '{ address = 256, repeaters = ["rep-1"] }')),
        'position "h-1": wireless.address: is 256; an FF68 address is 0 to 255',
    ),
    "heard by nobody": (
        added(handheld("h-1", "{ address = 1, repeaters = [] }")),
        'position "h-1": wireless.repeaters: is empty; name at least one repeater',
    ),
    "repeater named twice": (
        added(REPEATER, handheld("h-1", '{ address = 1, repeaters = ["rep-1", "rep-1"] }')),
        'position "h-1": wireless.repeaters: "rep-1" is named twice',
    ),
    "wireless without address": (
        added(REPEATER, handheld("h-1", '{ repeaters = ["rep-1"] }')),
        'position "h-1": wireless.address: missing; it must be a whole number',
    ),
    "wireless that is no table": (
        added(handheld("h-1", "7")),
        'position "h-1": wireless: is 7 (a whole number); it must be a table { address = …, repeaters = … }',
    ),
    "wireless window card": (
        added(REPEATER, handheld("w-1", '{ address = 1, repeaters = ["rep-1"] }', "window-card")),
        'position "w-1": wireless: a window-card is no handheld; remove the key',
    ),
    "two letters": (changed(('letter = "A"', 'letter = "AB"')), 'service "AB": letter: "AB" must be one letter A-Z'),
    "small letter": (changed(('letter = "A"', 'letter = "a"')), 'service "a": letter: "a" must be one letter A-Z'),
    "hall's id": (changed(('id = "small"', 'id = "Small/Hall"')), 'hall: id: "Small/Hall" must be 1 to 64 of a-z'),
    "area's id": (changed(('id = "lobby"', 'id = "大厅"')), 'area "大厅": id: "大厅" must be 1 to 64 of a-z, 0-9'),
    "position's id": (changed(('id = "tv-1"', 'id = "tv+1"')), 'position "tv+1": id: "tv+1" must be 1 to 64 of a-z'),
    "position named like the hub": (changed(('id = "tv-1"', 'id = "hub"')), 'position "hub": id: "hub" is the hub'),
    "counter's id": (
        changed(('id = "2"', 'id = "counter-02"')),
        'counter "counter-02": id: "counter-02" must be 1 to 8',
    ),
    "clerk's number": (changed(('"1001"', '"10 01"')), 'clerk "10 01": number: "10 01" must be 1 to 16 of 0-9'),
    "service without a counter": (
        changed(('services = ["A", "C", "B"]', 'services = ["A"]'), ('services = ["B", "C", "A"]', 'services = ["B"]')),
        'service "C": letter: no counter serves it; add "C" to the services of a counter',
    ),
    "counter without services": (
        changed(('services = ["A", "C", "B"]', "services = []")),
        'counter "1": services: is empty; name the letter of at least one service',
    ),
    "service named twice": (
        changed(('services = ["A", "C", "B"]', 'services = ["A", "C", "A"]')),
        'counter "1": services: "A" is named twice',
    ),
    "caller without a counter": (
        changed(('kind = "caller"\narea = "lobby"\ncounter = "1"', 'kind = "caller"\narea = "lobby"')),
        'position "caller-1": counter: missing; a caller needs its counter\'s id, or spare = true',
    ),
    "spare at a counter": (
        changed(('kind = "caller"\narea = "lobby"', 'kind = "caller"\nspare = true\narea = "lobby"')),
        'position "caller-1": spare: is true, but the caller has counter "1"; remove one of the two',
    ),
    "screen at a counter": (
        changed(('kind = "tv-box"', 'kind = "tv-box"\ncounter = "1"')),
        'position "tv-1": counter: a tv-box stands at no counter; remove the key',
    ),
    "device elsewhere than its counter": (
        changed(('kind = "caller"\narea = "lobby"', 'kind = "caller"\narea = "yard"'))
        + '\n[[area]]\nid = "yard"\nname = "院"\nenglish = "Yard"\nfloor = "f1"\n',
        'position "caller-1": area: is "yard", but counter "1" is in "lobby"',
    ),
    "machine without series": (
        changed(('series = "A"\n', "")),
        'position "machine-1": series: missing; a ticket-machine needs one letter of its own',
    ),
    "series twice": (
        added('[[position]]\nid = "guide-1"\nkind = "guide-terminal"\narea = "lobby"\nseries = "A"'),
        'position "guide-1": series: "A" is already used by position "machine-1"',
    ),
    "series of two letters": (changed(('series = "A"', 'series = "AB"')), 'series: "AB" must be one letter'),
    "series of a screen": (
        changed(('kind = "tv-box"', 'kind = "tv-box"\nseries = "B"')),
        'position "tv-1": series: a tv-box prints no tickets; remove the key',
    ),
    "unknown time zone": (
        changed(('id = "small"', 'id = "small"\ntimezone = "Asia/Shanghia"')),
        'hall: timezone: "Asia/Shanghia" is not a time zone; did you mean "Asia/Shanghai"?',
    ),
    "time zone that is a folder": (
        changed(('id = "small"', 'id = "small"\ntimezone = "Asia"')),
        'hall: timezone: "Asia" is not a time zone',
    ),
    "shares above one": (
        changed(("share = 0.5", "share = 0.6")),
        "my.toml: service: share: the shares of all services add up to 1.1; it must be 1 at the most",
    ),
    "median above p90": (
        changed(("service_min_median = 5", "service_min_median = 12")),
        'service "A": service_min_p90: is 11; it must be at least service_min_median, 12',
    ),
    "no service time": (
        changed(("service_min_median = 5", "service_min_median = 0")),
        'service "A": service_min_median: is 0; it must be more than 0 and 480 at the most',
    ),
    "infinite service time": (changed(("service_min_p90 = 11", "service_min_p90 = inf")), "service_min_p90: is inf"),
    "no number": (changed(("share = 0.5", "share = nan")), 'service "A": share: is nan; it must be at least 0'),
    "number beyond all bounds": (changed(("share = 0.5", "share = 1" + "0" * 400)), 'service "A": share: is 1000'),
    "escape code in a name": (
        changed(('name = "大厅"', 'name = "大\\u001b[31m厅"')),
        'area "lobby": name: contains the control or invisible character U+001B; remove it',
    ),
    "line end in a name": (changed(('name = "大厅"', 'name = "大\\n厅"')), "invisible character U+000A"),
    "direction override in a name": (changed(('name = "大厅"', 'name = "大\u202e厅"')), "invisible character U+202E"),
    "empty name": (changed(('name = "大厅"', 'name = " "')), 'area "lobby": name: is empty; it must be a name'),
    "line end in what to bring": (changed(("本人身份证原件", "本人\\n")), 'service "A": bring: contains the control'),
    "endless line of what to bring": (
        changed(("本人身份证原件", "证" * 101)),
        'service "A": bring: holds a text of 101 characters; 100 are the most',
    ),
    "empty keyword": (changed(('"医保卡"', '""')), 'service "A": keywords: holds an empty text'),
    "endless name": (
        changed(('name = "大厅"', f'name = "{"厅" * 65}"')),
        'area "lobby": name: has 65 characters; it must have 64 at the most',
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_item_key_and_remedy(mistake: str) -> None:
    text, told = MISTAKES[mistake]
    assert [problem for problem in problems(text) if told in problem], problems(text)


@pytest.mark.parametrize("letter", "IOVY")
def test_letters_that_look_like_digits_or_are_marks_are_refused_for_services_and_series(letter: str) -> None:
    service = changed(('letter = "A"', f'letter = "{letter}"'))
    assert any(f'service "{letter}": letter: "{letter}" cannot be used: it ' in p for p in problems(service))
    series = changed(('series = "A"', f'series = "{letter}"'))
    assert len(problems(series)) == 1
    assert f'position "machine-1": series: "{letter}" cannot be used' in problems(series)[0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('opens = "8:30"', 'policy: opens: "8:30" must be a time of day, HH:MM, like "08:30"'),
        ('closes = "24:30"', 'policy: closes: "24:30" must be a time of day, HH:MM, like "08:30"'),
        ('closes = "08:30"', 'policy: closes: "08:30" must be later than opens, "08:30"'),
        ("recalls_max = 0", "policy: recalls_max: is 0; it must be at least 1 and 100 at the most"),
        ("recall_gap_s = -1", "policy: recall_gap_s: is -1; it must be at least 0 and 600 at the most"),
        ("calls_before_no_show = 0", "policy: calls_before_no_show: is 0; it must be at least 1 and 100 at the most"),
        ("calls_before_no_show = 7", "policy: calls_before_no_show: is 7, but with recalls_max = 5 there are never mo"),
        ("print_wait_s = 0", "policy: print_wait_s: is 0; it must be more than 0 and 600 at the most"),
        ("rating_s = -30", "policy: rating_s: is -30; it must be more than 0 and 600 at the most"),
        ("rating_grace_s = 1e9", "policy: rating_grace_s: is 1e+09; it must be at least 0 and 86400 at the most"),
    ],
)
def test_a_policy_out_of_range_is_refused_alone(line: str, told: str) -> None:
    (problem,) = problems(f"{SMALL}\n[policy]\n{line}\n")
    assert told in problem


def test_many_mistakes_are_all_told_at_once_in_the_order_of_the_file() -> None:
    text = changed(
        ('id = "small"', 'id = "Small"'),
        ("route = ", "rout = "),
        ("share = 0.5", 'share = "half"'),
        ('services = ["B", "C", "A"]', 'services = ["B", "C", "A", "Z"]'),
        ('number = "1002"', 'number = "1001"'),
        ('kind = "tv-box"', 'kind = "tvbox"'),
    )
    keys = ["hall: id", '"lobby": rout', '"A": share', '"2": services', '"1001": number', '"tv-1": kind']
    found = problems(text)
    assert len(found) == len(keys)
    assert [key for key, problem in zip(keys, found, strict=True) if key not in problem] == []
    assert all(problem.startswith("my.toml") for problem in found)


def test_several_mistakes_in_one_item_are_all_told() -> None:
    found = problems(changed(('letter = "C"', 'letter = "I"\nroom = 4\nreal_name = 1\nappointment = "no"')))
    for key in ("letter", "room", "real_name", "appointment"):
        assert any(f'service "I": {key}: ' in problem for problem in found), key


def test_a_mistake_is_not_told_again_wherever_its_item_is_named() -> None:
    """A counter whose id or services cannot be read does not make its devices and services wrong as well."""
    (problem,) = problems(changed(('id = "1"', "id = 1")))
    assert 'counter "1": id' in problem
    (problem,) = problems(
        changed(('services = ["A", "C", "B"]', "services = 5"), ('services = ["B", "C", "A"]', 'services = ["B"]'))
    )
    assert 'counter "1": services' in problem


def test_inline_tables_on_lines_of_their_own_are_told_with_their_line() -> None:
    clerk = '  { number = "1", name = "工号1" },'
    clerks = f"format = 1\nclerk = [\n{clerk}\n  # reserve\n{clerk}\n]"
    text = SMALL.split("[[clerk]]", 1)[0].replace("format = 1", clerks)
    (problem,) = problems(text)
    assert ':8: clerk "1": number: "1" is already used by clerk "1" (line 6)' in problem


def test_what_the_file_smuggles_in_is_shown_escaped_on_one_short_line() -> None:
    found = problems(changed(('id = "lobby"', f'id = "\\u001b[2J\\n{"x" * 5000}"')))
    assert all(problem.isprintable() and len(problem) < 1500 for problem in found)
    assert any("\\x1b[2J\\n" in problem for problem in found)


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x = " + "9" * 5000, "\x00", "format = 1\nx = {", "[[[["])
def test_garbage_is_refused_as_not_toml(text: str) -> None:
    (problem,) = problems(text)
    assert "not TOML: " in problem


def test_the_error_is_a_value_error_that_prints_a_problem_a_line() -> None:
    with pytest.raises(ValueError, match="centre: missing") as refusal:
        parse("format = 1", "my.toml")
    assert len(str(refusal.value).splitlines()) == 6
