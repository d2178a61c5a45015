"""Rules of official documents: code words, registers without a gap, the way from draft to issue, who checks."""

import pytest

from app.domain.documents import (
    KINDS,
    SERIES,
    DocumentKind,
    DocumentState,
    DocumentStepKind,
    SubjectKind,
    figures_in,
    fingerprint,
    may_check,
    missing_serials,
    next_state,
    number_text,
    read_subject,
    subject,
    suggested_series,
)


@pytest.mark.parametrize(
    ("area", "series"),
    [
        ("洛阳市", "洛均衡办"),
        ("石柱土家族自治县", "石均衡办"),
        ("新疆维吾尔自治区喀什地区", "喀均衡办"),
        ("宁夏回族自治区", "宁均衡办"),
        ("", ""),
        ("Luoyang", ""),
    ],
)
def test_a_code_word_is_suggested_by_the_areas_own_name(area: str, series: str) -> None:
    assert suggested_series(area) == series
    assert not series or SERIES.fullmatch(series)


def test_a_register_tells_which_serials_it_lacks() -> None:
    assert missing_serials([]) == missing_serials([1, 2, 3]) == ()
    assert missing_serials([4, 2]) == (1, 3)


def test_a_number_has_no_leading_zeros_and_hexagonal_brackets() -> None:
    assert number_text("洛均衡办", 2026, 3) == "洛均衡办〔2026〕3号"


def test_steps_lead_only_where_they_may() -> None:
    draft, checked, issued = DocumentState.DRAFT, DocumentState.CHECKED, DocumentState.ISSUED
    assert next_state(draft, DocumentStepKind.CHECK) is checked
    assert next_state(draft, DocumentStepKind.ISSUE) is None
    assert next_state(checked, DocumentStepKind.REWRITE) is None
    assert next_state(checked, DocumentStepKind.ISSUE) is issued
    assert {step for step in DocumentStepKind if next_state(issued, step)} == {DocumentStepKind.FILE_SCAN}
    assert not [step for step in DocumentStepKind if next_state(DocumentState.DISCARDED, step)]


def test_nobody_checks_what_he_wrote() -> None:
    assert may_check({1, None}, 2)
    assert not may_check({1, 2}, 2)
    assert not may_check({1}, None)


def test_a_subject_is_stored_as_text_and_read_again() -> None:
    for kind, spec in KINDS.items():
        key = {SubjectKind.QUARTER: "2026Q3", SubjectKind.PLAN: ""}.get(spec.subject, "7")
        assert read_subject(str(subject(kind, key))) == subject(kind, key)
    for kind, key in ((DocumentKind.QUARTERLY_CIRCULAR, "2026Q5"), (DocumentKind.MILESTONE_LEDGER, "1")):
        with pytest.raises(ValueError, match=key):
            subject(kind, key)
    assert not read_subject("place").is_one


def test_figures_in_words_are_told_once_each() -> None:
    assert figures_in("共12项，占66.7%，其中12项逾期；第三季度") == ("12", "66.7%")
    assert figures_in("请抓紧落实。") == ()


def test_the_fingerprint_is_sixteen_digits_in_groups() -> None:
    assert fingerprint("3f2a91c077be0d14" + "0" * 48) == "3f2a 91c0 77be 0d14"
