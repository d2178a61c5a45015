"""What holds of the reading of any due phrase: it never fails, keeps days in order, and knows spellings as one."""

import unicodedata
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from app.domain.due_phrase_words import DuePhraseProblem
from app.domain.due_phrases import DueReading, read_phrase

PERIOD_START, PERIOD_END = date(2020, 1, 1), date(2035, 12, 31)
WORDS = [
    *"0123456789一二三四五六七八九十〇两年月日底末前内份每到至从起年第上下半季度学期中旬、，—–-~～ “”今明用",
    "2025年",
    "2030年",
    "十五五",
    "期间",
    "每年",
    "每学年",
    "季度",
    "学年",
    "上半年",
    "以前",
    "底前",
    "次年",
    "8月",
    "31日",
    "三年",
    "时间",
]
days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
any_days = st.dates()
jumbles = st.lists(st.sampled_from(WORDS), max_size=9).map("".join)
years = st.integers(2016, 2040)
months = st.integers(1, 12)
endings = st.sampled_from(["", "底", "底前", "前", "以前", "之前"])
units = st.one_of(
    st.just(""),
    months.map("{}月".format),
    st.sampled_from(["上半年", "下半年", "第一季度", "前三季度", "四季度", "9月上旬", "秋季学期", "7、8月"]),
)
singles = st.builds("{}年{}{}".format, years, units, endings)
counted = st.integers(1, 30).map("{}年内".format)
five_years = st.sampled_from(["“十四五”期间", "“十五五”末", "十六五前"])
ranges = st.builds(
    lambda first, span, month, sign: f"{first}年{month}月{sign}{first + span}年{month}月",
    years,
    st.integers(0, 9),
    months,
    st.sampled_from("—–-~～至到"),
)
recurring = st.one_of(
    st.sampled_from(["每年", "逐年", "每学年", "每年7、8月份", "每年第一季度", "每年9月份前", "每学期", "从2023年起"]),
    st.builds("每年{}月{}".format, months, endings),
)
phrases = st.one_of(singles, counted, five_years, ranges, recurring)


def read(text: str, issued_on: date) -> DueReading | DuePhraseProblem:
    return read_phrase(text, issued_on=issued_on, period_start=PERIOD_START, period_end=PERIOD_END)


@given(st.one_of(jumbles, st.text(max_size=70)), any_days, st.none() | any_days, st.none() | any_days)
def test_any_text_on_any_days_is_read_or_refused_and_keeps_its_days_in_order(
    text: str, issued_on: date, period_start: date | None, period_end: date | None
) -> None:
    found = read_phrase(text, issued_on=issued_on, period_start=period_start, period_end=period_end)
    if isinstance(found, DuePhraseProblem):
        assert found.least is None or found.most is None or found.least <= found.most
        return
    assert (found.due_on is None) == (found.recurrence is not None)
    assert (found.alternative_on is None) or found.alternative_on != found.due_on
    assert found.start_on is None or (found.due_on is not None and found.start_on <= found.due_on)
    assert all(item.start_on <= item.due_on != item.alternative_on for item in found.occurrences)


@given(st.one_of(phrases, jumbles), days)
def test_the_canonical_form_reads_the_same(text: str, issued_on: date) -> None:
    found = read(text, issued_on)
    if isinstance(found, DueReading):
        assert read(found.canonical, issued_on) == found


@given(phrases, days)
def test_every_well_formed_phrase_is_read(text: str, issued_on: date) -> None:
    found = read(text, issued_on)
    assert isinstance(found, DueReading) or found.kind.value == "crosses_year", found


@given(st.one_of(phrases, jumbles), days)
def test_full_width_and_blanks_make_no_difference(text: str, issued_on: date) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    found = read(text, issued_on)
    if isinstance(found, DueReading):
        assert unicodedata.normalize("NFKC", wide) == unicodedata.normalize("NFKC", text)
        assert read(wide, issued_on) == found
        assert read("　".join(text)[:60], issued_on) == found or len(text) > 30


@given(years, st.integers(0, 9), months, months)
def test_every_sign_between_beginning_and_end_means_the_same(first: int, length: int, start: int, end: int) -> None:
    issued_on = date(2025, 5, 11)
    found = [
        read(f"{first}年{start}月{sign}{first + length}年{end}月", issued_on)
        for sign in ["—", "——", "–", "-", "－", "~", "～", "至", "到", " — "]
    ]
    if length or start <= end:
        assert isinstance(found[0], DueReading)
        assert all(item == found[0] for item in found)
    else:
        assert all(isinstance(item, DuePhraseProblem) for item in found)


@given(recurring, days, days, days)
def test_occurrences_lie_in_the_period_and_are_as_many_a_year_as_the_phrase_says(
    text: str, issued_on: date, first_on: date, last_on: date
) -> None:
    found = read_phrase(text, issued_on=issued_on, period_start=first_on, period_end=last_on)
    if not isinstance(found, DueReading):
        return
    assert found.recurrence is not None
    dues = [item.due_on for item in found.occurrences]
    assert dues == sorted(set(dues))
    assert all(first_on <= due <= last_on for due in dues)
    assert all(f"{due:%m-%d}" in {span.due for span in found.recurrence.spans} for due in dues)
    if len(found.recurrence.spans) == 1:
        assert len({due.year for due in dues}) == len(dues)
        assert [due.year for due in dues] == list(range(dues[0].year, dues[-1].year + 1)) if dues else True
