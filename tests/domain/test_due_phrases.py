"""Due phrases as planners write them: a table of vectors, and every phrase of the five plans."""

from datetime import date
from pathlib import Path

import pytest

from app.domain.due_phrase_words import DuePhraseProblem, DueProblemKind
from app.domain.due_phrases import Ambiguity, DueReading, read_phrase
from app.domain.vocabulary import MilestoneKind, Precision
from app.services.plan_files import MilestonePart, PlanFile, read_plan
from tests.support.facts import day

ISSUED_ON = date(2025, 5, 11)
PERIOD_START, PERIOD_END = date(2025, 1, 1), date(2030, 12, 31)
PLANS = sorted((Path(__file__).resolve().parents[2] / "seeds" / "plans").glob("*.yaml"))
Y, H, Q, M, D, F = (
    Precision.YEAR,
    Precision.HALF_YEAR,
    Precision.QUARTER,
    Precision.MONTH,
    Precision.DAY,
    Precision.FIVE_YEAR_PLAN,
)


def read(text: str, issued_on: date = ISSUED_ON) -> DueReading | DuePhraseProblem:
    return read_phrase(text, issued_on=issued_on, period_start=PERIOD_START, period_end=PERIOD_END)


def reading(text: str, issued_on: date = ISSUED_ON) -> DueReading:
    found = read(text, issued_on)
    assert isinstance(found, DueReading), found
    return found


