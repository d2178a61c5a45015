"""The value measured last for a target: that of the latest report which was not returned, on both engines."""

from decimal import Decimal

from sqlalchemy import Engine

from app.core.clock import day_end
from app.core.database import write_session
from app.domain.vocabulary import DecisionKind
from app.queries import export_registers
from app.queries.export_rows import Selection
from app.queries.measurements import latest_values
from tests.support.facts import add_decision, add_milestone, add_report, add_target, day, noon, office

FIRST, SECOND, RETURNED = day("2026-03-01"), day("2026-04-01"), day("2026-04-10")


def test_a_returned_report_says_nothing_of_a_target_from_the_day_it_was_returned(engine: Engine):
    with write_session(engine) as session:
        of = office(session)
        milestone_id = add_milestone(session, of, "2026-01-01", "2026-12-31")
        target_id = add_target(session, of, milestone_id, "96")
        add_report(session, of, milestone_id, noon(FIRST), values={target_id: "90"})
        report_id = add_report(
            session, of, milestone_id, noon(SECOND), values={target_id: "99"}, claims_completion=True
        )
        add_decision(session, of, milestone_id, DecisionKind.RETURN, noon(RETURNED), report_id=report_id)

        assert latest_values(session, [milestone_id]) == {target_id: (Decimal(90), FIRST)}
        assert latest_values(session, [milestone_id], day_end(SECOND)) == {target_id: (Decimal(99), SECOND)}
        assert latest_values(session, [milestone_id], noon(FIRST)) == {}
        for on, value in ((RETURNED, 90), (SECOND, 99)):
            (indicator,) = export_registers.indicators(session, Selection(of.plan_id), on)
            assert [item.value for item in indicator.measured] == [Decimal(value)]
