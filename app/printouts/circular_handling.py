"""Accountability and rectification in a sentence: what was opened, what was closed, what is late."""

from app.domain.circular_cases import case_totals, rectification_totals
from app.domain.circulars import CircularFacts
from app.printouts.documents import day_text


def handling_text(facts: CircularFacts, pointer: str) -> str:
    """Tell of the cases and rectification items of the quarter; `pointer` to the annex that lists them."""
    cases = case_totals(facts.cases, facts.quarter_first_on)
    items = rectification_totals(facts.rectifications)
    if not cases.total and not items.total:
        return f"{facts.quarter_label}无在办问责案件和整改事项。"
    told = [_cases(cases.total, cases.opened, cases.closed)] if cases.total else ["无问责案件"]
    told.append(_items(items.total, items.closed, items.done, items.late) if items.total else "无整改事项")
    left = _left(cases.open, items.open + items.done)
    return f"{facts.quarter_label}，{'；'.join(told)}{pointer}。截至{day_text(facts.cut_off_on)}，{left}。"


def _cases(total: int, opened: int, closed: int) -> str:
    parts = [f"新立案{opened}件"] if opened else []
    parts += [f"结案{closed}件"] if closed else []
    return f"在办问责案件{total}件" + (f"，其中{'、'.join(parts)}" if parts else "")


def _items(total: int, closed: int, done: int, late: int) -> str:
    parts = [f"已销号{closed}项"] if closed else []
    parts += [f"待验收{done}项"] if done else []
    parts += [f"超过整改时限{late}项"] if late else []
    return f"整改事项{total}项" + (f"，其中{'、'.join(parts)}" if parts else "")


def _left(cases: int, items: int) -> str:
    told = [f"问责案件{cases}件" if cases else "", f"整改事项{items}项" if items else ""]
    waiting = "、".join(part for part in told if part)
    return f"尚未办结的有{waiting}" if waiting else "均已办结"
