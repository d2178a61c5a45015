"""What a scan raises (DOMAIN.md section 4): the rung that is due, whom it addresses and the sentence that says why."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.domain.deadlines import days_late
from app.domain.ladder import QUIET, Fired, Firing, Rung, next_firing
from app.domain.standing import StandingFinding
from app.domain.vocabulary import Measure, RungTrigger, Standing

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
# Measures that ask everybody involved to act; sterner ones address those who answer for the matter.
_FOR_SUPPORTING = frozenset({Measure.REMINDER, Measure.URGING})


@dataclass(frozen=True, slots=True)
class Involved:
    """The units of a milestone in order, and the office of its plan."""

    responsible: tuple[int, ...]
    supporting: tuple[int, ...]
    office: int


def coming(finding: StandingFinding, rungs: tuple[Rung, ...], last: Fired | None, on: date) -> Firing | None:
    """Return the next firing of a milestone as judged on `on`; None: its standing is quiet, or its ladder done.

    `last` is what fired for the same due date, or after a regression for the same occasion.
    """
    if finding.standing is Standing.REGRESSED:
        return next_firing(_of(rungs, RungTrigger.REGRESSION), finding.since, last, on)
    if finding.standing in QUIET:
        return None
    return next_firing(_of(rungs, RungTrigger.DUE), finding.effective_due_on, last, on)


def occasion(finding: StandingFinding) -> int:
    """Return which regression a firing would answer; 0: none, it is about the due date."""
    return finding.occasion if finding.standing is Standing.REGRESSED else 0


def _of(rungs: tuple[Rung, ...], trigger: RungTrigger) -> tuple[Rung, ...]:
    return tuple(rung for rung in rungs if rung.trigger is trigger)


def recipients(measure: Measure, involved: Involved) -> tuple[int, ...]:
    """Return the units a measure is addressed to, no unit twice; the office where no unit is responsible."""
    units = involved.responsible or (involved.office,)
    if measure in _FOR_SUPPORTING:
        units += involved.supporting
    return tuple(dict.fromkeys(units))


def reason(finding: StandingFinding, firing: Firing, due_phrase: str, original_due_on: date, on: date) -> str:
    """Say in Chinese why a rung fired, with every value that was used."""
    due = f"时限“{due_phrase}”，现行时限{chinese_date(finding.effective_due_on)}"
    if finding.due_version > 1:
        due += f"（第{finding.due_version}版，原定{chinese_date(original_due_on)}）"
    rung = firing.rung
    basis = f"依据方案{rung.clause}" if rung.clause else "依据办公室设定"
    rule = f"达到{_rung_day(rung.offset_days)}{MEASURE_NAMES[rung.measure]}的条件"
    if rung.trigger is RungTrigger.REGRESSION:
        rule = f"达到滑坡{f'第{rung.offset_days}天' if rung.offset_days else '当日'}{MEASURE_NAMES[rung.measure]}的条件"
        slid = f"已销号，{chinese_date(finding.since)}认定滑坡（第{finding.occasion}次）"
        return f"{due}；截至{chinese_date(on)}{slid}；{rule}，{basis}。"
    late = lateness(finding.effective_due_on, on) + late_originally(finding, original_due_on, on)
    state = f"截至{chinese_date(on)}{late}，{progress(finding.progress_pct)}"
    return f"{due}；{state}；{rule}，{basis}。"


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
    return "未填报进展" if share_pct is None else f"填报进度{share_pct.normalize():f}%"


def chinese_date(day: date) -> str:
    """Write a day as documents do, without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def _rung_day(offset_days: int) -> str:
    if offset_days > 0:
        return f"逾期第{offset_days}天"
    return f"到期前{-offset_days}天" if offset_days else "到期日"
