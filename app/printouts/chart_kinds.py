"""The charts that pages and documents share: completion by quarter, standing, an indicator's trajectory, money."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from app.domain.charts import MoneyDay, QuarterEnd, Trajectory, target_steps
from app.domain.circular_quarters import QuarterCompletion
from app.domain.circulars import GroupProgress
from app.domain.money import FEN_PER_WAN
from app.domain.quarters import Quarter
from app.domain.vocabulary import Comparator
from app.printouts.documents import Chart, ChartKind, Figure, Series, day_text

_ITEMS = "项"
_TARGETS = {
    Comparator.AT_LEAST: "目标（不低于）",
    Comparator.MORE_THAN: "目标（高于）",
    Comparator.AT_MOST: "目标（不高于）",
    Comparator.LESS_THAN: "目标（低于）",
    Comparator.EQUAL: "目标",
}


def completion_chart(
    ends: Sequence[QuarterEnd], caption: str = "各季度末任务完成情况", sheet: str = "各季度末完成情况"
) -> Chart:
    """Compose how many milestones were due, closed, and closed in time at each quarter's end, all told."""
    series = (
        Series("累计到期", tuple(one.due for one in ends), guide=True),
        Series("累计销号", tuple(one.closed for one in ends)),
        Series("到期且按期完成", tuple(one.in_time for one in ends)),
    )
    return Chart(ChartKind.LINES, caption, "季度末", _ITEMS, _quarters([one.quarter for one in ends]), series, sheet)


def due_chart(
    quarters: Sequence[QuarterCompletion], caption: str = "各季度到期任务完成情况", sheet: str = "各季度到期任务"
) -> Chart:
    """Compose what became of the milestones due in each quarter."""
    series = (
        Series("按期完成", tuple(one.in_time for one in quarters)),
        Series("逾期后完成", tuple(one.late for one in quarters)),
        Series("尚在办理", tuple(one.open for one in quarters)),
        Series("逾期未完成", tuple(one.overdue for one in quarters)),
    )
    places = _quarters([one.quarter for one in quarters])
    return Chart(ChartKind.STACKED, caption, "到期季度", _ITEMS, places, series, sheet)


def standing_chart(groups: Sequence[GroupProgress], noun: str, caption: str = "", sheet: str = "任务状态分布") -> Chart:
    """Compose the standing of milestones by county or lead unit (`noun`: 地区, 单位); seldom standings only if any."""
    always = (
        Series("已销号", tuple(one.closed for one in groups)),
        Series("未到期", tuple(one.running for one in groups)),
        Series("滞后", tuple(one.behind for one in groups)),
        Series("逾期", tuple(one.overdue for one in groups)),
    )
    seldom = (
        Series("待核验", tuple(one.awaiting for one in groups)),
        Series("滑坡", tuple(one.regressed for one in groups)),
        Series("待核实", tuple(one.unconfirmed for one in groups)),
        Series("已调整", tuple(one.withdrawn for one in groups)),
    )
    series = (*always, *(one for one in seldom if any(one.values)))
    places = tuple(one.name for one in groups)
    return Chart(ChartKind.STACKED, caption or f"各{noun}任务状态", noun, _ITEMS, places, series, sheet)


def trajectory_chart(facts: Trajectory, caption: str = "", sheet: str = "指标走势") -> Chart:
    """Compose what was measured of an indicator, held against the targets that fall due."""
    days = facts.days
    measured = dict(facts.measured)
    series = (
        *(Series(_TARGETS[kind], values, guide=True) for kind, values in target_steps(facts.targets, days)),
        Series("监测值", tuple(measured.get(day) for day in days)),
    )
    words = caption or f"{facts.place}{facts.name}{f'（{facts.stage}）' if facts.stage else ''}"
    return Chart(ChartKind.LINES, words, "日期", facts.unit, days, series, sheet)


def money_chart(days: Sequence[MoneyDay], caption: str = "资金计划与支付", sheet: str = "资金计划与支付") -> Chart:
    """Compose planned money by year and payments by quarter, both all told, in 万元."""
    series = (
        Series("累计计划", tuple(_wan(one.planned_fen) for one in days), guide=True),
        Series("累计支付", tuple(_wan(one.paid_fen) for one in days)),
    )
    return Chart(ChartKind.LINES, caption, "截至日期", "万元", tuple(one.on for one in days), series, sheet)


def as_of(caption: str, on: date) -> str:
    """Add to a caption the day at which its figures were cut off."""
    return f"{caption}（截至{day_text(on)}）"


def _quarters(quarters: Sequence[Quarter]) -> tuple[str, ...]:
    return tuple(one.label for one in quarters)


def _wan(fen: int | None) -> Figure:
    return None if fen is None else Decimal(fen) / FEN_PER_WAN
