"""Cells as offices type them: numbers as text, full-width digits, percentages, days, lists."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import import_values as values
from app.domain.import_values import Broken, CellFault, CellFaultError, Month, Percent, Raw
from app.domain.vocabulary import Comparator

NUMBERS = st.decimals(min_value=-(10**300), max_value=10**300, allow_nan=False, allow_infinity=False)
RAWS = st.one_of(
    st.text(max_size=30),
    NUMBERS,
    st.booleans(),
    st.dates(),
    NUMBERS.map(Percent),
    st.builds(Month, st.integers(1900, 2200), st.integers(1, 12)),
    st.builds(Broken, st.just("#REF!")),
)


@pytest.mark.parametrize(
    ("typed", "figure"),
    [
        (Decimal("95"), (95, None, None)),
        ("９５％", (95, None, "%")),
        ("95%", (95, None, "%")),
        (Percent(Decimal("95.00")), (95, None, "%")),
        ("≥95", (95, Comparator.AT_LEAST, None)),
        (" ≤ 45 人", (45, Comparator.AT_MOST, "人")),
        ("不低于4.25平方米", (Decimal("4.25"), Comparator.AT_LEAST, "平方米")),
        ("86所以上", (86, Comparator.AT_LEAST, "所")),
        ("15%以内", (15, Comparator.AT_MOST, "%")),
        ("1,234.50", (Decimal("1234.5"), None, None)),
        ("是", (1, None, None)),
        (False, (0, None, None)),
    ],
)
def test_figures_are_read_with_what_is_typed_around_them(typed: Raw, figure: tuple[object, ...]) -> None:
    assert tuple(values.quantity_of(typed)) == figure


@pytest.mark.parametrize("typed", ["很多", "95左右吧98", "", "1e5", "--3", Decimal("NaN"), "1" * 40, date(2026, 1, 1)])
def test_what_is_no_figure_is_refused(typed: Raw) -> None:
    with pytest.raises(CellFaultError) as caught:
        values.quantity_of(typed)
    assert caught.value.fault is CellFault.NUMBER


@pytest.mark.parametrize(
    "typed",
    [date(2025, 8, 31), "2025-08-31", "2025年8月31日", "2025/8/31", "２０２５．８．３１", "20250831", Decimal(45900)],
)
def test_a_day_is_read_in_every_usual_form(typed: Raw) -> None:
    assert values.day_of(typed) == date(2025, 8, 31)


@pytest.mark.parametrize(
    "typed", ["2025年2月30日", "2025年8月", "明年", Decimal(7), Month(2025, 8), Percent(Decimal(5)), True]
)
def test_what_is_no_day_is_refused(typed: Raw) -> None:
    with pytest.raises(CellFaultError, match="day"):
        values.day_of(typed)


def test_years_phrases_flags_and_keys_are_read_as_typed() -> None:
    assert [values.year_of(item) for item in ("2026年", Decimal(2026), date(2026, 5, 1))] == [2026] * 3
    assert values.phrase_of(Decimal(2027)) == "2027年"
    assert values.phrase_of("2027年 底前\n") == "2027年底前"
    assert [values.flag_of(item) for item in ("是", "√", "否", "×", True)] == [True, True, False, False, True]
    assert values.key_of("Ａ－0１ ") == "a-01"
    assert values.line_of("新建\n学校 \n") == "新建学校"
    assert values.line_of("G1\nG2") == "G1 G2"
    assert values.names_of("市教育局、市财政局；\n县（区）。") == ("市教育局", "市财政局", "县（区）")
    with pytest.raises(CellFaultError, match="broken"):
        values.text_of(Broken("#REF!"))


@given(RAWS)
def test_no_cell_breaks_a_reader(raw: Raw) -> None:
    for read in (
        values.text_of,
        values.line_of,
        values.key_of,
        values.names_of,
        values.quantity_of,
        values.whole_of,
        values.year_of,
        values.day_of,
        values.phrase_of,
        values.flag_of,
        values.comparator_of,
    ):
        with suppress(CellFaultError):
            read(raw)
