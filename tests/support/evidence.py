"""Files as people hand them in, made on the spot: pictures, PDF documents, archives."""

import zipfile
from io import BytesIO

import pikepdf
from PIL import Image


def picture(file_format: str = "PNG", size: tuple[int, int] = (60, 30)) -> bytes:
    """Return a red picture."""
    content = BytesIO()
    Image.new("RGB", size, "red").save(content, file_format)
    return content.getvalue()


def pdf(pages: int = 1) -> bytes:
    """Return a PDF of A4 pages that say 验收合格 in a font that it does not carry."""
    content = BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            page = document.add_blank_page(page_size=(595, 842))
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=_font()))
            words = "验收合格".encode("gbk").hex().encode()
            page.Contents = document.make_stream(b"BT /F 40 Tf 90 600 Td <" + words + b"> Tj ET")
        document.save(content)
    return content.getvalue()


def _font() -> pikepdf.Dictionary:
    name = pikepdf.Name("/FangSong_GB2312")
    about = pikepdf.Dictionary(
        Type=pikepdf.Name.FontDescriptor,
        FontName=name,
        Flags=6,
        FontBBox=[0, -200, 1000, 900],
        ItalicAngle=0,
        Ascent=859,
        Descent=-141,
        CapHeight=700,
        StemV=80,
    )
    glyphs = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=pikepdf.Dictionary(Registry="Adobe", Ordering="GB1", Supplement=2),
        DW=1000,
        FontDescriptor=about,
    )
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type0,
        BaseFont=name,
        Encoding=pikepdf.Name("/GBK-EUC-H"),
        DescendantFonts=pikepdf.Array([glyphs]),
    )


def ink(content: bytes) -> int:
    """Return how many pixels of a picture are dark."""
    with Image.open(BytesIO(content)) as drawn:
        return sum(drawn.convert("L").histogram()[:128])


def archive(*names: str, content: bytes = b"x") -> bytes:
    """Return an archive that holds files of these names."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, content)
    return packed.getvalue()
