"""What a caller may have to show, by name: for the galleries of its displays."""

from edge.caller import face, words
from edge.caller.face import Display
from edge.caller.words import Notice
from wire.messages import CallerView, CounterPhase


def view(phase: CounterPhase, number: str = "", waiting: int = 5, clerk: str = "1001") -> CallerView:
    return CallerView(epoch=1, version=1, counter="03", phase=phase, number=number, waiting=waiting, clerk=clerk)


LONG = Notice("undo-overtaken", "A012号已有新的操作，不能撤销；请到大厅服务台（二楼东侧）由值班人员处理后再来")

FACES: dict[str, Display] = {
    "called": face.rest(view("called", "A012"), online=True),
    "serving, a machine's own number": face.rest(view("serving", "AK07", 12), online=True),
    "idle": face.rest(view("idle", waiting=0), online=True),
    "closed": face.rest(view("closed", waiting=123, clerk=""), online=True),
    "paused": face.rest(view("paused"), online=True),
    "offline, a ticket is being served": face.rest(view("serving", "A012"), online=False),
    "offline since the start": face.rest(None, online=False),
    "no counter": face.rest(None, online=True),
    "pressed": face.wait(pressed_again=False, online=True),
    "pressed again": face.wait(pressed_again=True, online=True),
    "refused by the hub": face.refused(Notice("ticket-called", "A012正在呼叫，请先办理或过号"), online=True),
    "refused at length": face.refused(LONG, online=True),
    "pressed offline": face.refused(words.OFFLINE, online=False),
    "no answer": face.refused(words.UNANSWERED, online=True),
    "typed": face.entry("A012", online=True),
    "typed at length": face.entry("123456789012", online=True),
    "reasons": face.choice({"1": "午休", "2": "会议", "3": "取件", "4": "系统故障"}, online=True),
    "test of the keys": face.test("keys", "按键测试 顺呼", online=True),
    "test of the keys: a digit": face.test("keys", "按键测试 7", online=True),
    "test of the lamps": face.test("lamps", "指示灯测试", online=True),
    "the hub looks for it": face.here(face.rest(view("idle"), online=True)),
    "nobody knows it": face.pairing("7K3M-0QXA"),
    "test of the display": face.test("display", "显示测试", online=True),
}
