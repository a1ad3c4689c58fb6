"""A report for a page, and as a file that somebody takes with them."""

from datetime import datetime
from typing import Any, get_args
from urllib.parse import quote

import anyio
from anyio import to_thread
from fastapi.responses import Response

from hub.http.problems import ProblemError
from hub.reports import facts, files, words
from hub.reports.numbers import written
from hub.reports.report import Report
from hub.storage.report_exports import ReportExports
from hub.web.stats_charts import columns, longest
from hub.web.texts import Texts

FORMATS: tuple[files.Format, ...] = get_args(files.Format)
_AT_ONCE, _WAITING_MAX = 2, 8  # files that are written at the same time, and that may wait for it


def shown(report: Report | None, texts: Texts) -> dict[str, Any]:
    """What `report_tables.html` needs. None: there is none yet."""
    sections = () if report is None else report.sections
    return {
        "report": report,
        "written": written,
        "words": words,
        "formats": FORMATS,
        "now_days": facts.now(report, texts.language) if report else "",
        "earlier_days": facts.before(report, texts.language) if report else "",
        "drawn": {one.ident: columns(one, texts.language) for one in sections},
        "most": {one.ident: longest(one) for one in sections},
        "say": lambda told: words.pick(told, texts.language),
        "comma": lambda told: words.pick(words.COMMA, texts.language).join(
            words.pick(one, texts.language) for one in told
        ),
    }


class ReportFiles:
    """Writes files, two at a time, and notes in the audit who took them."""

    def __init__(self, exports: ReportExports) -> None:
        self._exports, self._limiter = exports, anyio.CapacityLimiter(_AT_ONCE)

    async def answer(self, report: Report, kind: files.Format, texts: Texts, at: datetime, who: str = "") -> Response:
        """`who` takes it; empty: who had it made. Raises ProblemError where too many wait."""
        if self._limiter.statistics().tasks_waiting >= _WAITING_MAX:
            raise ProblemError("unavailable", "too many reports are being written", headers={"Retry-After": "10"})
        body = await to_thread.run_sync(files.write, report, kind, texts.language, limiter=self._limiter)
        await to_thread.run_sync(self._exports.note, report, kind, at, who or report.made_by)
        headers = {"Content-Disposition": _disposition(files.name(report, kind, texts.language), kind)}
        return Response(body, media_type=files.TYPES[kind], headers=headers | {"Cache-Control": "no-store"})


def _disposition(name: str, kind: str) -> str:
    """RFC 6266, with a name in Chinese by RFC 8187 and one in ASCII for whoever does not read it."""
    return f"attachment; filename=\"statistics.{kind}\"; filename*=UTF-8''{quote(name, safe='')}"
