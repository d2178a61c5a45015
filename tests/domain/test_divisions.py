"""What a division code says, by codes as GB/T 2260 lists them."""

import pytest

from app.domain.divisions import is_code, lies_below, prefix_below


@pytest.mark.parametrize("code", ["410300", "419001", "500240", "653131"])
def test_a_code_is_six_digits_of_a_province(code):
    assert is_code(code)


@pytest.mark.parametrize("code", ["", "41030", "4103001", "990000", "41030x", "４１０３００", "-10300"])
def test_anything_else_is_no_code(code):
    assert not is_code(code)


def test_codes_below_a_prefecture_begin_with_its_four_digits_and_below_a_province_with_its_two():
    assert (prefix_below("410300"), prefix_below("410000"), prefix_below("410302")) == ("4103", "41", None)


@pytest.mark.parametrize(
    ("code", "above", "fits"),
    [
        ("410302", "410300", True),
        ("410402", "410300", False),
        ("419001", "410000", True),
        ("410300", "410300", False),
        ("410303", "410302", False),  # both are counties
    ],
)
def test_a_code_lies_below_another_only_with_its_prefix(code, above, fits):
    assert lies_below(code, above) is fits
