"""The rules of alerts: whom a measure addresses, when nothing comes, and the sentence that says why."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.alerts import MEASURE_NAMES, Involved, coming, lateness, progress, reason, recipients
from app.domain.ladder import QUIET, Fired, Firing, Rung
from app.domain.standing import StandingFinding
from app.domain.vocabulary import Measure, Standing

DUE = date(2026, 11, 20)
RUNGS = (
    Rung(1, -30, Measure.REMINDER, None),
    Rung(2, 1, Measure.URGING, None),
    Rung(3, 15, Measure.CIRCULAR, "五(四)"),
)


def finding(standing: Standing = Standing.OVERDUE, *, version: int = 1, progress_pct: Decimal | None = None):
    return StandingFinding(standing, DUE, DUE, version, progress_pct=progress_pct)


@pytest.mark.parametrize("standing", sorted(QUIET))
def test_a_quiet_standing_fires_nothing(standing):
    assert coming(finding(standing), RUNGS, None, date(2027, 1, 1)) is None


def test_a_ladder_that_has_ended_fires_nothing():
    assert coming(finding(), RUNGS, Fired(15, DUE), date(2027, 1, 1)) is None


def test_what_comes_next_follows_the_ladder():
    firing = coming(finding(), RUNGS, None, date(2026, 11, 22))
    assert firing == Firing(RUNGS[1], date(2026, 11, 21))


@pytest.mark.parametrize(
    ("measure", "involved", "expected"),
    [
        (Measure.REMINDER, Involved((2, 3), (4, 2), 1), (2, 3, 4)),
        (Measure.URGING, Involved((), (4,), 1), (1, 4)),
        (Measure.CIRCULAR, Involved((2, 3), (4,), 1), (2, 3)),
        (Measure.CIRCULAR, Involved((), (), 1), (1,)),
    ],
)
def test_a_measure_addresses_the_units_it_concerns_or_the_office(measure, involved, expected):
    assert recipients(measure, involved) == expected


def test_the_reason_names_every_value_that_was_used():
    text = reason(
        finding(version=2, progress_pct=Decimal("62.50")),
        Firing(RUNGS[2], date(2026, 12, 5)),
        "2026年10月底前",
        date(2026, 10, 31),
        date(2026, 12, 6),
    )
    assert text == (
        "时限“2026年10月底前”，现行时限2026年11月20日（第2版，原定2026年10月31日）；"
        "截至2026年12月6日已逾期16天；按原时限逾期36天，填报进度62.5%；达到逾期第15天通报的条件，依据方案五(四)。"
    )
    assert len(text) < 500


def test_days_and_shares_are_said_as_they_are():
    assert lateness(DUE, DUE) == "当日到期"
    assert lateness(DUE, date(2026, 11, 10)) == "距到期还有10天"
    assert progress(None) == "未填报进展"
    assert progress(Decimal("100")) == "填报进度100%"


def test_every_measure_has_its_word():
    assert set(MEASURE_NAMES) == set(Measure)
