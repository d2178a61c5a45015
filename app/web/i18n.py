"""Translations: English msgids, a complete zh_CN catalogue read from its .po at start, Chinese by default."""

from functools import cache
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from app.core.files import project_dir

DEFAULT = "zh-CN"
LANGUAGES = {"zh-CN": "中文", "en": "English"}


@cache
def translations(language: str) -> NullTranslations:
    """Return the translations of a language; English is the msgids themselves."""
    if language == "en":
        return NullTranslations()
    with (project_dir("locale") / "zh_CN" / "LC_MESSAGES" / "junheng.po").open("rb") as handle:
        catalogue = read_po(handle, locale="zh_CN")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def chosen(cookie: str | None) -> str:
    """Return the language a cookie asks for, or the default."""
    return cookie if cookie in LANGUAGES else DEFAULT
