"""Which fonts a print uses, and what happens to characters that none of them has."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.printouts.circulars import compose
from app.printouts.fonts import FALLBACK_NAME, MissingGlyphError, NoFontError, Role, default_font_dirs, find_fonts
from app.printouts.pdf import to_pdf
from tests.printouts.invented import facts


@pytest.fixture
def fallback_dir() -> Path:
    return next(folder for folder in default_font_dirs() if any(folder.glob("NotoSerifSC*")))


def test_a_character_that_no_font_has_stops_the_print_and_is_named_with_its_place() -> None:
    row = replace(facts(1).milestones[0], title="完成བོད语文教材审定")
    with pytest.raises(MissingGlyphError, match=r"U\+0F56.*附件1《2026年第三季度任务进展情况表》第1行“任务”") as caught:
        to_pdf(compose(facts(0, milestones=(row,), projects=())))
    assert caught.value.character == "བ"


def test_rare_han_characters_are_taken_from_the_fallback() -> None:
    row = replace(facts(1).milestones[0], responsible=("镕喆堃赟学校",))
    assert to_pdf(compose(facts(0, milestones=(row,)))).startswith(b"%PDF")


def test_a_print_on_the_fallback_alone_says_so(fallback_dir: Path) -> None:
    fonts = find_fonts((fallback_dir,))
    assert FALLBACK_NAME in fonts.note()
    assert Role.BODY in fonts.substituted
    assert to_pdf(compose(facts(5)), font_dirs=(fallback_dir,)).startswith(b"%PDF")


def test_with_all_fonts_there_is_nothing_to_say() -> None:
    fonts = find_fonts()
    assert bool(fonts.note()) == bool(fonts.substituted)


def test_an_offices_own_font_wins(tmp_path: Path, fallback_dir: Path) -> None:
    own = tmp_path / "fonts"
    own.mkdir()
    shutil.copy(fallback_dir / "NotoSansSC-Regular.otf", own)
    fonts = find_fonts((own, *default_font_dirs()))
    assert fonts.faces[Role.HEADING][0].path.parent == own


def test_without_any_font_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoFontError, match="make setup"):
        find_fonts((tmp_path,))


def test_signs_without_a_glyph_do_not_stop_a_print() -> None:
    row = replace(facts(1).milestones[0], title="消除\t大班额\u200b（全市）\ufeff")
    assert to_pdf(compose(facts(0, milestones=(row,)))).startswith(b"%PDF")


def test_a_title_longer_than_a_page_is_set_all_the_same() -> None:
    row = replace(facts(1).milestones[0], title="完成建设任务" * 200)
    assert to_pdf(compose(facts(0, milestones=(row,)))).startswith(b"%PDF")
