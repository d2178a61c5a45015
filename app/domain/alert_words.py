"""The sentence of an alert that says why it fired, with every value that the rule used (DOMAIN.md section 4)."""

from datetime import date
from decimal import Decimal

from app.domain.deadlines import days_late
from app.domain.ladder import Rung
from app.domain.standing import StandingFinding
from app.domain.vocabulary import DayKind, Measure, RungTrigger

MEASURE_NAMES: dict[Measure, str] = {
    Measure.REMINDER: "提醒",
    Measure.URGING: "催办",
    Measure.SUPERVISION_NOTICE: "督办通知单",
    Measure.RECTIFICATION_ORDER: "限期整改",
    Measure.CIRCULAR: "通报",
    Measure.INTERVIEW: "约谈",
    Measure.ANNUAL_ASSESSMENT: "年度考核",
    Measure.ACCOUNTABILITY: "问责建议",
}
LONGEST = 500  # characters of a reason
_NAMED = 3  # milestones that a sentence on missing reports names one by one


def milestone_reason(
    finding: StandingFinding,
    rung: Rung,
    *,
    due_phrase: str,
    on: date,
    scheduled_pct: Decimal | None = None,
    reply_due_on: date | None = None,
) -> str:
    """Say in Chinese why a rung fired for a milestone; `scheduled_pct` is needed for one that lags."""
    due = f"时限“{due_phrase}”，现行时限{chinese_date(finding.effective_due_on)}"
    if finding.due_version > 1:
        due += f"（第{finding.due_version}版，原定{chinese_date(finding.original_due_on)}）"
    if rung.trigger is RungTrigger.REGRESSION:
        state = f"截至{chinese_date(on)}已销号，{chinese_date(finding.since)}认定滑坡（第{finding.occasion}次）"
    elif rung.trigger is RungTrigger.LAGGING:
        state = f"截至{chinese_date(on)}{_lag(finding, scheduled_pct)}"
    else:
        late = lateness(finding.effective_due_on, on) + late_originally(finding, finding.original_due_on, on)
        state = f"截至{chinese_date(on)}{late}，{progress(finding.progress_pct)}"
    return _shortened(f"{due}；{state}；{_rule(rung)}{_answer_by(reply_due_on)}。")


def _lag(finding: StandingFinding, scheduled: Decimal | None) -> str:
    since = f"自{chinese_date(finding.lagging_since)}起滞后于序时进度" if finding.lagging_since else "滞后于序时进度"
    if scheduled is None or finding.progress_pct is None:
        return since
    points = scheduled - finding.progress_pct
    return f"{since}，{progress(finding.progress_pct)}，序时进度{_plain(scheduled)}%，相差{_plain(points)}个百分点"


def missing_reports_reason(
    rung: Rung,
    *,
    period: str,
    titles: tuple[str, ...],
    timely_until_on: date,
    on: date,
    reply_due_on: date | None = None,
) -> str:
    """Say why a rung fired for a unit's missing reports of a period."""
    named = "、".join(f"“{title}”" for title in titles[:_NAMED]) + ("等" if len(titles) > _NAMED else "")
    owed = f"{period}应报{len(titles)}项未报（{named}），按时报送截止{chinese_date(timely_until_on)}"
    late = lateness(timely_until_on, on).replace("逾期", "超过").replace("到期", "截止")
    return _shortened(f"{owed}；截至{chinese_date(on)}{late}；{_rule(rung)}{_answer_by(reply_due_on)}。")


def unanswered_reason(
    rung: Rung, *, measure: Measure, raised_on: date, unit: str, about: str, limit_on: date, on: date
) -> str:
    """Say why a rung fired for an alert that a unit did not answer; `about` is what that alert was about."""
    notice = (
        f"{chinese_date(raised_on)}就“{about}”发出的{MEASURE_NAMES[measure]}要求{unit}于{chinese_date(limit_on)}前回复"
    )
    return _shortened(f"{notice}；截至{chinese_date(on)}仍未回复；{_rule(rung)}。")


def _rule(rung: Rung) -> str:
    basis = f"依据方案{rung.clause}" if rung.clause else "依据办公室设定"
    return f"达到{rung_day(rung)}{MEASURE_NAMES[rung.measure]}的条件，{basis}"


def rung_day(rung: Rung) -> str:
    """Say when a rung is due, as an office writes it."""
    kind = "个工作日" if rung.day_kind is DayKind.WORKING else "天"
    days = rung.offset_days
    match rung.trigger:
        case RungTrigger.LAGGING:
            return f"连续{days}个报送期滞后"
        case RungTrigger.REGRESSION:
            return f"滑坡第{days}{kind}" if days else "滑坡当日"
        case RungTrigger.MISSING_REPORT:
            return _around(days, kind, "未按时报送第", "报送截止前", "报送截止日")
        case RungTrigger.UNANSWERED:
            return _around(days, kind, "逾期未回复第", "回复时限前", "回复时限当日")
        case RungTrigger.DUE:
            return _around(days, kind, "逾期第", "到期前", "到期日")


def _around(days: int, kind: str, after: str, before: str, on_the_day: str) -> str:
    if days > 0:
        return f"{after}{days}{kind}"
    return f"{before}{-days}{kind}" if days else on_the_day


def _answer_by(limit_on: date | None) -> str:
    return f"；请于{chinese_date(limit_on)}前回复" if limit_on else ""


def lateness(due_on: date, on: date) -> str:
    """Say how many days a date is past or ahead."""
    days = (on - due_on).days
    if days > 0:
        return f"已逾期{days}天"
    return f"距到期还有{-days}天" if days else "当日到期"


def late_originally(finding: StandingFinding, original_due_on: date, on: date) -> str:
    """Say how late it is by the original date, where that is another one and is past; "" otherwise."""
    days = days_late(original_due_on, finding.clock_stopped_on or on)
    return f"；按原时限逾期{days}天" if days and original_due_on != finding.effective_due_on else ""


def progress(share_pct: Decimal | None) -> str:
    """Say the reported progress; None: nothing was reported."""
    return "未填报进展" if share_pct is None else f"填报进度{_plain(share_pct)}%"


def chinese_date(day: date) -> str:
    """Write a day as documents do, without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def _plain(share: Decimal) -> str:
    rounded = share.quantize(Decimal("0.1")) if share != share.to_integral_value() else share.to_integral_value()
    return f"{rounded.normalize():f}"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
