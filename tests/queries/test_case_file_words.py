"""What the list of a case's papers calls an alert."""

from types import SimpleNamespace
from typing import Any

import pytest

from app.domain.vocabulary import Measure
from app.queries.sheet_case_files import _of_alerts
from tests.support.facts import day, noon


@pytest.mark.parametrize(
    ("milestone", "period", "name"),
    [("建成学校", None, "催办：建成学校"), (None, "2026年第一季度", "催办：2026年第一季度填报")],
)
def test_an_alert_is_named_by_its_task_or_by_the_reports_that_are_missing(
    milestone: str | None, period: str | None, name: str
) -> None:
    row = SimpleNamespace(
        measure=Measure.URGING,
        milestone=milestone,
        period=period,
        raised_at=noon("2026-04-10"),
        scanned_on=day("2026-04-10"),
    )
    alert = SimpleNamespace(row=row, steps=(), by_hand=())
    found: Any = SimpleNamespace(plan=SimpleNamespace(office="领导小组办公室"), alerts=(alert,))
    assert [paper.name for paper in _of_alerts(found, noon("2026-05-01"))] == [name]
