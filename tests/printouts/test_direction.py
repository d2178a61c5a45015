"""Names in Arabic script keep their place in a Chinese line."""

from app.printouts.direction import MARK, keep_order

FIRST, SECOND = "ئابدۇراخمان تۇرسۇن", "نۇرلان ٴبىلىم"  # （虚构）


def test_each_name_of_a_list_ends_with_a_mark() -> None:
    assert keep_order(f"第2、{FIRST}；3、{SECOND}；4。") == f"第2、{FIRST}{MARK}；3、{SECOND}{MARK}；4。"


def test_a_sentence_with_a_number_in_it_stays_one() -> None:
    sentence = "قارارى بويىچە 2026-يىلى (تاماملىنىدۇ)"
    assert keep_order(f"《{sentence}》") == f"《{sentence}{MARK}》"


def test_marking_twice_changes_nothing_and_chinese_is_left_alone() -> None:
    once = keep_order(f"{FIRST}、{SECOND}")
    assert keep_order(once) == once
    assert keep_order("镕喆堃赟 Şəhər 2026年") == "镕喆堃赟 Şəhər 2026年"


def test_texts_of_one_json_list_are_marked_each_for_itself() -> None:
    assert keep_order(f'["{FIRST}","{SECOND}"]') == f'["{FIRST}{MARK}","{SECOND}{MARK}"]'
