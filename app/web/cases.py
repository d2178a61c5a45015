"""Accountability cases: the board by stage, one stage's list, their export, the replies owed, and the dossier."""

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from app.core.database import Session
from app.domain.access import Action
from app.domain.case_tasks import CaseParty
from app.domain.cases import CaseStage
from app.queries import case_replies, choices
from app.queries import cases as reads
from app.queries.case_scope import CaseFilter
from app.services.case_exports import write_cases
from app.web.case_pages import dossier
from app.web.deps import NowDep, RowId, SessionDep, TodayDep, Visitor, allow
from app.web.downloads import CSV, WORKBOOK, attachment
from app.web.forms import row_id
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Query(max_length=100)]
Reader = Annotated[Visitor, allow(Action.VIEW_CASES)]
ON_BOARD = 10  # cases of a stage on the board


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """The board's address as it was typed; words that mean nothing do not narrow."""

    plan: str
    stage: str
    unit: str
    party: str
    late: str

    @property
    def values(self) -> dict[str, str]:
        """The parameters that are set, for links that keep the filters."""
        names = ("plan", "stage", "unit", "party", "late")
        return {name: value for name in names if (value := getattr(self, name))}

    @property
    def chosen(self) -> CaseStage | None:
        """The stage whose list is asked for; None: the board of all, or what is late or waits for somebody."""
        return CaseStage(self.stage) if self.stage in set(CaseStage) else None

    @property
    def as_list(self) -> bool:
        """Tell whether a list is asked for, not the board."""
        return self.chosen is not None or self.party in set(CaseParty) or self.late in ("task", "reply")

    def filter(self, plans: list[choices.Choice], today: date) -> CaseFilter:
        """Return what it asks for."""
        return CaseFilter(
            plan_id=next((item.id for item in plans if item.slug == self.plan), None),
            organization_id=row_id(self.unit),
            stage=self.chosen,
            party=CaseParty(self.party) if self.party in set(CaseParty) else None,
            task_late_on=today if self.late == "task" else None,
            reply_late_on=today if self.late == "reply" else None,
        )


async def _asked(plan: Text = "", stage: Text = "", unit: Text = "", party: Text = "", late: Text = "") -> CaseQuery:
    return CaseQuery(plan, stage, unit, party, late)


Asked = Annotated[CaseQuery, Depends(_asked)]


@router.get("/cases")
def list_board(
    request: Request, visitor: Reader, session: SessionDep, today: TodayDep, asked: Asked, at: Text = ""
) -> Response:
    """Show the cases in scope: the board of all stages, or the list of what is asked for; htmx gets that part alone."""
    plans = choices.plans(session, visitor.scope)
    wanted = asked.filter(plans, today)
    context: dict[str, Any] = {"asked": asked, "key_text": _key_text, "today": today}
    if asked.as_list:
        context["page"] = reads.list_cases(session, visitor.scope, wanted, _key(at), today=today)
    else:
        context["columns"] = reads.board(session, visitor.scope, wanted, today=today, limit=ON_BOARD)
    if wants_part(request):
        return render(request, "cases/_board.html", **context)
    return render(
        request,
        "cases/page.html",
        plans=plans,
        units=reads.held_units(session, visitor.scope, wanted.plan_id),
        stages=list(CaseStage),
        counts=reads.counts(session, visitor.scope, wanted.plan_id, today=today),
        **context,
    )


@router.get("/cases/rows.csv")
def list_csv(visitor: Reader, session: SessionDep, now: NowDep, today: TodayDep, asked: Asked) -> Response:
    """Send the cases asked for as CSV."""
    return _export(visitor, session, today, asked, now, workbook=False)


@router.get("/cases/rows.xlsx")
def list_xlsx(visitor: Reader, session: SessionDep, now: NowDep, today: TodayDep, asked: Asked) -> Response:
    """Send the cases asked for as a workbook."""
    return _export(visitor, session, today, asked, now, workbook=True)


def _export(visitor: Visitor, session: Session, today: date, asked: CaseQuery, now: Any, *, workbook: bool) -> Response:
    wanted = asked.filter(choices.plans(session, visitor.scope), today)
    stream = BytesIO()
    write_cases(reads.all_cases(session, visitor.scope, wanted, today=today), stream, workbook=workbook, now=now)
    return attachment(stream, f"cases-{today}", WORKBOOK if workbook else CSV)


@router.get("/case-replies")
def list_replies(
    request: Request,
    visitor: Reader,
    session: SessionDep,
    today: TodayDep,
    plan: Text = "",
    state: Text = "",
    page: Text = "",
) -> Response:
    """Show the replies that are owed or not yet taken, the longest overdue first."""
    plans = choices.plans(session, visitor.scope)
    chosen = next((item for item in plans if item.slug == plan), None)
    wanted = case_replies.Wanted(state) if state in set(case_replies.Wanted) else case_replies.Wanted.OPEN
    return render(
        request,
        "cases/replies.html",
        found=case_replies.list_replies(
            session, visitor.scope, wanted, chosen.id if chosen else None, today=today, number=row_id(page) or 1
        ),
        asked={"plan": chosen.slug if chosen else "", "state": "" if wanted is case_replies.Wanted.OPEN else wanted},
        plans=plans,
    )


@router.get("/cases/{case_id}")
def show(request: Request, visitor: Reader, session: SessionDep, today: TodayDep, case_id: RowId) -> Response:
    """Show one case whole, with the steps that this person may take now."""
    return dossier(request, visitor, session, today, case_id)


def _key(text: str) -> reads.CaseKey | None:
    """Read `2026-11-22.7`; anything else starts at the beginning."""
    day, _, case_id = text.partition(".")
    number = row_id(case_id)
    try:
        return reads.CaseKey(date.fromisoformat(day), number) if number else None
    except ValueError:
        return None


def _key_text(key: reads.CaseKey) -> str:
    return f"{key.opened_on}.{key.case_id}"
