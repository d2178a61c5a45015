"""What a reader, a screen reader and an archive need of a PDF as a whole: read back with pikepdf."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf

from app.printouts.documents import Document, Heading, Volume

HEADING = re.compile(r"^/H([1-9])$")
SUBSET = re.compile(r"^/[A-Z]{6}\+")


def file_violations(pdf: bytes, printed: Document | Volume) -> Iterator[str]:
    """Yield what is wrong with the file: language, title, PDF/A, tags, bookmarks, fonts embedded as subsets."""
    with pikepdf.open(BytesIO(pdf)) as document:
        root = document.Root
        if str(root.get("/Lang", "")) != "zh-CN":
            yield "the language is not zh-CN"
        metadata = root.Metadata.read_bytes().decode() if "/Metadata" in root else ""
        if "pdfaid:part" not in metadata:
            yield "the file does not call itself PDF/A"
        if printed.title.translate({ord(sign): None for sign in "\n"}) not in metadata:
            yield "the title is not in the metadata"
        if "pdfuaid:part" in metadata:
            yield from _tag_violations(root)
        yield from _bookmark_violations(document, printed)
        yield from _font_violations(document)


def _tag_violations(root: Any) -> Iterator[str]:
    if not bool(root.get("/MarkInfo", {}).get("/Marked", False)) or "/StructTreeRoot" not in root:
        yield "PDF/UA without tags"
    if not bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False)):
        yield "a viewer would show the file's name instead of its title"
    level = 0
    for one in _elements(root.StructTreeRoot):
        kind = str(one.S)
        if kind == "/Figure" and not str(one.get("/Alt", "")):
            yield "a figure without words"
        if heading := HEADING.match(kind):
            if int(heading[1]) > level + 1:
                yield f"a heading of level {heading[1]} below one of level {level}"
            level = int(heading[1])


def _elements(node: Any) -> Iterator[Any]:
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from _elements(kid)


def _bookmark_violations(document: pikepdf.Pdf, printed: Document | Volume) -> Iterator[str]:
    with document.open_outline() as outline:
        titles = [_solid(item.title) for item in outline.root]
    if isinstance(printed, Volume):
        wanted = [_solid(one.outlined_as or one.title) for one in printed.documents]
    else:
        wanted = [_solid(block.text) for block in printed.blocks if isinstance(block, Heading) and block.level == 1]
    missing = [title for title in wanted if title not in titles]
    if missing:
        yield f"no bookmark “{missing[0]}”"


def _font_violations(document: pikepdf.Pdf) -> Iterator[str]:
    fonts = {str(font.BaseFont): font for page in document.pages for font in page.Resources.get("/Font", {}).values()}
    for name, font in fonts.items():
        descriptor = font.DescendantFonts[0].FontDescriptor if "/DescendantFonts" in font else font.FontDescriptor
        if not any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")):
            yield f"font {name} is not embedded"
        elif not SUBSET.match(name):
            yield f"font {name} is not a subset"


def _solid(text: str) -> str:
    return re.sub(r"\s", "", text)
