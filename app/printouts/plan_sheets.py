"""Sheets of a whole plan: the milestone ledger, the overdue list, the table of projects and investment."""

from collections.abc import Mapping

from app.domain.circular_projects import ProjectRow, project_totals
from app.domain.circulars import STANDING_ORDER, LedgerFacts, overdue
from app.domain.official_words import STANDINGS
from app.domain.plan_names import short_form, title_of
from app.printouts.documents import Document, Form, Paragraph, Table, day_text, number_text
from app.printouts.milestone_tables import Wording, ledger_table, overdue_table
from app.printouts.project_tables import money_table, phase_table, project_table
from app.printouts.title_lines import TITLE_LINE_ACROSS, break_title


def compose_ledger(facts: LedgerFacts) -> Document:
    """Compose the milestone ledger (任务台账): every milestone in the order of the plan's document."""
    words = Wording("任务明细", "任务台账", f"{short_form(facts.plan_title)}任务尚未列入台账")
    return _sheet(facts, "任务台账", (ledger_table(facts, facts.milestones, words),), _counts(facts))


def compose_overdue(facts: LedgerFacts, handled: Mapping[int, str]) -> Document:
    """Compose the overdue list (逾期任务清单), the longest overdue first; `handled` says what was done about each."""
    rows = overdue(facts)
    words = Wording("逾期任务明细", "逾期任务清单", "无逾期任务")
    longest = f"，最长逾期{rows[0].days_late}天" if rows else ""
    told = f"逾期未完成任务{len(rows)}项{longest}" if rows else "无逾期未完成任务"
    return _sheet(facts, "逾期任务清单", (overdue_table(facts, rows, words, handled),), told)


def compose_projects(facts: LedgerFacts, projects: tuple[ProjectRow, ...]) -> Document:
    """Compose the table of projects and investment (工程项目和投资情况表): projects, money by year, phases."""
    tables = (
        project_table(projects, "工程项目进展和投资情况", "项目投资"),
        money_table(projects, "资金安排和支付情况（万元）", "资金安排和支付"),
        phase_table(projects, "分期建设情况", "分期建设"),
    )
    return _sheet(facts, "工程项目和投资情况表", tuple(table for table in tables if table), _money(projects))


def _sheet(facts: LedgerFacts, name: str, tables: tuple[Table, ...], told: str) -> Document:
    day = day_text(facts.cut_off_on)
    return Document(
        red_mark="",
        number_line="",
        title_lines=break_title((title_of(facts.plan_title), name), TITLE_LINE_ACROSS),
        addressee="",
        blocks=(Paragraph(f"截至{day}，{told}。"), *tables),
        annexes=(),
        signature="",
        signed_on=None,
        distribution=None,
        data_as_of=facts.cut_off_at,
        form=Form.SHEET,
        landscape=True,
        note=f"填表单位：{facts.issuer_office}　数据截至{day}",
        outlined_as=name,
    )


def _counts(facts: LedgerFacts) -> str:
    """Count the milestones by standing beside the ledger that holds them."""
    standings = [row.standing for row in facts.milestones]
    if not standings:
        return f"{short_form(facts.plan_title)}任务尚未列入台账"
    parts = (f"{STANDINGS[one]}{standings.count(one)}项" for one in STANDING_ORDER if one in standings)
    return f"列入台账的任务共{len(standings)}项：{'、'.join(parts)}"


def _money(projects: tuple[ProjectRow, ...]) -> str:
    totals = project_totals(projects)
    if not totals.count:
        return "未列工程项目"
    whole = "未明确" if totals.investment_wan is None else f"{number_text(totals.investment_wan)}万元"
    paid = "未填报" if totals.paid_wan is None else f"{number_text(totals.paid_wan)}万元"
    return f"工程项目{totals.count}个，总投资{whole}，累计支付{paid}"
