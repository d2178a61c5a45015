"""The ledger on both engines: filters, order, paging without gaps or repeats, scope, a bound on its statements."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.database import read_session, write_session
from app.domain.access import Scope
from app.domain.vocabulary import DecisionKind, MilestoneKind, Standing, UnitRole
from app.models import Milestone, MilestoneUnit
from app.queries import choices, milestones
from app.queries.milestones import PAGE, LedgerFilter, LedgerRow, Sort, list_milestones
from app.services import standings
from tests.support.facts import Office, add_decision, add_milestone, add_report, counted, day, noon, office

TODAY = day("2026-11-22")
ALL = Scope(None, None)
MOST_STATEMENTS = 4


@dataclass(frozen=True, slots=True)
class Ledger:
    """Two plans: one of 120 milestones in 2026 and 2027, three to a day, one of a single milestone."""

    engine: Engine
    first: Office
    other: Office
    ids: tuple[int, ...]
    other_id: int


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    """A ledger over more than two pages with a projection for TODAY."""
    with write_session(engine) as session:
        first, other = office(session), office(session)
        ids = tuple(
            add_milestone(session, first, "2026-01-01", day("2026-06-01") + timedelta(days=9 * (number // 3)))
            for number in range(120)
        )
        other_id = add_milestone(session, other, "2026-01-01", "2026-12-31")
        for key in ids[::10]:
            bound = MilestoneUnit(
                milestone_id=key,
                role=UnitRole.RESPONSIBLE,
                organization_id=first.organization_id,
                named_as="教育局",
                position=0,
            )
            session.add(bound)
        session.execute(
            sa.update(Milestone)
            .where(col(Milestone.id).in_(ids[:7]))
            .values(title="新建宿舍100%达标", kind=MilestoneKind.QUANTITY, clause="五(二)")
        )
        add_report(session, first, ids[0], noon("2026-05-01"))
        add_decision(session, first, ids[0], DecisionKind.CLOSE_OUT, noon("2026-05-02"), reached_on=day("2026-05-01"))
        standings.rebuild(session, TODAY)
    return Ledger(engine, first, other, ids, other_id)


def walked(session: Session, scope: Scope, wanted: LedgerFilter, sort: Sort) -> list[list[LedgerRow]]:
    """Return all pages from the first to the last."""
    pages = [list_milestones(session, scope, wanted, sort=sort)]
    while pages[-1].next is not None:
        pages.append(list_milestones(session, scope, wanted, sort=sort, cursor=pages[-1].next))
    return [list(page.rows) for page in pages]


def found(ledger: Ledger, wanted: LedgerFilter, scope: Scope = ALL) -> set[int]:
    with read_session(ledger.engine) as session:
        return {row.id for page in walked(session, scope, wanted, "due") for row in page}


@pytest.mark.parametrize("sort", ["due", "-due"])
def test_paging_forwards_shows_every_row_once_in_order(ledger: Ledger, sort: Sort):
    with read_session(ledger.engine) as session:
        pages = walked(session, ALL, LedgerFilter(), sort)
    rows = [(row.effective_due_on, row.id) for page in pages for row in page]
    assert [len(page) for page in pages] == [PAGE, PAGE, 21]
    assert rows == sorted(set(rows), reverse=sort == "-due")


@pytest.mark.parametrize("sort", ["due", "-due"])
def test_paging_backwards_shows_the_same_pages_again(ledger: Ledger, sort: Sort):
    with read_session(ledger.engine) as session:
        forwards = walked(session, ALL, LedgerFilter(), sort)
        first = list_milestones(session, ALL, LedgerFilter(), sort=sort)
        second = list_milestones(session, ALL, LedgerFilter(), sort=sort, cursor=first.next)
        third = list_milestones(session, ALL, LedgerFilter(), sort=sort, cursor=second.next)
        assert third.next is None
        back = list_milestones(session, ALL, LedgerFilter(), sort=sort, cursor=third.previous)
        start = list_milestones(session, ALL, LedgerFilter(), sort=sort, cursor=back.previous)
    assert list(back.rows) == forwards[1]
    assert list(start.rows) == forwards[0]
    assert first.previous is None
    assert start.previous is None
    assert start.next is not None


def test_each_filter_narrows_to_its_own(ledger: Ledger):
    first, ids = ledger.first, ledger.ids
    assert found(ledger, LedgerFilter(plan_id=first.plan_id)) == set(ids)
    assert found(ledger, LedgerFilter(place_id=ledger.other.place_id)) == {ledger.other_id}
    assert found(ledger, LedgerFilter(unit_id=first.organization_id)) == set(ids[::10])
    assert found(ledger, LedgerFilter(kind=MilestoneKind.QUANTITY)) == set(ids[:7])
    assert found(ledger, LedgerFilter(standing=Standing.CLOSED)) == {ids[0]}
    late = {key for number, key in enumerate(ids) if day("2026-06-01") + timedelta(days=9 * (number // 3)) < TODAY}
    assert found(ledger, LedgerFilter(standing=Standing.OVERDUE)) == late - {ids[0]}
    with_2027 = {
        key for number, key in enumerate(ids) if (day("2026-06-01") + timedelta(9 * (number // 3))).year == 2027
    }
    assert found(ledger, LedgerFilter(year=2027)) == with_2027


def test_filters_together_narrow_to_what_fits_all(ledger: Ledger):
    wanted = LedgerFilter(plan_id=ledger.first.plan_id, kind=MilestoneKind.QUANTITY, standing=Standing.OVERDUE)
    assert found(ledger, wanted) == set(ledger.ids[1:7])
    assert found(ledger, replace(wanted, year=2027)) == set()


@pytest.mark.parametrize(
    ("text", "hits"), [("宿舍", 7), ("100%", 7), ("五(二)", 7), ("1_0", 0), ("(二)", 0), ("天文台", 0)]
)
def test_text_is_found_in_titles_and_at_the_start_of_clauses_and_signs_are_taken_literally(
    ledger: Ledger, text: str, hits: int
):
    assert len(found(ledger, LedgerFilter(text=text))) == hits


def test_scope_hides_other_plans_and_other_units_milestones(ledger: Ledger):
    first = ledger.first
    assert found(ledger, LedgerFilter(), Scope(ledger.other.plan_id, None)) == {ledger.other_id}
    assert found(ledger, LedgerFilter(plan_id=first.plan_id), Scope(ledger.other.plan_id, None)) == set()
    assert found(ledger, LedgerFilter(), Scope(first.plan_id, first.organization_id)) == set(ledger.ids[::10])
    assert found(ledger, LedgerFilter(), Scope(first.plan_id, ledger.other.organization_id)) == set()


def test_the_count_stops_at_its_limit(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    with read_session(ledger.engine) as session:
        exact = list_milestones(session, ALL, LedgerFilter())
        assert (exact.count, exact.count_is_capped) == (121, False)
        monkeypatch.setattr(milestones, "COUNT_LIMIT", 60)
        capped = list_milestones(session, ALL, LedgerFilter())
        few = list_milestones(session, ALL, LedgerFilter(kind=MilestoneKind.QUANTITY))
    assert (capped.count, capped.count_is_capped) == (61, True)
    assert (few.count, few.count_is_capped) == (7, False)


@pytest.mark.parametrize(
    "wanted", [LedgerFilter(), LedgerFilter(text="宿舍"), LedgerFilter(standing=Standing.OVERDUE, year=2026)]
)
def test_a_page_takes_the_same_few_statements_however_many_rows_it_has(ledger: Ledger, wanted: LedgerFilter):
    with read_session(ledger.engine) as session, counted(ledger.engine) as statements:
        list_milestones(session, ALL, wanted)
    assert len([text for text in statements if not text.startswith("BEGIN")]) <= MOST_STATEMENTS


def test_choices_of_a_plan_are_the_places_and_units_that_its_milestones_name(ledger: Ledger):
    first = ledger.first
    with read_session(ledger.engine) as session:
        assert [item.id for item in choices.places(session, ALL, first.plan_id)] == [first.place_id]
        assert [item.id for item in choices.units(session, ALL, first.plan_id)] == [first.organization_id]
        assert choices.units(session, ALL, ledger.other.plan_id) == []
        assert choices.years(session, ALL, first.plan_id) == [2026, 2027]
        assert {item.id for item in choices.places(session, ALL, None)} == {first.place_id, ledger.other.place_id}


def test_over_all_plans_a_list_longer_than_asked_for_holds_the_chosen_one_only(ledger: Ledger):
    place, unit = ledger.first.place_id, ledger.first.organization_id
    with read_session(ledger.engine) as session:
        assert choices.places(session, ALL, None, most=1) == []
        assert [item.id for item in choices.places(session, ALL, None, most=1, chosen=place)] == [place]
        assert [item.id for item in choices.units(session, ALL, None, most=1, chosen=unit)] == [unit]
        assert [item.id for item in choices.units(session, ALL, ledger.first.plan_id, most=0)] == [unit]
        assert len(choices.places(session, ALL, None)) == 2
