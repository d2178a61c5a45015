"""Two days of the ledger side by side: what closed, slipped, appeared, went, reopened, slid back, moved."""

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.core.database import Session
from app.domain.comparisons import ChangeKind
from app.queries import choices
from app.queries.comparisons import ComparedRow, Comparison, compare_days
from app.services.comparisons import write_comparison_csv, write_comparison_workbook
from app.services.errors import Message, msg
from app.web.as_of import quarter_before, read_day
from app.web.deps import NowDep, SessionDep, TodayDep, View, Visitor
from app.web.forms import row_id
from app.web.render import render

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]
SHOWN = 200  # rows on the page; the files hold all
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class CompareQuery:
    """The address of a comparison, read: what means nothing is left to what holds otherwise, and `problems` say so."""

    plan: str
    unit: str
    kind: ChangeKind | None
    first_on: date
    last_on: date
    problems: tuple[Message, ...]

    @property
    def values(self) -> dict[str, str]:
        """The parameters, for links that keep the days and the filters."""
        return {"plan": self.plan, "unit": self.unit, "from": str(self.first_on), "to": str(self.last_on)}


def _asked(
    today: TodayDep,
    plan: Text = "",
    unit: Text = "",
    kind: Text = "",
    from_: Annotated[str, Query(alias="from", max_length=100)] = "",
    to: Text = "",
) -> CompareQuery:
    problems: list[Message] = []
    last_on = _day(to, today, today, problems)
    first_on = _day(from_, quarter_before(last_on), today, problems)
    chosen = ChangeKind(kind) if kind in set(ChangeKind) else None
    words = [word.replace("\x00", "").strip() for word in (plan, unit)]
    return CompareQuery(words[0], words[1], chosen, min(first_on, last_on), max(first_on, last_on), tuple(problems))


def _day(text: str, otherwise: date, today: date, problems: list[Message]) -> date:
    """Read a day up to today; another text is named among the problems."""
    text = text.replace("\x00", "").strip()
    day = read_day(text)
    if text and day is None:
        problems.append(msg("“%(text)s” is no day.", text=text))
    elif day is not None and day > today:
        problems.append(msg("%(day)s is still to come.", day=day))
    return day if day is not None and day <= today else otherwise


Asked = Annotated[CompareQuery, Depends(_asked)]


@router.get("/compare")
def show_comparison(request: Request, visitor: View, session: SessionDep, today: TodayDep, asked: Asked) -> Response:
    """Show what differs between the end of two days, with counts on top."""
    plans = choices.plans(session, visitor.scope)
    plan_id = _plan_id(plans, asked)
    found = _compared(session, visitor, asked, plan_id)
    rows = _chosen(found, asked)
    return render(
        request,
        "comparisons/page.html",
        asked=asked,
        today=today,
        found=found,
        rows=rows[:SHOWN],
        count=len(rows),
        kinds=list(ChangeKind),
        plans=plans,
        units=choices.units(session, visitor.scope, plan_id, most=choices.LIMIT, chosen=row_id(asked.unit)),
    )


@router.get("/compare/rows.csv")
def list_csv(visitor: View, session: SessionDep, asked: Asked) -> Response:
    """Send the rows as CSV."""
    stream = BytesIO()
    write_comparison_csv(_rows(session, visitor, asked), stream)
    return _file(stream, asked, "text/csv; charset=utf-8", "csv")


@router.get("/compare/rows.xlsx")
def list_xlsx(visitor: View, session: SessionDep, now: NowDep, asked: Asked) -> Response:
    """Send the rows as a workbook."""
    stream = BytesIO()
    rows = _rows(session, visitor, asked)
    write_comparison_workbook(rows, stream, first_on=asked.first_on, last_on=asked.last_on, now=now)
    return _file(stream, asked, _WORKBOOK, "xlsx")


def _rows(session: Session, visitor: Visitor, asked: CompareQuery) -> list[ComparedRow]:
    plan_id = _plan_id(choices.plans(session, visitor.scope), asked)
    return _chosen(_compared(session, visitor, asked, plan_id), asked)


def _plan_id(plans: list[choices.Choice], asked: CompareQuery) -> int | None:
    return next((item.id for item in plans if item.slug == asked.plan), None)


def _compared(session: Session, visitor: Visitor, asked: CompareQuery, plan_id: int | None) -> Comparison:
    unit_id = row_id(asked.unit)
    return compare_days(session, visitor.scope, asked.first_on, asked.last_on, plan_id=plan_id, unit_id=unit_id)


def _chosen(found: Comparison, asked: CompareQuery) -> list[Any]:
    return list(found.rows) if asked.kind is None else found.of_kind(asked.kind)


def _file(stream: BytesIO, asked: CompareQuery, media_type: str, ending: str) -> Response:
    name = f"compare-{asked.first_on}-{asked.last_on}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(stream.getvalue(), media_type=media_type, headers=headers)
