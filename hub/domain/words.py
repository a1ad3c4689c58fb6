"""Refusals and reasons in words, Chinese and English, by code. `{…}` is filled with what the event says."""

from hub.domain.policies import POLICIES
from hub.domain.speech import Words

REFUSALS: dict[str, Words] = {
    "nobody-waiting": Words("无人等候", "Nobody is waiting"),
    "counter-closed": Words("请先登录", "Sign on first"),
    "counter-paused": Words("窗口已暂停，请先恢复", "The counter is paused; resume first"),
    "counter-open": Words("窗口已由{detail}登录", "Clerk {detail} is signed on here"),
    "not-paused": Words("窗口未暂停", "The counter is not paused"),
    "clerk-elsewhere": Words("该工号已在{detail}窗口登录", "That clerk is signed on at counter {detail}"),
    "ticket-called": Words("{detail}正在呼叫，请先办理或过号", "{detail} is being called: serve it or mark a no-show"),
    "ticket-serving": Words("{detail}正在办理，请先办结", "{detail} is being served: end it first"),
    "no-ticket": Words("当前没有号票", "No ticket at this counter"),
    "not-open": Words("{detail}号已结束", "{detail} is over"),
    "not-missed": Words("{detail}号未过号", "{detail} was not missed"),
    "reinstate-limit": Words("{detail}号已激活过，请重新取号", "{detail} came back before: take a new ticket"),
    "already-queued": Words("您已取{detail}号，请等候呼叫", "You have {detail} already: please wait for its call"),
    "has-other-ticket": Words("该办事人已取{detail}号办理该业务", "This person has {detail} for that service already"),
    "double-tap": Words("已为您取{detail}号，正在打印", "{detail} is being printed for you"),
    "opens-later": Words("现在不取号，{detail}开始", "No tickets now; again from {detail}"),
    "closed-today": Words("今日已停止取号", "No more tickets today"),
    "cap-until": Words("本时段号已取完，{detail}再放号", "No tickets left for now; more from {detail}"),
    "cap-reached": Words("今日号已取完", "No tickets left today"),
    "already-here": Words("{detail}号就在此处，无需转移", "{detail} is here already"),
    "not-served-there": Words("{detail}窗口不办理该业务", "Counter {detail} does not serve that"),
    "has-item": Words("该号已含{detail}业务", "The ticket has service {detail} already"),
    "items-limit": Words("{detail}号的业务已达上限", "{detail} has as many items as a ticket can hold"),
    "park-limit": Words("挂起的号已达上限，请先回呼", "As many parked as allowed: return one first"),
    "not-parked": Words("{detail}号未挂起", "{detail} is not parked"),
    "nothing-parked": Words("本窗口没有挂起的号", "Nothing is parked at this counter"),
    "nothing-to-undo": Words("没有可撤销的操作", "There is nothing to undo"),
    "undo-too-late": Words("已超过撤销时限", "Too late to undo"),
    "undo-overtaken": Words("{detail}号已有新的操作，不能撤销", "Something happened to {detail} since: it stays"),
    "no-person": Words("该业务须实名取号，请刷身份证或到咨询台", "This service needs your identity card"),
    "no-appointment": Words("没有查到预约，请现场取号", "No such appointment: please take a ticket"),
    "slot-full": Words("{detail}时段已约满", "The slot at {detail} is full"),
    "slot-over": Words("{detail}时段已过", "The slot at {detail} is over"),
    "booked-already": Words("当日该业务已有{detail}的预约", "There is an appointment at {detail} for that already"),
    "code-taken": Words("请重试", "Please try again"),
    "no-open-appointment": Words("没有可更改的预约", "There is no appointment to change"),
    "too-late-to-change": Words("{detail}的预约已过可更改时间", "It is too late to change the appointment at {detail}"),
    "checked-in": Words("已签到，您的号码是{detail}", "You are checked in: your number is {detail}"),
    "too-early": Words("还未到签到时间，请{detail}后再来签到", "You are early: check in from {detail}"),
    "appointment-over": Words(
        "{detail}的预约已过签到时间，请现场取号",
        "The time for your appointment at {detail} is over: please take a ticket",
    ),
    "too-many-bookings": Words(
        "24小时内网上预约已达{detail}个上限，请稍后再约，或到大厅预约台办理",
        "{detail} appointments were booked online within 24 hours, which is the most; book again later, or at the desk",
    ),
    "blocked": Words(
        "因多次爽约，{detail}前不能网上预约；仍可到大厅现场取号，也可向工作人员申请复核",
        "Because of missed appointments nothing can be booked online before {detail}; you can still come and take a "
        "ticket, and ask the staff to look at it again",
    ),
    "closed-weekend": Words("周末不办理", "Closed at weekends"),
    "closed-holiday": Words("法定节假日不办理", "Closed on this public holiday"),
    "closed-that-day": Words("大厅当日停止办理", "The hall is closed on that day"),
    "slots-over": Words("当日可预约时段已过", "No slots are left on that day"),
    "no-such-slot": Words("没有{detail}这一时段", "There is no slot at {detail}"),
    "day-has-appointments": Words(
        "当日已有{detail}个预约，停办须一并取消",
        "There are {detail} appointments on that day, which closing it cancels",
    ),
    "of-another-appointment": Words("{detail}号已用于另一个预约", "{detail} is of another appointment"),
    "of-another-person": Words("{detail}号是另一位办事人的", "{detail} is somebody else's"),
    "of-another-service": Words("{detail}号不是这项业务的", "{detail} is not for that service"),
    "taken-too-late": Words("{detail}号是签到时间过后取的", "{detail} was taken when the time to check in was over"),
    "no-slip": Words("没有可打印的号票", "There is no slip to print"),
    "not-a-miss": Words("这不是一次爽约", "That appointment was not missed"),
    "unknown-appointment": Words("没有这个预约", "There is no such appointment"),
    "no-appointments-here": Words("该业务不接受预约", "This service takes no appointments"),
    "bad-range": Words(
        "日期范围不对：结束不能早于开始，最长400天",
        "These days make no range: the last is not before the first, and 400 days are the most",
    ),
    "bad-day": Words("这一天不能预约", "That day cannot be booked"),
    "bad-code": Words("预约码有误", "That is no code of an appointment"),
    "nothing-changed": Words("没有变化", "Nothing would change"),
    "settings-overtaken": Words(
        "这些设置刚被别人改过：{detail}；请核对后再改",
        "Somebody else has just changed these: {detail}; look at them, then change them again",
    ),
    "bad-settings": Words("设置有误：{detail}", "These settings cannot be: {detail}"),
    "same-service": Words("一张号票上同一业务只能有一项", "A service can be on a ticket once"),
    "unknown-priority": Words("没有这类优先", "There is no such priority class"),
    "not-waiting": Words("{detail}不在等候中", "{detail} is not waiting"),
    "unknown-ticket": Words("没有{detail}号", "There is no ticket {detail}"),
    "which-ticket": Words("请输完整号码：{detail}", "Which one? {detail}"),
    "not-served-here": Words("本窗口不办理{detail}号的业务", "This counter does not serve the service of {detail}"),
    "recall-too-soon": Words("重呼过快，请稍候", "Too soon to call again"),
    "recall-limit": Words("已达重呼上限，请过号", "Called as often as allowed: mark a no-show"),
    "call-again-first": Words("请再呼叫{detail}次后过号", "Call {detail} more time(s) before a no-show"),
    "not-reserved": Words("{detail}号已处理", "{detail} was dealt with already"),
    "superseded": Words("该取号已由取号机另行出号", "The machine gave another ticket instead"),
    "already-admitted": Words("{detail}号已在册", "{detail} is known already"),
    "case-at-verify": Words("这件差评待核实，请先核实", "The case is still to be verified: this step does not fit"),
    "case-at-rectify": Words("这件差评待整改，不能进行这一步", "The case is to be put right: this step does not fit"),
    "case-at-feedback": Words(
        "这件差评待反馈，不能进行这一步", "The citizen is to be answered: this step does not fit"
    ),
    "case-at-review": Words("这件差评待复核，不能进行这一步", "The case is to be reviewed: this step does not fit"),
    "case-at-closed": Words("这件差评已办结，不能进行这一步", "The case is closed: this step does not fit"),
    "case-not-closed": Words("办结后才能提出不服", "An appeal can be made once the case is closed"),
    "note-missing": Words("请写明情况", "Write down what there is to say of it"),
    "outcome-missing": Words("请选择属实或不属实", "Say whether it is justified or not"),
    "ground-missing": Words("请选择不属实的理由", "Say why it is not justified"),
    "answer-missing": Words("请写明给办事人的答复", "Write the answer to the citizen"),
    "verdict-missing": Words("请选择结论", "Choose the conclusion"),
    "unknown-assignee": Words("没有这个可办理的账号", "There is no such account to give it to"),
    "clerk-appeal-waits": Words("工作人员的申诉尚未处理，不能办结", "The clerk's appeal is to be decided first"),
    "clerk-appealed": Words("已提出过申诉", "The clerk has appealed already"),
    "no-clerk-appeal": Words("没有待处理的申诉", "There is no clerk's appeal to decide"),
    "citizen-appealed": Words("已提出过一次，只能提一次", "The citizen has appealed once, which is all there is"),
    "written-enough": Words("补充说明已达次数上限，谢谢", "You have written as often as there is room for, thank you"),
    "appeal-too-late": Words("已超过申诉期限", "The time for an appeal is over"),
    "reviewed-own-work": Words(
        "整改（或判定不属实）是您做的，须由另一位负责人复核",
        "You put it right, or found it not justified: somebody else is to review it",
    ),
    "decided-own-appeal": Words(
        "申诉是您提出的，须由另一位负责人裁定", "You made this appeal: somebody else is to decide it"
    ),
    "own-case": Words(
        "这是对您本人的评价，您可以申诉或说明，不能自己处理",
        "The rating is of yourself: you may appeal or say what there is to say, and others take the steps",
    ),
    "assignee-is-rated": Words("不能指派给被评价的本人", "It cannot be given to the clerk who was rated"),
    "step-of-another": Words(
        "这一步是他人所做，您不能撤回", "Somebody else took that step: it is not yours to take back"
    ),
    "no-answer-yet": Words("尚未答复，暂不能评价", "There is no answer to rate yet"),
    "case-changed": Words(
        "这件差评刚被他人处理，请核对后重新提交", "Somebody took a step in this case meanwhile; look again"
    ),
    "unknown-ask": Words("没有这次评价", "No such rating was asked for"),
    "already-rated": Words("已评价，谢谢", "Rated already, thank you"),
    "already-explained": Words("已收到评价原因，谢谢", "We have your reasons already, thank you"),
    "too-late": Words("评价时间已过", "The time for this rating is over"),
    "expired": Words("操作已过期，请重按", "That came too late; press again"),
    "day-ended": Words("当日业务已结束", "The day is over"),
    "unknown-service": Words("没有这项业务", "There is no such service"),
    "unknown-counter": Words("没有这个窗口", "There is no such counter"),
    "unknown-clerk": Words("没有这个工号", "There is no such work number"),
    "bad-level": Words("评价须为1至5", "A rating is 1 to 5"),
    "bad-reasons": Words("评价原因不在清单内", "These are no reasons for that rating"),
    "bad-slot": Words("预约时段不在今日", "That appointment is not for today"),
    "bad-number": Words("不是自助号段的号码", "Not a number of a machine's own series"),
    "reason-missing": Words("请说明原因", "This needs a reason"),
    "where-missing": Words("请说明转往哪里", "Say where to: a service or a counter"),
}

