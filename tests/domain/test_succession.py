"""Spans of validity, and who took over from whom."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.succession import Span, closes_circle, predecessors, successors

D1, D2, D3 = date(2018, 5, 13), date(2018, 5, 14), date(2020, 7, 2)
DAYS = st.none() | st.dates(date(2000, 1, 1), date(2000, 1, 20))


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        (Span(None, D1), Span(D2, None), False),
        (Span(None, D2), Span(D2, None), True),
        (Span(None, None), Span(D1, D2), True),
        (Span(D1, D2), Span(D3, None), False),
        (Span(D1, None), Span(None, D1), True),
    ],
)
def test_spans_overlap_when_they_have_a_day_in_common(one, other, common):
    assert one.overlaps(other) is common
    assert other.overlaps(one) is common


def test_a_span_that_ends_before_it_begins_is_empty():
    assert Span(D2, D1).is_empty
    assert not Span(D1, D1).is_empty
    assert not Span(None, D1).is_empty


@given(DAYS, DAYS)
def test_every_span_that_is_not_empty_overlaps_itself(first, last):
    span = Span(first, last)
    assert span.is_empty or span.overlaps(span)


def test_the_line_of_successors_is_followed_to_its_end():
    line = {1: 2, 2: 3, 9: 3}
    assert list(successors(1, line)) == [2, 3]
    assert predecessors(3, line) == (1, 2, 9)
    assert predecessors(1, line) == ()


def test_a_successor_that_leads_back_closes_a_circle():
    line = {1: 2, 2: 3}
    assert closes_circle(3, 1, line)
    assert closes_circle(3, 3, line)
    assert not closes_circle(1, 3, line)


def test_a_circle_that_is_there_already_does_not_hang_the_reader():
    line = {1: 2, 2: 1}
    assert list(successors(1, line)) == [2]
    assert predecessors(1, line) == (2,)
