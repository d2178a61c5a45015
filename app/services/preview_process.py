"""The preview process: reads one job as JSON on stdin, writes JPEG files into the job's folder, and ends (`python -m`).

A file that somebody handed in meets its decoder only here, where a fault or a flood harms nobody else.
"""

import ctypes
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.printouts.typeset import limit_self

if TYPE_CHECKING:
    from PIL.Image import Image

PAGE_SIZE = (1240, 1754)  # pixels at most: A4 at 150 per inch
THUMBNAIL_SIZE = (160, 160)
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def main() -> int:
    """Draw one page; exit 0 with the number of pages on stdout, or 1 with the reason on stderr."""
    job = json.load(sys.stdin)
    os.umask(0o077)
    limit_self(job["memory_bytes"], job["cpu_seconds"])
    try:
        pages, picture = _drawn(Path(job["path"]), job["media_type"], job["page"], job["font_dirs"])
        if picture is not None:
            _write(picture, Path(job["folder"]), job["page"])
    except Exception as error:  # whatever a hostile file makes a decoder say
        sys.stderr.write(f"{type(error).__name__}: {error}"[:500])
        return 1
    sys.stdout.write(str(pages))
    return 0


def _drawn(path: Path, media_type: str, page: int, font_dirs: list[str]) -> tuple[int, "Image | None"]:
    """Return the number of pages and the picture of one (from 1); None when there is no such page."""
    if media_type == "application/pdf":
        return _pdf_page(path, page, font_dirs)
    return 1, _picture(path, FORMATS[media_type]) if page == 1 else None


def _pdf_page(path: Path, page: int, font_dirs: list[str]) -> tuple[int, "Image | None"]:
    import pypdfium2  # after the limits, so that they hold for it too

    _use_fonts(font_dirs)
    document = pypdfium2.PdfDocument(path)
    document.init_forms()  # so that what was filled in shows
    if page > len(document):
        return len(document), None
    drawn = document[page - 1]
    width, height = drawn.get_size()
    scale = min(PAGE_SIZE[0] / max(width, 1), PAGE_SIZE[1] / max(height, 1), 4)
    return len(document), drawn.render(scale=scale).to_pil().convert("RGB")


def _use_fonts(font_dirs: list[str]) -> None:
    """Start the PDF library again with our fonts, for documents that do not carry their own."""
    from pypdfium2 import raw

    texts = [ctypes.create_string_buffer(os.fsencode(folder)) for folder in font_dirs]
    pointer = ctypes.POINTER(ctypes.c_char)
    ended_by_null = pointer * (len(texts) + 1)
    raw.FPDF_DestroyLibrary()
    raw.FPDF_InitLibraryWithConfig(
        raw.FPDF_LIBRARY_CONFIG(
            version=2,
            m_pUserFontPaths=ended_by_null(*(ctypes.cast(text, pointer) for text in texts)),
            m_pIsolate=None,
            m_v8EmbedderSlot=0,
        )
    )


def _picture(path: Path, file_format: str) -> "Image":
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # the header was judged when the file came in; memory and time are limited here
    with Image.open(path, formats=[file_format]) as picture:
        picture.thumbnail(PAGE_SIZE)
        upright = ImageOps.exif_transpose(picture)
    canvas = Image.new("RGB", upright.size, "white")
    coloured = upright.convert("RGBA")
    canvas.paste(coloured, mask=coloured.getchannel("A"))
    return canvas


def _write(picture: "Image", folder: Path, page: int) -> None:
    """Write the page, and with the first one the thumbnail; nothing of the original's own data goes along."""
    picture.save(folder / f"{page}.jpg", "JPEG", quality=82)
    if page == 1:
        picture.thumbnail(THUMBNAIL_SIZE)
        picture.save(folder / "thumbnail.jpg", "JPEG", quality=80)


if __name__ == "__main__":
    sys.exit(main())
