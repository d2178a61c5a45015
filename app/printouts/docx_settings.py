"""Settings and font table for a word processor: pages for both sides, free fonts where the named ones lack."""

from app.printouts.docx_markup import DECLARATION, NAMESPACES
from app.printouts.docx_styles import FANG, HEI, KAI, SONG, XIAOBIAOSONG

# Each named font with its family and pitch, and what may stand in for it, best first.
SUBSTITUTES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    FANG: ("modern", "fixed", ("仿宋", "FandolFang R", "FandolFang", "Noto Serif CJK SC")),
    XIAOBIAOSONG: ("auto", "variable", ("FZXiaoBiaoSong-B05S", "FandolSong", "Noto Serif CJK SC")),
    HEI: ("modern", "fixed", ("SimHei", "FandolHei", "Noto Sans CJK SC")),
    KAI: ("modern", "fixed", ("楷体", "FandolKai", "Noto Serif CJK SC")),
    SONG: ("auto", "variable", ("SimSun", "FandolSong", "Noto Serif CJK SC")),
}


def font_part() -> str:
    """Return the font table: the fonts are named, not embedded; each names what may stand in for it."""
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{",".join(others)}"/><w:charset w:val="86"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="{pitch}"/></w:font>'
        for name, (family, pitch, others) in SUBSTITUTES.items()
    )
    return f"{DECLARATION}<w:fonts {NAMESPACES}>{fonts}</w:fonts>"


def settings_part(*, update_fields: bool) -> str:
    """Return the settings: margins mirrored for binding, page numbers by side, signs not squeezed out of the grid.

    `update_fields`: the word processor is to work out the page numbers of the contents when it opens the file.
    """
    update = '<w:updateFields w:val="true"/>' if update_fields else ""
    mode = '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
    return (
        f'{DECLARATION}<w:settings {NAMESPACES}><w:zoom w:percent="100"/><w:mirrorMargins/>'
        '<w:bordersDoNotSurroundHeader/><w:bordersDoNotSurroundFooter/><w:defaultTabStop w:val="632"/>'
        '<w:evenAndOddHeaders/><w:characterSpacingControl w:val="doNotCompress"/>'
        f"{update}<w:compat><w:doNotExpandShiftReturn/>{mode}</w:compat>"
        '<w:themeFontLang w:val="zh-CN" w:eastAsia="zh-CN"/><w:decimalSymbol w:val="."/><w:listSeparator w:val=","/>'
        "</w:settings>"
    )