# phrase, canonical form, due day, precision
DATED = [
    ("2025年", "2025年", "2025-12-31", Y),
    ("2025", "2025年", "2025-12-31", Y),
    ("2025年度", "2025年", "2025-12-31", Y),
    ("2025年内", "2025年", "2025-12-31", Y),
    ("2025年底", "2025年底", "2025-12-31", Y),
    ("2025年末", "2025年底", "2025-12-31", Y),
    ("2025年年底", "2025年底", "2025-12-31", Y),
    ("2025年底前", "2025年底前", "2025-12-31", Y),
    ("2025年底以前", "2025年底前", "2025-12-31", Y),
    ("2025年底之前", "2025年底前", "2025-12-31", Y),
    ("2026年底前完成", "2026年底前", "2026-12-31", Y),
    ("到2025年", "到2025年", "2025-12-31", Y),
    ("至2025年", "到2025年", "2025-12-31", Y),
    ("到2025年底", "到2025年底", "2025-12-31", Y),
    ("截至2025年底", "到2025年底", "2025-12-31", Y),
    ("力争2026年", "2026年", "2026-12-31", Y),
    ("二〇二五年", "2025年", "2025-12-31", Y),
    ("二○二五年底前", "2025年底前", "2025-12-31", Y),
    ("二零三零年", "2030年", "2030-12-31", Y),
    ("２０２５年", "2025年", "2025-12-31", Y),
    ("2025 年 底 前", "2025年底前", "2025-12-31", Y),
    ("今年", "2025年", "2025-12-31", Y),
    ("今年底", "2025年底", "2025-12-31", Y),
    ("今年年底前", "2025年底前", "2025-12-31", Y),
    ("本年度", "2025年", "2025-12-31", Y),
    ("年底前", "2025年底前", "2025-12-31", Y),
    ("年内", "2025年", "2025-12-31", Y),
    ("明年", "2026年", "2026-12-31", Y),
    ("明年6月底前", "2026年6月底前", "2026-06-30", M),
    ("2024年8月", "2024年8月", "2024-08-31", M),
    ("2024年8月份", "2024年8月", "2024-08-31", M),
    ("2024年8月底前", "2024年8月底前", "2024-08-31", M),
    ("2024年2月底前", "2024年2月底前", "2024-02-29", M),
    ("2025年2月底前", "2025年2月底前", "2025-02-28", M),
    ("二〇二六年十二月底前", "2026年12月底前", "2026-12-31", M),
    ("2024.8", "2024年8月", "2024-08-31", M),
    ("2024-08", "2024年8月", "2024-08-31", M),
    ("九月", "2025年9月", "2025-09-30", M),
    ("今年9月底前", "2025年9月底前", "2025-09-30", M),
    ("今年3月底前", "2025年3月底前", "2025-03-31", M),
    ("2025年9月上旬", "2025年9月上旬", "2025-09-10", M),
    ("2025年9月中旬", "2025年9月中旬", "2025-09-20", M),
    ("2024年2月下旬", "2024年2月下旬", "2024-02-29", M),
    ("2024年8月31日前", "2024年8月31日前", "2024-08-31", D),
    ("2024年8月31号", "2024年8月31日", "2024-08-31", D),
    ("2024-08-31", "2024年8月31日", "2024-08-31", D),
    ("2024/8/31", "2024年8月31日", "2024-08-31", D),
    ("2026年秋季开学前", "2026年秋季开学前", "2026-08-31", D),
    ("2026年上半年", "2026年上半年", "2026-06-30", H),
    ("上半年", "2025年上半年", "2025-06-30", H),
    ("下半年", "2025年下半年", "2025-12-31", H),
    ("2026年第一季度", "2026年第一季度", "2026-03-31", Q),
    ("2026年一季度末", "2026年第一季度末", "2026-03-31", Q),
    ("2026年2季度", "2026年第二季度", "2026-06-30", Q),
    ("前三季度", "2025年前三季度", "2025-09-30", Q),
    ("2026年前三季度", "2026年前三季度", "2026-09-30", Q),
    ("“十五五”末", "“十五五”末", "2030-12-31", F),
    ("十四五期末前", "“十四五”末前", "2025-12-31", F),
]
# phrase, canonical form, start day, due day, precision
SPANS = [
    ('"十五五"期间', "“十五五”期间", "2026-01-01", "2030-12-31", F),
    ("“十三五”期间", "“十三五”期间", "2016-01-01", "2020-12-31", F),
    ("十四五", "“十四五”期间", "2021-01-01", "2025-12-31", F),
    ("「十六五」时期", "“十六五”期间", "2031-01-01", "2035-12-31", F),
    ("2024—2025学年", "2024—2025学年", "2024-09-01", "2025-08-31", Y),
    ("2024-25学年", "2024—2025学年", "2024-09-01", "2025-08-31", Y),
    ("2025学年", "2025—2026学年", "2025-09-01", "2026-08-31", Y),
    ("本学年", "2024—2025学年", "2024-09-01", "2025-08-31", Y),
    ("下学年", "2025—2026学年", "2025-09-01", "2026-08-31", Y),
    ("2024—2025学年第一学期", "2024—2025学年第一学期", "2024-09-01", "2025-01-31", H),
    ("2024—2025学年第2学期", "2024—2025学年第二学期", "2025-02-01", "2025-08-31", H),
    ("2025年秋季学期", "2025年秋季学期", "2025-09-01", "2026-01-31", H),
    ("2026年春季学期", "2026年春季学期", "2026-02-01", "2026-08-31", H),
    ("2020—2022年", "2020—2022年", "2020-01-01", "2022-12-31", Y),
    ("2014～2018年", "2014—2018年", "2014-01-01", "2018-12-31", Y),
    ("2020年至2022年", "2020—2022年", "2020-01-01", "2022-12-31", Y),
    ("从2020年到2022年", "2020—2022年", "2020-01-01", "2022-12-31", Y),
    ("自2022年起至2024年止", "2022—2024年", "2022-01-01", "2024-12-31", Y),
    ("2026-2030年", "2026—2030年", "2026-01-01", "2030-12-31", Y),
    ("2026–2030年底前", "2026—2030年底前", "2026-01-01", "2030-12-31", Y),
    ("2025年9月—2026年8月", "2025年9月—2026年8月", "2025-09-01", "2026-08-31", M),
    ("2025年9月至次年6月", "2025年9月—2026年6月", "2025-09-01", "2026-06-30", M),
    ("2024年9月—12月", "2024年9—12月", "2024-09-01", "2024-12-31", M),
    ("2024年7、8月份", "2024年7、8月", "2024-07-01", "2024-08-31", M),
    ("2022年3月11日-2024年12月31日", "2022年3月11日—2024年12月31日", "2022-03-11", "2024-12-31", D),
    ("2022.3.11-2024.12.31", "2022年3月11日—2024年12月31日", "2022-03-11", "2024-12-31", D),
    ("2025年9月1日至10月15日", "2025年9月1日—2025年10月15日", "2025-09-01", "2025-10-15", D),
]
# phrase, canonical form, due day by default, other day, why
TWO_READINGS = [
    ("2026年前", "2026年前", "2025-12-31", "2026-12-31", Ambiguity.BEFORE_SPAN),
    ("2026年以前", "2026年前", "2025-12-31", "2026-12-31", Ambiguity.BEFORE_SPAN),
    ("2026年6月前", "2026年6月前", "2026-05-31", "2026-06-30", Ambiguity.BEFORE_SPAN),
    ("2026年第二季度前", "2026年第二季度前", "2026-03-31", "2026-06-30", Ambiguity.BEFORE_SPAN),
    ("2026年下半年前", "2026年下半年前", "2026-06-30", "2026-12-31", Ambiguity.BEFORE_SPAN),
    ("十五五前", "“十五五”前", "2025-12-31", "2030-12-31", Ambiguity.BEFORE_SPAN),
    ("2025—2026学年前", "2025—2026学年前", "2025-08-31", "2026-08-31", Ambiguity.BEFORE_SPAN),
    ("三年", "三年内", "2027-12-31", "2028-05-11", Ambiguity.COUNTED_YEARS),
    ("三年内", "三年内", "2027-12-31", "2028-05-11", Ambiguity.COUNTED_YEARS),
    ("用三年时间", "三年内", "2027-12-31", "2028-05-11", Ambiguity.COUNTED_YEARS),
    ("用3年左右时间", "三年内", "2027-12-31", "2028-05-11", Ambiguity.COUNTED_YEARS),
    ("2年内", "两年内", "2026-12-31", "2027-05-11", Ambiguity.COUNTED_YEARS),
    ("3月底前", "3月底前", "2025-03-31", "2026-03-31", Ambiguity.YEAR_NOT_NAMED),
    ("一季度", "第一季度", "2025-03-31", "2026-03-31", Ambiguity.YEAR_NOT_NAMED),
]
# phrase, canonical form, start and due as MM-DD, years in which it falls due
RECURRING = [
    ("每年", "每年", "01-01", "12-31", range(2025, 2031)),
    ("每年至少两次", "每年", "01-01", "12-31", range(2025, 2031)),
    ("逐年", "每年", "01-01", "12-31", range(2025, 2031)),
    ("年度", "每年", "01-01", "12-31", range(2025, 2031)),
    ("年度预算", "每年", "01-01", "12-31", range(2025, 2031)),
    ("每年底", "每年底", "01-01", "12-31", range(2025, 2031)),
    ("每年年底前", "每年底前", "01-01", "12-31", range(2025, 2031)),
    ("每年9月", "每年9月", "09-01", "09-30", range(2025, 2031)),
    ("每年9月份", "每年9月", "09-01", "09-30", range(2025, 2031)),
    ("每年九月底前", "每年9月底前", "01-01", "09-30", range(2025, 2031)),
    ("每年2月底", "每年2月底", "02-01", "02-28", range(2025, 2031)),
    ("每年9月10日前", "每年9月10日前", "01-01", "09-10", range(2025, 2031)),
    ("每年第一季度", "每年第一季度", "01-01", "03-31", range(2025, 2031)),
    ("每年上半年", "每年上半年", "01-01", "06-30", range(2025, 2031)),
    ("每年7、8月份", "每年7、8月", "07-01", "08-31", range(2025, 2031)),
    ("每年7—8月", "每年7—8月", "07-01", "08-31", range(2025, 2031)),
    ("每年3月1日至3月31日", "每年3月1日—3月31日", "03-01", "03-31", range(2025, 2031)),
    ("每年9月至次年6月", "每年9月—次年6月", "09-01", "06-30", range(2026, 2031)),
    ("每学年", "每学年", "09-01", "08-31", range(2026, 2031)),
    ("学年", "每学年", "09-01", "08-31", range(2026, 2031)),
    ("每年秋季学期", "每年秋季学期", "09-01", "01-31", range(2026, 2031)),
    ("从2027年起", "2027年起每年", "01-01", "12-31", range(2027, 2031)),
    ("2026年起，每年9月底前", "2026年起每年9月底前", "01-01", "09-30", range(2026, 2031)),
    ("自2026年起每学年", "2026年起每学年", "09-01", "08-31", range(2027, 2031)),
]
# phrase, kind, words at fault, least and most allowed
PROBLEMS = [
    ("", DueProblemKind.EMPTY, "", None, None),
    (" “” ", DueProblemKind.EMPTY, "", None, None),
    ("到2025年底，" * 9, DueProblemKind.TOO_LONG, ("到2025年底，" * 9)[:60] + "…", None, 60),
    ("定期", DueProblemKind.NO_DATE, "定期", None, None),
    ("长期坚持", DueProblemKind.NO_DATE, "长期坚持", None, None),
    ("常态化", DueProblemKind.NO_DATE, "常态化", None, None),
    ("及时", DueProblemKind.NO_DATE, "及时", None, None),
    ("未注明时限", DueProblemKind.NO_DATE, "未注明时限", None, None),
    ("按年度分三批", DueProblemKind.NOT_UNDERSTOOD, "按年度分三批", None, None),
    ("尽量早些", DueProblemKind.NOT_UNDERSTOOD, "尽量早些", None, None),
    ("3、9月", DueProblemKind.NOT_UNDERSTOOD, "3、9月", None, None),
    ("2025年13月", DueProblemKind.MONTH, "13", 1, 12),
    ("每年0月", DueProblemKind.MONTH, "0", 1, 12),
    ("2月30日", DueProblemKind.DAY, "2月30日", 1, 28),
    ("2024年2月30日前", DueProblemKind.DAY, "2月30日", 1, 29),
    ("每年2月29日", DueProblemKind.DAY, "2月29日", 1, 28),
    ("第五季度", DueProblemKind.QUARTER, "五", 1, 4),
    ("25年9月", DueProblemKind.YEAR, "25", 1949, 2100),
    ("20255年", DueProblemKind.YEAR, "20255", 1949, 2100),
    ("1900年", DueProblemKind.YEAR, "1900年", 1949, 2100),
    ("2025—2023年", DueProblemKind.BACKWARDS, "2025—2023年", None, None),
    ("2025年9—8月", DueProblemKind.BACKWARDS, "9—8月", None, None),
    ("2024—2026学年", DueProblemKind.SCHOOL_YEAR, "2024—2026学年", None, None),
    ("零年内", DueProblemKind.YEARS_COUNT, "零", 1, 30),
    ("每年1月前", DueProblemKind.CROSSES_YEAR, "每年1月前", None, None),
]


