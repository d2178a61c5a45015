"""The two charts of a circular or report: completion by quarter, and standing by county or unit."""

from app.domain.circular_quarters import completion_by_quarter
from app.domain.circulars import GroupProgress, LedgerFacts
from app.printouts.chart_kinds import due_chart, standing_chart
from app.printouts.circular_words import group_noun
from app.printouts.documents import Chart

FEWEST = 3  # quarters or groups that make a picture


def quarter_chart(facts: LedgerFacts, caption: str, *, back: int, ahead: int) -> Chart | None:
    """Draw what fell or falls due in each quarter and what became of it; None: too few quarters for a picture."""
    quarters = completion_by_quarter(facts, back=back, ahead=ahead)
    return due_chart(quarters, caption, "分季度完成情况") if len(quarters) >= FEWEST else None


def group_chart(facts: LedgerFacts, groups: tuple[GroupProgress, ...], caption: str) -> Chart | None:
    """Draw where the milestones of each county or unit stand; None: too few of them for a picture."""
    if len(groups) < FEWEST:
        return None
    noun = group_noun(facts)
    return standing_chart(groups, noun, caption, f"各{noun}任务状态")
