"""The plan as it stood after each of its revisions: read back from the changes, page by page, and as a file."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.clock import local_day
from app.core.database import write_session
from app.core.files import project_dir
from app.domain.vocabulary import ChangeSubject, DecisionKind, RevisionCause, Standing
from app.models import PlanRevision
from app.queries import revisions as queries
from app.services import plans, standards, standings
from app.services.errors import NotFoundError
from app.services.plan_exports import plan_file, plan_yaml
from app.services.plan_files import MilestonePart
from app.services.plan_versions import VersionLine, parts_after, revision_of, version_page
from app.services.revisions import RevisionInput, revise
from tests.support.desk import NOW, Desk, desk_of, document, due, task
from tests.support.facts import SYSTEM, add_decision, noon

TODAY = local_day(NOW)


@pytest.fixture
def desk(engine: Engine) -> Iterator[Desk]:
    with desk_of(engine) as found:
        yield found


def lines(desk: Desk, number: int) -> dict[str, VersionLine]:
    """Return every line of a version's ledger by key."""
    found: dict[str, VersionLine] = {}
    after: tuple[int, int] | None = (-1, 0)
    revision = revision_of(desk.session, desk.plan_id, number)
    while after is not None:
        page = version_page(desk.session, desk.context, revision.id or 0, TODAY, after=after)
        found |= {line.part.key: line for line in page.lines}
        after = page.next_after
    return found


def amended(desk: Desk) -> None:
    """Version 2 moves a date, withdraws a duty's year and adds a task; version 3 puts the year back."""
    draft = desk.draft()
    desk.put(draft, "rotation-2026", due=due("2026-12-31"))
    desk.withdraw(draft, "rotation-2027")
    desk.put_part(draft, task())
    desk.enact(draft)
    desk.amend("rotation-2027", document(9), due=due("2027-11-30"))


def test_every_version_has_its_own_milestones_dates_and_standings(desk: Desk) -> None:
    amended(desk)
    first, second, third = (lines(desk, number) for number in (1, 2, 3))
    assert {"rotation-2027"} == first.keys() - second.keys()
    assert {"new-task"} == second.keys() - first.keys()
    assert third.keys() == second.keys() | {"rotation-2027"}
    line = first["rotation-2026"]
    assert (line.part.due.on, line.finding.standing, line.standing) == (  # type: ignore[union-attr]  # it has a date
        date(2026, 9, 30),
        Standing.OVERDUE,
        Standing.DUE_SOON,
    )
    assert line.now is not None
    assert line.now.due == due("2026-12-31")
    assert third["rotation-2026"].part == third["rotation-2026"].now
    assert first["rotation-2027"].part.due.on == date(2027, 9, 30)  # type: ignore[union-attr]  # it has a date


def test_a_milestone_withdrawn_without_a_document_stays_in_the_version_and_is_not_in_the_plan(desk: Desk) -> None:
    milestone_id = desk.id_of("rotation-2026")
    add_decision(desk.session, desk.office, milestone_id, DecisionKind.WITHDRAW, NOW)
    standings.refresh(desk.session, [milestone_id], TODAY)
    line = lines(desk, 1)["rotation-2026"]
    assert (line.now, line.standing, line.finding.standing) == (None, Standing.WITHDRAWN, Standing.OVERDUE)


def test_the_ledger_of_a_long_version_is_paged_in_document_order(desk: Desk) -> None:
    wanted = {(ChangeSubject.MILESTONE, f"t-{no:03}"): task(key=f"t-{no:03}", title=f"任务{no}") for no in range(120)}
    given = RevisionInput(RevisionCause.IMPORT, "导入")
    revise(desk.session, desk.actor, desk.context, wanted, given, now=NOW)
    assert len(lines(desk, 1)) == 6
    found = list(lines(desk, 2))
    assert len(found) == 126
    assert found[6:] == [f"t-{no:03}" for no in range(120)]


def test_the_parts_of_a_version_are_those_recorded_then(desk: Desk) -> None:
    then = desk.texts()
    amended(desk)
    desk.correct("places-2028", title="新增学位")
    assert parts_after(desk.session, desk.context, 1) == then
    assert parts_after(desk.session, desk.context, 4) == desk.texts()
    with pytest.raises(NotFoundError):
        parts_after(desk.session, desk.context, 5)
    with pytest.raises(NotFoundError):
        revision_of(desk.session, desk.plan_id + 1, 1)


def test_a_deleted_milestone_is_read_back_into_the_file_of_its_version(desk: Desk) -> None:
    desk.revise("rotation-2027", None)
    assert "rotation-2027" not in lines(desk, 1)  # deleted as a mistake of recording: it has no page
    assert (ChangeSubject.MILESTONE, "rotation-2027") in parts_after(desk.session, desk.context, 1)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_file_of_every_version_loads_to_what_it_says(engine: Engine, tmp_path: Path, number: int) -> None:
    with desk_of(engine) as desk:
        amended(desk)
        parts = parts_after(desk.session, desk.context, number)
        file = tmp_path / "plan.yaml"
        file.write_text(plan_yaml(plan_file(desk.session, desk.context.plan, parts)), encoding="utf-8")
        finding = plans.load_plan(desk.session, file, desk.actor, noon("2026-11-23"))
        assert finding.plan_id == desk.plan_id
        right = {key: part for key, part in parts.items() if key[0] is ChangeSubject.MILESTONE}
        got = {key: part for key, part in desk.texts().items() if key[0] is ChangeSubject.MILESTONE}
        assert got == right
        assert all(isinstance(part, MilestonePart) for part in got.values())


def test_the_list_counts_what_each_revision_did(desk: Desk) -> None:
    amended(desk)
    rows, more = queries.list_revisions(desk.session, desk.plan_id)
    assert not more
    assert [(row.number, row.added, row.changed, row.removed) for row in rows] == [
        (3, 1, 0, 0),
        (2, 1, 1, 1),
        (1, 6, 0, 0),
    ]
    assert [row.author for row in rows] == ["张敏", "张敏", None]
    assert [row.number for row in queries.list_revisions(desk.session, desk.plan_id, before=2)[0]] == [1]
    versions = queries.milestone_versions(desk.session, desk.plan_id, "rotation-2027")
    assert [(item.revision.number, item.before is None, item.after is None) for item in versions] == [
        (3, True, False),
        (2, False, True),
        (1, True, False),
    ]


def test_a_plan_that_is_loaded_anew_elsewhere_begins_at_version_one(engine: Engine, tmp_path: Path) -> None:
    with desk_of(engine) as desk:
        amended(desk)
        text = plan_yaml(plan_file(desk.session, desk.context.plan))
    file = tmp_path / "plan.yaml"
    file.write_text(text.replace("slug: shiyan-2025", "slug: shiyan-copy"), encoding="utf-8")
    with write_session(engine) as session:
        standards.load_standard(session, project_dir("seeds") / "standards" / "national.yaml")
        finding = plans.load_plan(session, file, SYSTEM, NOW)
        numbers = session.scalars(
            sa.select(col(PlanRevision.number)).where(col(PlanRevision.plan_id) == finding.plan_id)
        )
        assert numbers.all() == [1]
