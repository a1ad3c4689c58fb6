"""What the machine says to a citizen by itself: Chinese, English beside it. Everything else is the hub's to word."""

from edge.ticket_printer.events import Printer

NOT_NOW = "暂时无法取号，请到咨询台 No tickets just now: please ask at the desk"
CLOSED = "该业务暂未开放 This service is closed at the moment"
SHOW_CARD = "请将身份证放在读卡区 Put your identity card on the reader"
NO_CARD = "未读到身份证，请重新选择业务 No card was read: please choose again"
CARD_AGAIN = "身份证读取失败，请拿起重放 The card could not be read: lift it and put it down again"
_NEXT_MACHINE = "打印机{state}，请用旁边的取号机 Printer: {english}. Please use the next machine"
_CHINESE = {
    "paper out": "缺纸",
    "cover open": "上盖未关",
    "error": "故障",
    "offline": "未就绪",
    "unplugged": "未连接",
}


def next_machine(reason: str) -> str:
    """`reason`: a printer's state, or what else went wrong with a slip."""
    return _NEXT_MACHINE.format(state=_CHINESE.get(reason, "故障"), english=reason or "failed")


def trouble(printer: Printer) -> str:
    """Of a printer that is certain not to print; empty for others."""
    return next_machine(printer.state) if printer.hopeless else ""
