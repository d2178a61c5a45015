"""The words of the quarterly circular: labels, names of items, lists cut to a sensible length."""

from collections.abc import Iterable
from decimal import Decimal

from app.domain.circulars import LedgerFacts, MilestoneRow, TargetRow, has_counties, lead_unit
from app.domain.vocabulary import Comparator
from app.printouts.documents import day_text, number_text

BODY_LIST_LIMIT = 5
TITLE_LIMIT = 28  # characters of a milestone's title inside a sentence
COMPARATOR_SIGNS = {
    Comparator.AT_LEAST: "≥",
    Comparator.MORE_THAN: ">",
    Comparator.AT_MOST: "≤",
    Comparator.LESS_THAN: "<",
    Comparator.EQUAL: "",
}
ORDINALS = "一二三四五六七八九十"


def percent(value: Decimal | None) -> str:
    """Write a share; None prints 未评估."""
    return "未评估" if value is None else f"{number_text(value)}%"


def group_noun(facts: LedgerFacts) -> str:
    """Return what progress is told by: 地区, or 单位 where the plan sets no milestones by county."""
    return "地区" if has_counties(facts) else "单位"


def some(names: Iterable[str], count: int, measure: str = "", annex: str = "") -> str:
    """List the first few of `count` names, and when not all are named point to the annex: A、B等12项（详见附件2）.

    Without a `measure` the count is not repeated: A、B等（详见附件2）.
    """
    shown = list(names)[:BODY_LIST_LIMIT]
    if count <= len(shown):
        return "、".join(shown)
    pointer = f"（详见{annex}）" if annex else ""
    return f"{'、'.join(shown)}等{f'{count}{measure}' if measure else ''}{pointer}"


def distinct(names: Iterable[str]) -> list[str]:
    """Return the names once each, in the order met."""
    return list(dict.fromkeys(names))


def milestone_name(row: MilestoneRow) -> str:
    """Name a milestone inside a sentence: its county, unless the title says it, and the title, cut when long."""
    title = row.title if len(row.title) <= TITLE_LIMIT else row.title[: TITLE_LIMIT - 1] + "…"
    place = row.group or ""
    return quoted(title) if not place or place in row.title else f"{place}{quoted(title)}"


def quoted(text: str) -> str:
    """Put a text in quotation marks; those inside it become single ones."""
    return f"“{text.translate({ord('“'): '‘', ord('”'): '’'})}”"


def late_name(row: MilestoneRow) -> str:
    """Name an overdue milestone with its lead unit and days late, by the original date too where that is another."""
    original = f"，按原定时限逾期{row.days_late_original}天" if row.days_late_original != row.days_late else ""
    return f"{milestone_name(row)}（{lead_unit(row)}，逾期{row.days_late}天{original}）"


def due_name(row: MilestoneRow) -> str:
    """Name a milestone that falls due with its lead unit and its date in force."""
    return f"{milestone_name(row)}（{lead_unit(row)}，{day_text(row.effective_due_on)}）"


def target_name(row: TargetRow) -> str:
    """Name a target with its place and school stage."""
    return f"{row.place or ''}{row.stage_label or ''}{quoted(row.indicator_name)}"


def target_text(row: TargetRow) -> str:
    """Write a target's condition: ≥96%, 是."""
    return row_value(row.target, row, COMPARATOR_SIGNS[row.comparator])


def measured_text(row: TargetRow) -> str | None:
    """Write a target's measured value; None when there is none."""
    return None if row.measured is None else row_value(row.measured, row, "")


def row_value(value: Decimal, row: TargetRow, sign: str) -> str:
    """Write one value of a target in its unit; yes-or-no targets print 是 or 否."""
    if row.is_boolean:
        return "是" if value else "否"
    return f"{sign}{number_text(value)}{row.unit}"


def change_text(change: int, measure: str = "项") -> str:
    """Say a change on the previous quarter: 增加3项, 减少2项, 持平."""
    if change == 0:
        return "持平"
    return f"{'增加' if change > 0 else '减少'}{abs(change)}{measure}"
