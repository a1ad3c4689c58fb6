"""What the machine says to a citizen by itself: Chinese, English beside it. Everything else is the hub's to word."""

from edge.ticket_printer.events import Printer
from wire.messages import PrintOutcome

NOT_NOW = "暂时无法取号，请到咨询台 No tickets just now: please ask at the desk"
CLOSED = "该业务暂未开放 This service is closed at the moment"
SHOW_CARD = "请将身份证放在读卡区 Put your identity card on the reader"
NO_CARD = "未读到身份证，请重新选择业务 No card was read: please choose again"
CARD_AGAIN = "身份证读取失败，请拿起重放 The card could not be read: lift it and put it down again"
NO_CHECK_IN = "暂时无法签到，请现场取号 No check-in just now: please take a ticket"

NO_PRINTER = "本机未装打印机 No printer is fitted here"
NO_READER = "本机未装身份证阅读器 No card reader is fitted here"
TEST_LATER = "正在出票，请稍后再试 A ticket is being made: try again in a moment"
TESTING = "自检正在进行 A self-test is under way"
TEST_SILENT = "设备没有应答 The device's driver said nothing"
_PRINTED = "测试票已打印，请核对汉字、生僻字、二维码和切纸 Test slip printed: look at characters, QR code and cut"
_LOW = "；纸将用尽 Paper is low"
_NOT_PRINTED = "测试票未打印：{state} Not printed: {english}"
_UNKNOWN = "已送出，打印机未应答，请检查串口接收线 Sent, but no answer came: is the printer's TX wired? ({english})"

_SLIP_PRINTED = "号票已打印 The slip is printed"
_SLIP_FAILED = "号票未打印：打印机{state} Not printed: {english}"
_SLIP_UNKNOWN = "已送出，打印机未应答，请先看有没有出票 Sent, but no answer came: look whether it is there ({english})"

_NEXT_MACHINE = "打印机{state}，请用旁边的取号机 Printer: {english}. Please use the next machine"
_CHINESE = {
    "paper out": "缺纸",
    "cover open": "上盖未关",
    "error": "故障",
    "offline": "未就绪",
    "unplugged": "未连接",
}


def test_slip(outcome: PrintOutcome, reason: str, printer: Printer) -> str:
    """What a technician is told about the test slip."""
    match outcome:
        case "printed":
            return _PRINTED + (_LOW if printer.paper_low else "")
        case "failed":
            return _NOT_PRINTED.format(state=_CHINESE.get(reason, "故障"), english=reason)
    return _UNKNOWN.format(english=reason)


def ordered_slip(outcome: PrintOutcome, reason: str, printer: Printer) -> str:
    """What a clerk is told about the slip of somebody who came to the desk."""
    match outcome:
        case "printed":
            return _SLIP_PRINTED + (_LOW if printer.paper_low else "")
        case "failed":
            return _SLIP_FAILED.format(state=_CHINESE.get(reason, "故障"), english=reason or "failed")
    return _SLIP_UNKNOWN.format(english=reason)


def next_machine(reason: str) -> str:
    """`reason`: a printer's state, or what else went wrong with a slip."""
    return _NEXT_MACHINE.format(state=_CHINESE.get(reason, "故障"), english=reason or "failed")


def trouble(printer: Printer) -> str:
    """Of a printer that is certain not to print; empty for others."""
    return next_machine(printer.state) if printer.hopeless else ""