@pytest.mark.parametrize(("phrase", "canonical", "due_on", "precision"), DATED)
def test_a_dated_phrase_names_its_day_and_how_exact_it_is(
    phrase: str, canonical: str, due_on: str, precision: Precision
) -> None:
    assert reading(phrase) == DueReading(canonical, precision, day(due_on))


@pytest.mark.parametrize(("phrase", "canonical", "start_on", "due_on", "precision"), SPANS)
def test_a_span_names_its_beginning_too(
    phrase: str, canonical: str, start_on: str, due_on: str, precision: Precision
) -> None:
    assert reading(phrase) == DueReading(canonical, precision, day(due_on), day(start_on))


@pytest.mark.parametrize(("phrase", "canonical", "due_on", "other_on", "why"), TWO_READINGS)
def test_a_phrase_with_two_readings_keeps_both(
    phrase: str, canonical: str, due_on: str, other_on: str, why: Ambiguity
) -> None:
    found = reading(phrase)
    assert (found.canonical, found.due_on, found.alternative_on, found.ambiguity) == (
        canonical,
        day(due_on),
        day(other_on),
        why,
    )


@pytest.mark.parametrize(("phrase", "canonical", "start", "due", "years"), RECURRING)
def test_a_recurring_phrase_falls_due_once_a_year_of_the_period(
    phrase: str, canonical: str, start: str, due: str, years: range
) -> None:
    found = reading(phrase)
    assert found.recurrence is not None
    assert (found.canonical, found.precision, found.due_on) == (canonical, Precision.RECURRING, None)
    (span,) = found.recurrence.spans
    assert (span.start, span.due, span.crosses_year) == (start, due, start > due)
    assert [item.due_on for item in found.occurrences] == [day(f"{year}-{due}") for year in years]


