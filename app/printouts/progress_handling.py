"""What was done about delays since a plan began: alerts, extensions, cases, rectification items."""

from app.domain.alert_words import MEASURE_NAMES
from app.domain.circular_cases import case_totals, rectification_totals
from app.domain.plan_names import short_form
from app.domain.progress_reports import ProgressFacts
from app.printouts.circular_annexes import Annexes, Part
from app.printouts.documents import Block, Heading, Paragraph, day_text


def handling_paragraphs(facts: ProgressFacts, annexes: Annexes) -> tuple[Block, ...]:
    """Tell of alerts, extensions, and of cases with what is to be put right; each says so where there are none."""
    return (
        Heading("（一）提醒督办", 2),
        Paragraph(_alerts_text(facts)),
        Heading("（二）延期办理", 2),
        Paragraph(_extensions_text(facts)),
        Heading("（三）问责整改", 2),
        Paragraph(_cases_text(facts, annexes.pointer(Part.CASES))),
    )


def _alerts_text(facts: ProgressFacts) -> str:
    raised = sum(row.raised for row in facts.alerts)
    if not raised:
        return f"截至{day_text(facts.cut_off_on)}，未发出提醒、催办和督办通知。"
    parts = "、".join(f"{MEASURE_NAMES[row.measure]}{row.raised}次" for row in facts.alerts)
    back = sum(row.withdrawn for row in facts.alerts)
    withdrawn = f"；其中撤回{back}次" if back else ""
    return f"{short_form(facts.plan_title)}实施以来共发出预警{raised}次：{parts}{withdrawn}。"


def _extensions_text(facts: ProgressFacts) -> str:
    totals = facts.extensions
    if not totals.requested:
        return f"截至{day_text(facts.cut_off_on)}，未收到延期申请。"
    told = (
        (totals.granted, "批准"),
        (totals.refused, "不予批准"),
        (totals.waiting, "待审批"),
        (totals.other, "撤回或者因任务办结不再办理"),
    )
    parts = "、".join(f"{words}{count}件" for count, words in told if count)
    return f"{short_form(facts.plan_title)}实施以来共收到延期申请{totals.requested}件，其中{parts}。"


def _cases_text(facts: ProgressFacts, pointer: str) -> str:
    cases, items = case_totals(facts.cases, facts.issued_on), rectification_totals(facts.rectifications)
    if not cases.total and not items.total:
        return f"截至{day_text(facts.cut_off_on)}，未立问责案件，无整改事项。"
    told = "未立问责案件"
    if cases.total:
        states = ((cases.closed, "已结案"), (cases.open, "在办"))
        parts = "、".join(f"{words}{count}件" for count, words in states if count)
        told = f"共立问责案件{cases.total}件，其中{parts}"
    rest = "无整改事项"
    if items.total:
        late = f"（其中超过整改时限{items.late}项）" if items.late else ""
        stands = ((items.closed, "已销号", ""), (items.done, "待验收", ""), (items.open, "整改中", late))
        parts = "、".join(f"{words}{count}项{more}" for count, words, more in stands if count)
        rest = f"下达整改事项{items.total}项，其中{parts}"
    return f"{short_form(facts.plan_title)}实施以来{told}；{rest}{pointer}。"
