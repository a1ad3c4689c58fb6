"""What is turned away, told as a problem document (RFC 9457), Chinese and English, and counted."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from hub.alerts.alerts import AlertRefusedError
from hub.appointments.refusal import RefusedError as NotAllowedError
from hub.domain import words
from hub.domain.asset_life import AssetRefusedError
from hub.domain.case_life import MISSING, CaseRefusedError
from hub.domain.events import Refused
from hub.domain.queue import InvalidCommandError
from hub.domain.speech import Words
from hub.http.openapi import MEDIA_TYPE, describe_problems
from hub.screens.files import FileRefusedError
from hub.storage.account_errors import AccountError, ThrottledError
from hub.storage.assets import AssetConflictError, UnknownAssetError
from hub.storage.cases import CaseChangedError, KeyReusedError, UnknownCaseError
from hub.storage.content import ContentError
from hub.storage.kept_reports import UnknownReportError
from hub.storage.refused import RefusedError
from hub.storage.releases import ReleaseError
from hub.waiting import UnavailableError
from hub.webhooks.hooks import HookRefusedError

DOOR = "http"


class _Kind(NamedTuple):
    status: int
    words: Words


_KINDS: dict[str, _Kind] = {
    "bad-request": _Kind(400, Words("请求无法读取", "The request cannot be read")),
    "bad-json": _Kind(400, Words("请求内容不是JSON", "The body is not JSON")),
    "no-idempotency-key": _Kind(400, Words("缺少Idempotency-Key", "An Idempotency-Key is needed")),
    "bad-idempotency-key": _Kind(400, Words("Idempotency-Key无效", "The Idempotency-Key cannot be used")),
    "bad-position": _Kind(400, Words("事件位置无效", "The position in the events cannot be used")),
    "not-logged-in": _Kind(401, Words("请先登录", "Log in first")),
    "wrong-password": _Kind(401, Words("用户名或密码错误", "Name or password is wrong")),
    "forbidden": _Kind(403, Words("权限不足", "Your role may not do this")),
    "not-your-hall": _Kind(403, Words("未授权预约此大厅", "This client may not book in this hall")),
    "not-your-number": _Kind(403, Words("只能使用本人工号", "Sign on with your own work number")),
    "cross-site": _Kind(403, Words("请求来自其他网站", "The request comes from another site")),
    "not-found": _Kind(404, Words("没有此地址", "There is nothing here")),
    "unknown-hall": _Kind(404, Words("没有此大厅", "Unknown hall")),
    "unknown-counter": _Kind(404, Words("没有此窗口", "Unknown counter")),
    "unknown-action": _Kind(404, Words("没有此操作", "Unknown action")),
    "unknown-case": _Kind(404, Words("没有这件差评", "There is no such case")),
    "unknown-ticket": _Kind(404, Words("没有此号票", "Unknown ticket")),
    "unknown-picture": _Kind(404, Words("没有此图片", "There is no such picture")),
    "unknown-log": _Kind(404, Words("没有此日志", "There is no such log")),
    "unknown-client": _Kind(404, Words("没有此平台程序", "Unknown client")),
    "unknown-account": _Kind(404, Words("没有此账号", "Unknown account")),
    "unknown-token": _Kind(404, Words("没有此令牌", "Unknown token")),
    "unknown-media": _Kind(404, Words("没有此素材", "Unknown media")),
    "unknown-playlist": _Kind(404, Words("没有此节目单", "Unknown playlist")),
    "unknown-emergency": _Kind(404, Words("没有此紧急发布，或已撤回", "Unknown emergency, or withdrawn")),
    "unknown-class": _Kind(404, Words("没有此类设备", "Unknown device class")),
    "unknown-revision": _Kind(422, Words("没有此版本", "Unknown revision")),
    "unknown-release": _Kind(404, Words("没有此版本", "Unknown release")),
    "unknown-rollout": _Kind(404, Words("没有此次升级", "Unknown rollout")),
    "unknown-claim": _Kind(404, Words("没有此入网凭证", "Unknown claim")),
    "unknown-applicant": _Kind(404, Words("没有此配对码的设备在等待", "No board with this code waits")),
    "unknown-screen": _Kind(404, Words("没有此屏幕", "Unknown screen")),
    "unknown-appointment": _Kind(404, Words("没有此预约", "There is no such appointment")),
    "unknown-person": _Kind(404, Words("没有此人的信息", "Nothing is known of this person")),
    "unknown-asset": _Kind(404, Words("清单中没有此资产", "There is no such asset in the inventory")),
    "unknown-webhook": _Kind(404, Words("没有此推送地址", "There is no such webhook")),
    "unknown-alert": _Kind(404, Words("没有此报警", "There is no such alert")),
    "unknown-silence": _Kind(404, Words("没有此静默，或已结束", "There is no such silence, or it is over")),
    "unknown-alert-target": _Kind(404, Words("没有此通知对象", "No route leads there")),
    "unknown-alert-rule": _Kind(422, Words("没有此报警规则", "There is no such rule")),
    "already-acknowledged": _Kind(409, Words("已有人确认", "Somebody has acknowledged it before")),
    "bad-silence": _Kind(422, Words("静默需要理由和时长", "A silence needs a reason and a time")),
    "bad-alert-target": _Kind(422, Words("通知对象无效", "This cannot be told of alerts")),
    "alert-target-known": _Kind(409, Words("此路径已有该通知对象", "The route leads there already")),
    "too-many-alert-targets": _Kind(409, Words("通知对象过多", "Too many targets: remove one first")),
    "unknown-report": _Kind(404, Words("没有此报表", "There is no such report")),
    "unknown-label": _Kind(404, Words("没有这样的配对码、序列号或点位", "No such code, serial or position")),
    "method-not-allowed": _Kind(405, Words("不支持此方法", "This method is not allowed here")),
    "settings-changed": _Kind(
        409, Words("设置已被他人更改，请重新查看", "Somebody has changed the settings meanwhile")
    ),
    "client-taken": _Kind(409, Words("此标识已被使用", "The id is taken")),
    "name-taken": _Kind(409, Words("名称已被使用", "The name is taken")),
    "no-device": _Kind(409, Words("此点位没有设备", "No device fills this position")),
    "device-offline": _Kind(409, Words("设备不在线，无法执行", "The device is not online, so it can do nothing")),
    "position-taken": _Kind(409, Words("此点位已有设备在用", "Another device is in service at this position")),
    "other-class": _Kind(409, Words("设备类别与点位不符", "The position needs another class of device")),
    "turned-down": _Kind(409, Words("此设备已被拒绝入网", "This board was turned down already")),
    "not-current": _Kind(409, Words("此设备不在用", "This device is not in service")),
    "last-administrator": _Kind(409, Words("须保留一名管理员", "One administrator must remain")),
    "release-in-use": _Kind(409, Words("此版本已发布过，不能删除", "The release was rolled out and cannot be deleted")),
    "rollout-under-way": _Kind(409, Words("已有升级在进行", "A rollout is under way already")),
    "rollout-changed": _Kind(409, Words("升级的状态不允许此操作", "The state of the rollout does not allow this")),
    "no-release-before": _Kind(409, Words("没有可以退回的版本", "There is no release to go back to")),
    "no-release-key": _Kind(409, Words("尚未设置发布者公钥", "The hub does not know the publisher's key yet")),
    "media-in-use": _Kind(409, Words("素材正在使用，不能删除", "The media are in use and cannot be deleted")),
    "asset-state": _Kind(409, Words("资产的当前状态不允许此操作", "The asset's state does not allow it")),
    "asset-bound": _Kind(
        409, Words("资产在点位上，请先更换或撤下", "It hangs at a position: replace it, or take it out")
    ),
    "asset-position": _Kind(409, Words("点位已有资产，或资产不在点位上", "The position is taken, or it is at none")),
    "case-changed": _Kind(409, words.refusal("case-changed")),
    "asset-changed": _Kind(409, Words("清单刚被他人更改，请重新查看", "The inventory was changed; look again")),
    "webhook-known": _Kind(409, Words("此程序已有该推送地址", "This program has a webhook to that address already")),
    "too-many-webhooks": _Kind(
        409, Words("推送地址过多，请先删除", "Too many webhooks in this hall; remove one first")
    ),
    "other-kind": _Kind(409, Words("点位需要另一类设备", "The position needs another kind of device")),
    "media-too-large": _Kind(413, Words("文件过大", "The file is too large")),
    "body-too-large": _Kind(413, Words("请求内容过大", "The body is too large")),
    "not-json-type": _Kind(415, Words("Content-Type须为application/json", "The Content-Type must be application/json")),
    "invalid": _Kind(422, Words("请求内容有误", "Something in the request is wrong")),
    "bad-media": _Kind(
        422, Words("文件不是可播放的图片或视频，或不完整", "Not a picture or film that screens can show, or not whole")
    ),
    "bad-webhook-url": _Kind(422, Words("推送地址不可用", "Webhooks cannot go to such an address")),
    "bad-release": _Kind(422, Words("文件不是发布包", "Not a bundle of a release")),
    "wrong-signature": _Kind(422, Words("签名无效，不是发布者签署的版本", "Not signed by the publisher")),
    "wrong-hash": _Kind(422, Words("文件在传输中有误", "The file was damaged on its way")),
    "programme-too-large": _Kind(422, Words("一块屏幕的节目过多", "Too much for one screen")),
    "unknown-service": _Kind(422, Words("没有此业务", "Unknown service")),
    "unknown-clerk": _Kind(422, Words("没有此工号", "Unknown work number")),
    "unknown-position": _Kind(422, Words("没有此点位", "Unknown position")),
    "class-not-here": _Kind(422, Words("大厅没有此类设备", "This hall has no such class of device")),
    "bad-claim": _Kind(422, Words("入网凭证须说明用途", "Say what the claim is for, and one thing only")),
    "unknown-test": _Kind(422, Words("此设备没有这项自检", "This device has no such self-test")),
    "unknown-priority": _Kind(422, Words("没有此类优先", "Unknown priority class")),
    "same-service": _Kind(422, Words("同一业务只能有一项", "A service can be on a ticket once")),
    "items-limit": _Kind(422, Words("一张号票的业务过多", "A ticket cannot hold so many services")),
    "where-missing": _Kind(422, Words("请说明转往哪里", "Say where to: a service or a counter")),
    "bad-settings": _Kind(422, Words("设置有误，未作更改", "Something in the settings is wrong; nothing was changed")),
    "reason-missing": _Kind(422, Words("请说明原因", "This needs a reason")),
    **{code: _Kind(422, words.refusal(code)) for code in MISSING},
    "asset-why": _Kind(422, Words("请说明原因", "This needs a reason")),
    "bad-sheet": _Kind(422, Words("文件无法作为清单读取", "The file cannot be read as an inventory")),
    "bad-rows": _Kind(422, Words("表格有误，未导入任何内容", "Some cells are wrong; nothing was imported")),
    "bad-client": _Kind(422, Words("平台程序信息有误", "Such a client cannot be")),
    "bad-person": _Kind(422, Words("身份信息有误", "Such a person cannot be")),
    "bad-account": _Kind(422, Words("账号信息有误", "Such an account cannot be")),
    "idempotency-key-reused": _Kind(422, Words("Idempotency-Key已用于其他请求", "The key was used before")),
    "too-many-attempts": _Kind(429, Words("尝试次数过多，请稍后再试", "Too many attempts; try again later")),
    "too-many-orders": _Kind(429, Words("指令过于频繁，请稍候", "Too many orders to this device; wait a moment")),
    "internal": _Kind(500, Words("系统内部错误", "Something went wrong in the hub")),
    "unavailable": _Kind(503, Words("暂时无法保存，请重试", "Nothing can be stored now; try again")),
    "disk-full": _Kind(507, Words("服务器磁盘空间不足", "The hub's disk has no room left")),
    "unknown-figure": _Kind(422, Words("没有此指标，或不能这样拆分", "Unknown figure, or not by this dimension")),
    "bad-range": _Kind(422, Words("时间范围有误", "Such a range of time cannot be asked")),
    "history-not-ready": _Kind(503, Words("历史数据正在生成，请稍候", "Figures of the past are being made")),
    "too-many-readers": _Kind(503, Words("事件订阅过多，请稍后再试", "Too many readers of events; try again later")),
}
_RULES = Words("大厅规则不允许", "The hall's rules do not allow it")
_TRANSLATED = (HTTPException, RequestValidationError, InvalidCommandError, AccountError, ContentError, FileRefusedError,
               ReleaseError, UnavailableError, AssetRefusedError, AssetConflictError, UnknownAssetError, RefusedError,
               NotAllowedError, HookRefusedError, CaseRefusedError, CaseChangedError, UnknownCaseError, KeyReusedError,
               UnknownReportError,
               AlertRefusedError, Exception)  # fmt: skip
_ERRORS_MAX = 20
_IN_PATHS = "/:@!$&'()*+,;=~"  # RFC 3986, 3.3
_OTHER = {400: "bad-request", 401: "not-logged-in", 403: "forbidden", 404: "not-found", 405: "method-not-allowed",
          413: "body-too-large", 415: "not-json-type"}  # fmt: skip


class ProblemError(HTTPException):
    """Raise it anywhere behind the HTTP door. `code`: one of the above, or a refusal of the rules; `more`: members."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        told: Words | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        kind = _KINDS.get(code) or _Kind(409, _RULES)
        super().__init__(kind.status, detail or (told or kind.words).en, headers)
        self.code, self.title, self.told, self.more = code, kind.words.en, told or kind.words, more


