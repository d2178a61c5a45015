"""What lies ahead of a plan: which milestones will miss their date at their pace, and what is to be done next."""

from app.domain.circular_problems import ProblemKind, problems
from app.domain.circulars import MilestoneRow, lead_unit, overdue, unconfirmed_count
from app.domain.progress_reports import ProgressFacts, warned
from app.printouts.circular_annexes import Annexes, Part, as_of, unmeasured
from app.printouts.circular_requirements import due_text
from app.printouts.circular_words import ORDINALS, milestone_name, some
from app.printouts.documents import Align, Annex, Block, Cell, CellType, Column, Paragraph, Table, day_text
from app.printouts.milestone_tables import EFFECTIVE_DUE, NUMBER, ORIGINAL_DUE, PROGRESS, units_text

NEVER = "按现有进度难以完成"
WARNING_COLUMNS = (
    NUMBER,
    Column("任务", 46),
    Column("责任单位", 36, missing="未明确"),
    ORIGINAL_DUE,
    EFFECTIVE_DUE,
    PROGRESS,
    Column("预计完成", 27, Align.CENTER, CellType.DAY, missing="难以推算"),
    Column("预计晚于\n现行时限\n（天）", 20, Align.CENTER, CellType.INTEGER),
    Column("可信度", 16, Align.CENTER),
)


def warning_paragraphs(facts: ProgressFacts, annexes: Annexes) -> tuple[Block, ...]:
    """Name the milestones that will miss their date; nothing where there are none."""
    rows = warned(facts)
    if not rows:
        return ()
    trusted = sum(bool(row.warning and row.warning.trusted) for row in rows)
    sure = f"，其中填报较为连续、推算较为可靠的{trusted}项" if trusted else "，填报次数较少，推算结果仅供参考"
    names = some(map(_warned_name, rows), len(rows), annex=annexes.label(Part.WARNINGS))
    return (Paragraph(f"按已填报的进度推算，时限未到而可能不能按期完成的任务{len(rows)}项{sure}：{names}。"),)


def warning_annex(facts: ProgressFacts) -> Annex | None:
    """Build the annex of early warnings."""
    rows = tuple(_warning_cells(number, row) for number, row in enumerate(warned(facts), start=1))
    if not rows:
        return None
    title = "可能不能按期完成的任务清单"
    note = f"{as_of(facts)}　按已填报进度推算，不作为问责依据"
    return Annex(title, (Table(WARNING_COLUMNS, rows, title, "预警研判"),), landscape=True, note=note)


def _warning_cells(number: int, row: MilestoneRow) -> tuple[Cell, ...]:
    warning = row.warning
    assert warning is not None
    return (
        number,
        row.title,
        units_text(row),
        row.original_due_on,
        row.effective_due_on,
        row.progress_pct,
        warning.expected_on,
        warning.misses_by_days if warning.expected_on else None,
        "较高" if warning.trusted else "较低",
    )


def _warned_name(row: MilestoneRow) -> str:
    warning = row.warning
    assert warning is not None
    if warning.expected_on is None:
        return f"{milestone_name(row)}（{lead_unit(row)}，{NEVER}）"
    days = f"预计{day_text(warning.expected_on)}完成，晚于时限{warning.misses_by_days}天"
    return f"{milestone_name(row)}（{lead_unit(row)}，{days}）"


def next_paragraphs(facts: ProgressFacts, annexes: Annexes) -> tuple[Block, ...]:
    """Say what the office will do next, each point only where the facts give something to point to."""
    points = (_late(facts, annexes), _due(facts, annexes), _ahead(facts), _figures(facts))
    told = [point for point in points if point]
    return tuple(Paragraph(f"{ORDINALS[index]}是{point}") for index, point in enumerate(told))


def _late(facts: ProgressFacts, annexes: Annexes) -> str:
    count = len(overdue(facts))
    pointer = annexes.pointer(Part.OVERDUE)
    return f"督促办结逾期任务。对逾期未完成的{count}项任务逐项核清原因、明确时限、跟踪督办{pointer}。" if count else ""


def _due(facts: ProgressFacts, annexes: Annexes) -> str:
    told = due_text(facts, annexes)
    if not told:
        return f"抓好任务推进。{facts.next_quarter_label}无到期任务，继续督促各责任单位按序时进度推进。"
    return f"抓紧推进到期任务。{told}"


def _ahead(facts: ProgressFacts) -> str:
    count = len(warned(facts))
    return f"提前化解逾期风险。对预警研判的{count}项任务加强调度，推动责任单位加快进度。" if count else ""


def _figures(facts: ProgressFacts) -> str:
    """Ask for what the problems say is missing, and apart from it for what unconfirmed history lacks."""
    missing = sum(one.count for one in problems(facts) if one.kind is ProblemKind.UNASSESSED_TARGETS)
    unconfirmed, history = unconfirmed_count(facts), len(unmeasured(facts)) - missing
    wanted = [f"补报已到期指标的监测值{missing}项次"] if missing else []
    if unconfirmed:
        values = f"及其指标的监测值{history}项次" if history else ""
        wanted.append(f"核实台账启用前到期的任务{unconfirmed}项{values}")
    return f"补齐数据和佐证材料。督促各责任单位{'，'.join(wanted)}。" if wanted else ""
