"""What was due before tracking began: confirm it as reached or take it up as open, in bulk or singly, and undo it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import Session
from app.core.settings import Settings
from app.domain.access import Action
from app.domain.vocabulary import DecisionKind
from app.queries import choices
from app.queries import history as queries
from app.queries.milestones import LedgerFilter
from app.services import history
from app.services.errors import InputError, Message, msg
from app.services.evidence import StoredUpload
from app.services.history import Batch
from app.web.decisions import DecidingDep
from app.web.deps import NowDep, SessionDep, SettingsDep, Visitor, allow
from app.web.errors import FormRejectedError
from app.web.forms import Form, FormDep, row_id
from app.web.render import render
from app.web.uploads import received

router = APIRouter(include_in_schema=False)
Historian = Annotated[Visitor, allow(Action.CONFIRM_HISTORY)]
Text = Annotated[str, Query(max_length=100)]
NAMES = ("plan", "place", "unit", "year")


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """The page's filter as it was typed; words that mean nothing do not narrow."""

    plan: str = ""
    place: str = ""
    unit: str = ""
    year: str = ""

    @property
    def values(self) -> dict[str, str]:
        """The parameters that are set."""
        return {name: value for name in NAMES if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True)
class _Said:
    """What a form says became of milestones; `reached_on` None: each on its own due day."""

    kind: DecisionKind
    reached_on: date | None
    note: str
    files: list[StoredUpload]

    @classmethod
    def read(cls, form: Form, settings: Settings) -> Self:
        """Read and keep what the form brings. Raises: InputError naming each field."""
        kind = form.code("kind", DecisionKind)
        if kind is not None and kind not in queries.SAID:
            form.problems["kind"] = msg("choose one of the list")
        reached_on = form.day("reached_on", required=True) if form.text("when") == "day" else None
        note = form.text("note", limit=2000)
        files = received(form, settings)
        return cls(kind or DecisionKind.CONFIRM_HISTORY, reached_on, note, files)

    def record(self, session: Session, visitor: Visitor, ids: list[int], now: datetime) -> Batch:
        """Record it of some milestones."""
        if self.kind is DecisionKind.TAKE_UP:
            return history.take_up(session, visitor.actor, ids, note=self.note, files=self.files, now=now)
        return history.confirm(
            session, visitor.actor, ids, reached_on=self.reached_on, note=self.note, files=self.files, now=now
        )


@router.get("/history")
def list_(
    request: Request,
    visitor: Historian,
    session: SessionDep,
    plan: Text = "",
    place: Text = "",
    unit: Text = "",
    year: Text = "",
) -> Response:
    """Show what waits for a word on what became of it, and what was said lately."""
    return _page(request, visitor, session, HistoryQuery(plan, place, unit, year))


@router.post("/history")
def create(
    request: Request,
    visitor: Historian,
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
    form: FormDep,
) -> Response:
    """Say what became of the ticked milestones, or of all that fit the filter; all or none."""
    asked = HistoryQuery(*(form.text(name, limit=100) for name in NAMES))
    ticked = form.ids("milestone")
    try:
        said = _Said.read(form, settings)
        ids = _all_of(session, visitor, asked, form) if form.flag("all") else ticked
        batch = said.record(session, visitor, ids, now)
    except InputError as error:
        problems, typed, boxes = error.problems, form.typed, frozenset(ticked)

        def again(fresh: Session) -> Response:
            return _page(request, visitor, fresh, asked, problems=problems, typed=typed, ticked=boxes)

        raise FormRejectedError(again) from error
    address = urlencode({**asked.values, "done": batch.count, "kind": said.kind})
    return RedirectResponse(f"/history?{address}", 303)


@router.post("/history/undo")
def undo(visitor: Historian, session: SessionDep, now: NowDep, form: FormDep) -> Response:
    """Take back a batch, all of it or nothing."""
    count = history.take_back(session, visitor.actor, form.text("batch", limit=36), now=now)
    back = form.id("back")
    address = f"/milestones/{back}?done=decision#history" if back else f"/history?done={count}&kind=take_back"
    return RedirectResponse(address, 303)


@router.post("/milestones/{milestone_id}/history")
def create_of_milestone(visitor: Historian, given: DecidingDep) -> Response:
    """Say what became of one milestone, from its own page."""
    try:
        said = _Said.read(given.form, given.settings)
        said.record(given.session, visitor, [given.milestone_id], given.now)
    except InputError as error:
        raise given.rejected(visitor, "history", error.problems) from error
    return RedirectResponse(f"/milestones/{given.milestone_id}?done=decision#history", 303)


def _all_of(session: Session, visitor: Visitor, asked: HistoryQuery, form: Form) -> list[int]:
    """Return the oldest milestones that fit the filter, as many as one batch takes. Raises: InputError.

    Whoever says a word on all of them has seen how many they are.
    """
    wanted = _wanted(asked, choices.plans(session, visitor.scope))
    found = queries.waiting(session, visitor.scope, wanted)
    if form.text("seen") != str(found.count):
        raise InputError(
            {"milestone": msg("the list has changed: %(count)s fit now, look at it again", count=found.count)}
        )
    return [row.id for row in found.rows]


def _wanted(asked: HistoryQuery, plans: list[choices.Choice]) -> LedgerFilter:
    """Return the filter; who has one plan only need not choose it."""
    chosen = next((item.id for item in plans if item.slug == asked.plan), None)
    year = row_id(asked.year)
    return LedgerFilter(
        plan_id=chosen,
        place_id=row_id(asked.place),
        unit_id=row_id(asked.unit),
        year=year if year is not None and 1990 <= year <= 2100 else None,
    )


def _page(
    request: Request,
    visitor: Visitor,
    session: Session,
    asked: HistoryQuery,
    *,
    problems: dict[str, Message] | None = None,
    typed: dict[str, str] | None = None,
    ticked: frozenset[int] = frozenset(),
) -> Response:
    plans = choices.plans(session, visitor.scope)
    wanted = _wanted(asked, plans)
    done, kind = request.query_params.get("done", ""), request.query_params.get("kind", "")
    return render(
        request,
        "history/page.html",
        status=422 if problems else 200,
        plans=plans,
        places=choices.places(session, visitor.scope, wanted.plan_id, most=choices.LIMIT, chosen=wanted.place_id),
        units=choices.units(session, visitor.scope, wanted.plan_id, most=choices.LIMIT, chosen=wanted.unit_id),
        years=choices.years(session, visitor.scope, wanted.plan_id),
        asked=asked,
        waiting=queries.waiting(session, visitor.scope, wanted),
        most=queries.MOST,
        batches=queries.batches(session, visitor.scope),
        problems=problems or {},
        typed=typed or {},
        ticked=ticked,
        done=int(done) if done.isascii() and done.isdigit() and len(done) < 6 else 0,
        said=DecisionKind(kind) if kind in set(DecisionKind) else None,
    )