def refused(refusal: Refused, **more: Any) -> ProblemError:
    """The rules said no."""
    told = words.refusal(refusal.code, refusal.detail)
    problem = ProblemError(refusal.code, told=told, **more)
    problem.status_code, problem.title = 409, _RULES.en
    return problem


def _by_the_rules(error: NotAllowedError) -> ProblemError:
    if error.code in _KINDS:
        return ProblemError(error.code)
    return ProblemError(error.code, told=words.refusal(error.code, error.detail))


def install_problems(app: FastAPI, count: Callable[[str, str], None]) -> None:
    """Every refusal of `app` becomes a problem document, and `count("http", code)` hears of it."""

    def answer(request: Request, problem: ProblemError) -> Response:
        count(DOOR, problem.code)
        return document(request, problem)

    async def raised(request: Request, error: ProblemError) -> Response:
        return answer(request, error)

    async def translated(request: Request, error: Exception) -> Response:
        return answer(request, _problem(request, error))

    describe_problems(app)
    app.add_exception_handler(ProblemError, raised)  # type: ignore[arg-type]
    for kind in _TRANSLATED:
        app.add_exception_handler(kind, translated)


def document(request: Request, problem: ProblemError) -> Response:
    body = {
        "type": f"/problems/{problem.code}",
        "title": problem.title,
        "status": problem.status_code,
        "detail": problem.detail,
        "instance": quote(request.scope["path"], safe=_IN_PATHS),
        "code": problem.code,
        "detail_zh": problem.told.zh,
        "detail_en": problem.detail,
        **problem.more,
    }
    return JSONResponse(body, problem.status_code, problem.headers, MEDIA_TYPE)