@pytest.mark.parametrize(("phrase", "kind", "words", "least", "most"), PROBLEMS)
def test_what_cannot_be_read_says_which_words_and_what_is_allowed(
    phrase: str, kind: DueProblemKind, words: str, least: int | None, most: int | None
) -> None:
    assert read(phrase) == DuePhraseProblem(kind, words, least, most)


def test_before_a_month_of_every_year_has_two_readings_in_each() -> None:
    found = reading("每年9月份前")
    assert found.recurrence is not None
    assert (found.canonical, found.recurrence.alternative_due) == ("每年9月前", "09-30")
    first = found.occurrences[0]
    assert (first.due_on, first.alternative_on) == (day("2025-08-31"), day("2025-09-30"))


@pytest.mark.parametrize(("phrase", "dues"), [("每学期", 11), ("每半年", 12), ("每季度末", 24), ("每月底前", 72)])
def test_a_duty_of_every_term_quarter_or_month_falls_due_several_times_a_year(phrase: str, dues: int) -> None:
    assert len(reading(phrase).occurrences) == dues  # the term that began before the period is left out


def test_without_the_end_of_the_period_a_recurring_phrase_has_no_occurrences_yet() -> None:
    found = read_phrase("每年", issued_on=ISSUED_ON, period_end=None)
    assert isinstance(found, DueReading)
    assert found.occurrences == ()


