"""Which characters prints can carry: the standard list whole, GB 18030 level 3, Uyghur, Kazakh, letters with marks."""

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from app.printouts.font_coverage import FORMS, covered, forms_needed, joining
from app.printouts.fonts import FontSet, MissingGlyphError, Role, Script, default_font_dirs, find_fonts

# 通用规范汉字表 (2013): 8,105 characters. All lie in the two blocks below, but for these 196 (Unihan, kTGH).
BASIC, EXTENSION_A = (0x4E00, 0x9FFF), (0x3400, 0x4DBF)
STANDARD_BEYOND = (
    "𠅤𠙶𠳐𡎚𡐓𣗋𣲗𣲘𣸣𤧛𤩽𤫉𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼𦭜𦰡𧿹𨐈𨙸𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓"
    "𫑡𫓧𫓯𫓶𫓹𫔍𫔎𫔶𫖮𫖯𫖳𫗧𫗴𫘜𫘝𫘦𫘧𫘨𫘪𫘬𫚕𫚖𫚭𫛭𫞩𫟅𫟦𫟹𫟼𫠆𫠊𫠜𫢸𫫇𫭟𫭢𫭼𫮃𫰛𫵷𫶇𫷷𫸩𬀩𬀪𬂩𬃊𬇕𬇙𬇹𬉼𬊈𬊤𬌗𬍛𬍡𬍤𬒈𬒔𬒗"
    "𬕂𬘓𬘘𬘡𬘩𬘫𬘬𬘭𬘯𬙂𬙊𬙋𬜬𬜯𬞟𬟁𬟽𬣙𬣞𬣡𬣳𬤇𬤊𬤝𬨂𬨎𬩽𬪩𬬩𬬭𬬮𬬱𬬸𬬹𬬻𬬿𬭁𬭊𬭎𬭚𬭛𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖𬱟"
    "𬳵𬳶𬳽𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠𬶨𬶭𬶮𬷕𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓"
)
# GB 18030-2022, level 3: 87,887 characters.
LEVEL_3 = (
    *((0x4E00, 0x9FEF), (0x3400, 0x4DB5), (0x20000, 0x2A6D6), (0x2A700, 0x2B734), (0x2B740, 0x2B81D)),
    *((0x2B820, 0x2CEA1), (0x2CEB0, 0x2EBE0), (0xFA0E, 0xFA0F), (0xFA11, 0xFA11), (0xFA13, 0xFA14)),
    *((0xFA1F, 0xFA1F), (0xFA21, 0xFA21), (0xFA23, 0xFA24), (0xFA27, 0xFA29)),
)
UYGHUR = "ئابپتجچخدرزژسشغفقكڭگلمنھوۇۆۈۋېىيە"
KAZAKH = "اٵبۆگعدەجزيكقلمنڭوٶپرستۋۇٷفحھچشىٸءٴ"
KYRGYZ = "ابپتجچحدرزسشعفقكگڭلمنوۅۇۉۋەىي"
PLACE = "正文"

FONTS = find_fonts()
needs = {
    script: pytest.mark.skipif(script in FONTS.lacking, reason=f"no font for {script.name} could be fetched")
    for script in Script
}


def signs(*ranges: tuple[int, int]) -> str:
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


