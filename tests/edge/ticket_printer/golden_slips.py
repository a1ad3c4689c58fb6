"""Slips that a reviewer can look at: as text and as pictures, in `slips/`.

Renew them, after a look at what changed, with

    python -m tests.edge.ticket_printer.golden_slips
"""

import io
from datetime import datetime, timedelta, timezone
from pathlib import Path

from msgspec.structs import replace
from PIL import Image, PngImagePlugin

from edge.ticket_printer import glyphs, layout
from edge.ticket_printer.escpos import Qr, Text
from edge.ticket_printer.fake_paper import Paper
from edge.ticket_printer.rendering import Renderer
from edge.ticket_printer.settings import Settings
from wire.messages import Slip

FOLDER = Path(__file__).parent / "slips"
SLIP = Slip(
    hall="东城区人力资源公共服务大厅",
    number="H012",
    service="H",
    service_name="养老保险待遇申领",
    ahead=7,
    wait_s_low=14 * 60,
    wait_s_high=25.5 * 60,
    where="二层社保等候区",
    route="乘扶梯上二层，右转直走20米，等候区在服务台对面",
    taken_at=datetime(2026, 1, 4, 9, 5, tzinfo=timezone(timedelta(hours=8))),
    name_masked="测*",
    follow_url="https://hall.example.cn/t/H012",
    if_missed="过号请到取号机或咨询台激活",
)
OWN_SERIES = Slip(
    hall=SLIP.hall,
    number="HK01",
    service="H",
    service_name=SLIP.service_name,
    ahead=-1,
    wait_s_low=0,
    wait_s_high=0,
    where="二层社保等候区",
    route="乘扶梯上二层",
    taken_at=SLIP.taken_at,
    if_missed=SLIP.if_missed,
)
LONG = replace(
    SLIP,
    number="HV0123",
    service_name="机关事业单位工作人员基本养老保险关系转移接续及职业年金归集办理（含跨省、跨制度、跨统筹地区，军队转业人员，以及补缴和退费）业务",
    name_masked="𬀩**",
    more=("医疗费用报销", "社会保障卡业务"),
    warnings=("余号不多，请勿过号 Few tickets are left: please do not miss your call",),
)
BOOKED = replace(SLIP, number="YH012", slot_at=SLIP.taken_at.replace(hour=9, minute=30), ahead=1)
WIDE, NARROW = Settings(driver="serial"), Settings(driver="serial", dots=384, encoding="gb2312")
SLIPS = {
    "80mm": (SLIP, WIDE),
    "58mm": (SLIP, NARROW),
    "own_series_80mm": (OWN_SERIES, WIDE),
    "appointment_80mm": (BOOKED, WIDE),
    "appointment_58mm": (BOOKED, NARROW),
    "everything_80mm": (LONG, WIDE),
    "everything_58mm": (LONG, NARROW),
}


def text(slip: Slip, settings: Settings) -> str:
    """The slip as a page of text: a line's place, size and weight in front of it."""
    out = []
    for line in layout.lines(slip, layout.load(), settings.line_columns):
        match line:
            case Text(words, width, height, align, bold):
                out.append(f"{align[0]} {width}x{height}{'b' if bold else ' '} |{words}")
            case Qr(data):
                out.append(f"qr     |{data}")
            case _:
                out.append(type(line).__name__.lower())
    return "\n".join(out) + "\n"


def picture(slip: Slip, settings: Settings) -> Image.Image:
    """The slip as a printer of these settings makes it, of the very bytes that it gets."""
    paper, data = Paper(settings.encoding, settings.dots), bytearray(Renderer(settings).slip(slip))
    record = None
    while record is None:
        whole, record, _ = paper.feed(data)
        assert whole
    return Image.open(io.BytesIO(record.png())).convert("1")


def font() -> str:
    return " ".join(part or "" for part in glyphs.font().getname())


def renew() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, (slip, settings) in SLIPS.items():
        (FOLDER / f"{name}.txt").write_text(text(slip, settings), "utf-8")
        told = PngImagePlugin.PngInfo()
        told.add_text("font", font())
        picture(slip, settings).save(FOLDER / f"{name}.png", optimize=True, pnginfo=told)


if __name__ == "__main__":
    renew()