WHY: dict[str, Words] = {
    "priority": Words(
        "{number}号属优先（{name}），排在优先队列最前", "{number} has priority ({english}), and is first of those"
    ),
    "aged": Words(
        "{number}号已等候{minutes}分钟，按久等规则提前呼叫", "{number} has waited {minutes} minutes, and so comes first"
    ),
    "appointment": Words(
        "{number}号预约{slot}，时段已到，轮到预约", "{number} is booked for {slot}: it is an appointment's turn"
    ),
    "ordinary-turn": Words(
        "本轮已呼叫{turns}个优先、久等或预约号，按比例轮到普通号，{number}号在其中最前",
        "After {turns} called for priority, a long wait or an appointment in this round it is the others' turn, "
        "and {number} is first of them",
    ),
    "early": Words(
        "{number}号预约{slot}，无其他人等候，提前呼叫",
        "{number} is booked for {slot}; nobody else waits",
    ),
    "returned": Words("{number}号挂起后回呼", "{number} was parked, and is called back"),
    "chosen": Words("工作人员指呼：{reason}", "Called out of turn by the clerk: {reason}"),
    **{code: told for policy in POLICIES.values() for code, told in policy.words.items()},
}

NOTICES: dict[str, Words] = {  # to a citizen's phone
    "tomorrow": Words(
        "提醒：您预约了明天（{date}）{time}在{hall}办理{service}，请提前{early}分钟内到取号机签到，预约码{code}。",
        "Reminder: tomorrow ({day}) at {time}, {hall_english}, {service_english}. "
        "Check in at a ticket machine up to {early} minutes before; code {code}.",
    ),
    "soon": Words(
        "提醒：您预约的{service}今天{time}开始，请到{hall}取号机签到，预约码{code}。",
        "Reminder: {service_english} today at {time}, {hall_english}. Check in at a ticket machine; code {code}.",
    ),
    "few-ahead": Words(
        "您的{number}号前面还有{count}人，请留意叫号。", "{count} people before {number}: please stay near."
    ),
    "promoted": Words(
        "您候补的{date}{time}{service}已有名额，预约成功，预约码{code}。",
        "A place came free: {service_english}, {day} at {time}, is booked for you; code {code}.",
    ),
    "cancelled-by-hall": Words(
        "很抱歉，{hall}取消了您{date}{time}的{service}预约，不计爽约，请另约时间。",
        "We are sorry: {hall_english} had to cancel {service_english} on {day} at {time}. Please book another time.",
    ),
    "in-vain": Words(
        "您候补的{date}{time}{service}未能排上，请另约时间或到现场取号。",
        "No place came free for {service_english}, {day} at {time}. Please book another time, or just come.",
    ),
}


def refusal(code: str, detail: str = "") -> Words:
    return (REFUSALS.get(code) or WHY.get(code) or Words(code, code)).fill(detail=detail)


def why(code: str, number: str, because: dict[str, str]) -> Words:
    return WHY.get(code, Words("", "")).fill(**because, number=number)