def own_font(folder: Path, family: str, characters: str) -> Path:
    """Write a font of this name that shows a square for each character."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(point)
    pen.closePath()
    names = {ord(sign): f"sign{number}" for number, sign in enumerate(characters)}
    order = [".notdef", *names.values()]
    font = FontBuilder(1000)
    font.setupGlyphOrder(order)
    font.setupCharacterMap(names)
    font.setupGlyf(dict.fromkeys(order, pen.glyph()))
    font.setupHorizontalMetrics(dict.fromkeys(order, (1000, 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": family, "styleName": "Regular", "fullName": family, "psName": family})
    font.setupOS2()
    font.setupPost()
    folder.mkdir(exist_ok=True)
    font.save(folder / f"{family}.ttf")
    return folder


@pytest.fixture
def fallback_dir() -> Path:
    return next(folder for folder in default_font_dirs() if any(folder.glob("NotoSerifSC*")))


@pytest.mark.parametrize("role", Role)
def test_the_standard_list_of_8105_can_be_printed_in_every_role(role: Role, fallback_dir: Path) -> None:
    text = signs(BASIC, EXTENSION_A) + STANDARD_BEYOND
    assert len(set(STANDARD_BEYOND)) == 196
    FONTS.check(role, [(text, PLACE)])
    find_fonts((fallback_dir,)).check(role, [(text, PLACE)])  # what comes with the environment is enough


@needs[Script.RARE_HAN]
def test_every_han_character_of_gb_18030_level_3_can_be_printed() -> None:
    assert sum(last - first + 1 for first, last in LEVEL_3) == 87_887
    known = 0
    for face in FONTS.faces[Role.BODY]:
        known |= int.from_bytes(covered(face.path, face.index, face.changed_ns), "little")
    for first, last in LEVEL_3:
        block = ((1 << (last - first + 1)) - 1) << first
        assert known & block == block, f"U+{first:04X}–U+{last:04X}"


@needs[Script.RARE_HAN]
def test_rare_characters_of_names_beyond_level_3_are_found_or_named() -> None:
    FONTS.check(Role.BODY, [("𰻝𰀁𱐀𲎯", PLACE)])  # extensions G and H
    with pytest.raises(MissingGlyphError, match=r"U\+310C4.*位于正文") as caught:
        FONTS.check(Role.BODY, [("校长𱃄（虚构）", PLACE)])
    assert caught.value.character == "𱃄"


@needs[Script.ARABIC]
@pytest.mark.parametrize("letters", [UYGHUR, KAZAKH, KYRGYZ])
def test_the_letters_of_xinjiang_come_from_one_font_with_their_forms(letters: str) -> None:
    for role in Role:
        FONTS.check(role, [(letters, PLACE), ("ئۇيغۇر تىلى، ھۆكۈمەت؛ مەكتەپ؟ «ژۇرنال»", PLACE)])
    face = next(face for face in FONTS.faces[Role.BODY] if face.has("ڭ"))
    forms = joining(face.path, face.index, face.changed_ns)
    assert all(forms_needed(letter) <= forms[letter] for letter in letters)
    assert forms_needed("ې") == forms_needed("ئ") == FORMS
    assert forms_needed("ۋ") == {"fina"}
    assert not forms_needed("ء")


@needs[Script.ARABIC]
def test_a_letter_that_would_be_torn_out_of_its_word_stops_the_print(tmp_path: Path) -> None:
    own = own_font(tmp_path / "own", "Office Arabic", "ۏ")  # U+06CF, which the Uyghur font does not have
    fonts = find_fonts((own, *default_font_dirs()))
    with pytest.raises(MissingGlyphError, match=r"U\+06CF"):
        fonts.check(Role.BODY, [("مەكتەۏ", PLACE)])
    with pytest.raises(MissingGlyphError, match=r"U\+06CF"):  # alone too: the font joins nothing
        fonts.check(Role.BODY, [("ۏ", PLACE)])


@needs[Script.LETTERS]
def test_letters_with_marks_and_cyrillic_can_be_printed() -> None:
    text = "Müñëvver Şəhər Łódź ğıİ ǖǘǚǜńňǹḿ Нұрлан Әбіш Қоңырұлы Ғүһө q\u0303 a\u0331 e\u0301"
    for role in Role:
        FONTS.check(role, [(text, PLACE)])


def test_signs_of_official_documents_can_be_printed() -> None:
    text = "·〔〕—…“”‘’《》〈〉①⑩⑳㈠㈩ⅠⅣⅫⅰⅳ℃㎡㎏㎞㎜μΩ№‰±×÷≤≥≈≠√²³½→←↑↓■□▲△●○★☆※§°′″〇〇々￥％"
    for role in Role:
        FONTS.check(role, [(text, PLACE)])


def test_a_mark_that_would_stand_beside_its_letter_stops_the_print(fallback_dir: Path) -> None:
    with pytest.raises(MissingGlyphError, match="ź"):
        find_fonts((fallback_dir,)).check(Role.BODY, [("Łódź".replace("Ł", "L"), PLACE)])


@pytest.mark.parametrize("sign", ["\ue001", "\ufe0f", "\U000e0100", "\U000f0000"])
def test_private_characters_and_selectors_are_not_taken_from_a_fonts_own_inventions(sign: str) -> None:
    with pytest.raises(MissingGlyphError, match=f"U\\+{ord(sign):04X}"):
        FONTS.check(Role.BODY, [(f"葛{sign}", PLACE)])


def test_signs_of_direction_need_no_glyph(fallback_dir: Path) -> None:
    find_fonts((fallback_dir,)).check(Role.BODY, [("甲\u200e、\u2068乙\u2069\u200c\u061c", PLACE)])


def test_any_font_of_the_offices_own_fills_a_gap_even_for_private_characters(tmp_path: Path) -> None:
    own = own_font(tmp_path / "own", "Office Names", "བ\ue001")
    fonts = find_fonts((own, *default_font_dirs()))
    fonts.check(Role.TITLE, [("བ\ue001", PLACE)])
    assert "Office Names" in fonts.families(Role.TITLE)
    assert "Office Names" not in fonts.families(Role.TITLE)[:2]


def test_a_font_that_replaces_another_under_its_name_is_seen(tmp_path: Path) -> None:
    folders = (own_font(tmp_path / "own", "Office Names", "བ"), *default_font_dirs())
    find_fonts(folders).check(Role.BODY, [("བ", PLACE)])
    own_font(tmp_path / "own", "Office Names", "ཀ")
    find_fonts(folders).check(Role.BODY, [("ཀ", PLACE)])
    with pytest.raises(MissingGlyphError, match="བ"):
        find_fonts(folders).check(Role.BODY, [("བ", PLACE)])


def test_a_font_of_rare_characters_serves_no_role_by_its_name(tmp_path: Path) -> None:
    own = own_font(tmp_path / "own", "SimSun-ExtB", "0123456789𱃄")
    fonts = find_fonts((own, *default_font_dirs()))
    assert fonts.families(Role.SONG)[0] != "SimSun-ExtB"
    fonts.check(Role.BODY, [("𱃄", PLACE)])


def test_letters_leave_to_chinese_what_chinese_sets_wide_and_the_first_name_is_plain(fallback_dir: Path) -> None:
    for fonts in (FONTS, find_fonts((fallback_dir,))):
        assert isinstance(fonts.stack(Role.SONG)[0], str)
        plain = [entry for entry in fonts.stack(Role.BODY) if isinstance(entry, str)]
        assert fonts.latin.isdisjoint(plain)


def test_what_is_not_installed_is_said_where_a_character_is_missing(fallback_dir: Path) -> None:
    fonts: FontSet = find_fonts((fallback_dir,))
    assert fonts.lacking == tuple(Script)
    with pytest.raises(MissingGlyphError, match=r"“ئ”（U\+0626），位于正文；本机未安装补字字体.*手册"):
        fonts.check(Role.BODY, [("ئۇيغۇر", PLACE)])
