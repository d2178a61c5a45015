"""Vectors for document numbers as people type them and as the standard for official documents writes them."""

import pytest

from app.domain.document_numbers import put_right


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("洛政办〔2025〕17号", "洛政办〔2025〕17号"),
        ("洛政办[2025]17号", "洛政办〔2025〕17号"),
        ("洛政办(2025)17号", "洛政办〔2025〕17号"),
        ("洛政办（2025）17号", "洛政办〔2025〕17号"),
        ("洛政办【2025】17号", "洛政办〔2025〕17号"),
        ("洛政办［2025］第017号", "洛政办〔2025〕17号"),
        (" 洛政办 [2025] 17 号 ", "洛政办〔2025〕17号"),
        ("洛政办[25]17号", "洛政办[25]17号"),
        ("first draft (second)", "first draft (second)"),
        ("", ""),
    ],
)
def test_a_document_number_gets_hexagonal_brackets(typed: str, right: str) -> None:
    assert put_right(typed) == right
    assert put_right(right) == right