def test_words_without_a_year_have_one_reading_while_the_day_is_still_to_come() -> None:
    assert reading("9月底前", date(2025, 9, 30)) == DueReading("2025年9月底前", M, day("2025-09-30"))
    assert reading("9月底前", date(2025, 10, 1)).alternative_on == day("2026-09-30")
    assert reading("2月29日", date(2024, 6, 1)).alternative_on is None  # the next year has no such day


# Phrases of the five plans whose stored day does not follow from their words alone, and why.
BEYOND_THE_PHRASE = {
    "未注明时限": "no date in the text: the record holds it due at the end of the plan's period",
    "定期": "no date in the text: the record takes it as a yearly duty",
    "按年度分三批": "three instalments; another clause ends the last one with its stage",
}
# Milestones whose day the phrase gives together with what the milestone is.
BEYOND_THE_MILESTONE = {
    "left-behind-update": "the register of the first year is a milestone of its own; its updates begin the year after",
}


def phrase_of(part: MilestonePart) -> str:
    dated = part.due or part.repeat
    assert dated is not None
    return dated.phrase


def reads_as_stored(plan: PlanFile, part: MilestonePart) -> bool:
    """Tell whether a part's phrase reads to its days; what starts is due at the end of its span's first year."""
    found = read_phrase(
        phrase_of(part), issued_on=plan.issued_on, period_start=plan.period_start, period_end=plan.period_end
    )
    if isinstance(found, DuePhraseProblem):
        return False
    if part.due is not None:
        starts = part.kind is MilestoneKind.PROJECT_START and found.start_on is not None
        due_on = found.start_on.replace(month=12, day=31) if starts and found.start_on else found.due_on
        stored = (part.due.on, part.due.alternative_on, part.due.precision)
        return (due_on, found.alternative_on, found.precision) == stored
    assert part.repeat is not None
    if found.recurrence is None:
        return False
    (span,) = found.recurrence.spans
    years = tuple(item.due_on.year for item in found.occurrences)
    stored_years = (part.repeat.due, part.repeat.alternative_due, part.repeat.years)
    return (span.due, found.recurrence.alternative_due, years) == stored_years


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_every_phrase_of_the_five_plans_reads_to_the_days_on_record(path: Path) -> None:
    plan = read_plan(path)
    apart = {part.key: phrase_of(part) for part in plan.milestones if not reads_as_stored(plan, part)}
    unexplained = {key: phrase for key, phrase in apart.items() if phrase not in BEYOND_THE_PHRASE}
    assert unexplained.keys() <= BEYOND_THE_MILESTONE.keys(), unexplained


def test_the_phrases_excepted_are_those_of_the_plans_that_are_not_read() -> None:
    phrases = {phrase_of(part) for path in PLANS for part in read_plan(path).milestones}
    unread = {phrase for phrase in phrases if isinstance(read(phrase), DuePhraseProblem)}
    assert unread == set(BEYOND_THE_PHRASE)