def _problem(request: Request, error: Exception) -> ProblemError:
    match error:
        case RequestValidationError():
            return _invalid(request, error)
        case InvalidCommandError():
            return ProblemError(error.code if error.code in _KINDS else "invalid", str(error))
        case ThrottledError():
            return ProblemError(error.code, str(error), headers={"Retry-After": str(error.retry_after_s)})
        case NotAllowedError():
            return _by_the_rules(error)
        case (
            AccountError()
            | ContentError()
            | FileRefusedError()
            | ReleaseError()
            | RefusedError()
            | HookRefusedError()
            | AlertRefusedError()
        ):
            return ProblemError(error.code, str(error))
        case AssetRefusedError() | AssetConflictError() | UnknownAssetError():
            return ProblemError(error.code, str(error))
        case CaseChangedError() | UnknownCaseError() | KeyReusedError() | UnknownReportError():
            return ProblemError(error.code, str(error))
        case CaseRefusedError():
            return ProblemError(error.code, told=None if error.code in _KINDS else words.refusal(error.code))
        case UnavailableError():
            return ProblemError("unavailable", headers={"Retry-After": "1"})
        case HTTPException():
            return _of_status(error)
        case _:
            return ProblemError("internal")


def _of_status(error: HTTPException) -> ProblemError:
    """What the framework refuses by itself: no such path, no such method, …"""
    code = _OTHER.get(error.status_code)
    if code is not None:
        return ProblemError(code, headers=error.headers)
    phrase = HTTPStatus(error.status_code).phrase
    problem = ProblemError(f"http-{error.status_code}", told=Words(phrase, phrase), headers=error.headers)
    problem.status_code, problem.title = error.status_code, phrase
    return problem


def _invalid(request: Request, error: RequestValidationError) -> ProblemError:
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return ProblemError("bad-json", f"the body is not JSON: {found[0]['ctx']['error']} at {found[0]['loc'][-1]}")
    if isinstance(error.body, bytes):  # FastAPI leaves a body alone that does not say that it is JSON
        given = request.headers.get("content-type", "none")
        return ProblemError("not-json-type", f"send the body as application/json; its Content-Type is {given!r}")
    errors = [{"where": ".".join(str(part) for part in one["loc"]), "what": one["msg"]} for one in found[:_ERRORS_MAX]]
    return ProblemError("invalid", "; ".join(f"{one['where']}: {one['what']}" for one in errors), errors=errors)
