"""What must be true of an asset beyond its single cells, for a file and for a form alike; each says what is wrong."""

from collections.abc import Mapping

from halls.format import Hall
from hub.domain import asset_life as life
from hub.domain.assets import UNPLACED, Asset, AssetState, Details
from hub.domain.speech import Words
from hub.inventory.columns import KIND_WORDS

EMPTY = Words("不能为空", "must not be empty")
ELSEWHERE = Words("此序列号在另一个大厅的清单里", "this serial is in another hall's")


def kind_bound(known: Asset | None, kind: str) -> Words | None:
    """What hangs at a position stays what it is."""
    if known is None or not known.position or known.details.kind == kind:
        return None
    zh, en = KIND_WORDS[known.details.kind]
    return Words(f"已作为{zh}安装，不能改类别", f"is installed as a {en.lower()}")


def warranty(details: Details) -> Words | None:
    if details.bought_on and details.warranty_until and details.warranty_until < details.bought_on:
        return Words("早于采购日期", "is before the date of purchase")
    return None


def first_state(state: AssetState) -> Words | None:
    if state in life.FIRST_STATES:
        return None
    return Words("新资产只能是订购、到货或库存", "a new asset is ordered, delivered or in stock")


class Places:
    """Which positions are free to be planned for. `here`: the hall's assets by serial; `anew`: by serial, what those
    that are being written will be planned for."""

    def __init__(self, hall: Hall, here: Mapping[str, Asset], anew: Mapping[str, str]) -> None:
        self._kinds = {position.id: position.kind for position in hall.position}
        self._filled = {asset.position: serial for serial, asset in here.items() if asset.position}
        self._promised = {
            asset.details.planned: serial
            for serial, asset in here.items()
            if asset.state in UNPLACED
            and asset.details.planned
            and anew.get(serial, asset.details.planned) == asset.details.planned
        }

    def plan(self, serial: str, details: Details) -> Words | None:
        """None where it may be planned so, and is from now on. Only for a plan that is new: what was planned once and
        came to be otherwise is history."""
        planned = details.planned
        if not planned:
            return None
        if planned not in self._kinds:
            return Words("大厅文件里没有这个点位", "the hall file has no such position")
        wrong = None
        if self._kinds[planned] != details.kind:
            zh, en = KIND_WORDS[self._kinds[planned]]
            wrong = Words(f"此点位要的是{zh}", f"this position needs a {en.lower()}")
        elif self._filled.get(planned, serial) != serial:
            other = self._filled[planned]
            wrong = Words(f"此点位已装有 {other}", f"{other} is there already")
        elif self._promised.get(planned, serial) != serial:
            other = self._promised[planned]
            wrong = Words(f"此点位已计划给 {other}", f"it is planned for {other}")
        self._promised.setdefault(planned, serial)
        return wrong
