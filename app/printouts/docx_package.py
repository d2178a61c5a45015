"""The file of a word-processor document: its parts, their relations, its properties; equal parts give equal bytes."""

from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx.image.image import Image
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.package import Package

from app.printouts.docx_markup import DECLARATION, NAMESPACES, clean

PICTURE = "rId1"  # the relation of a header's or footer's only picture
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the only time that every archive can hold
LONGEST_PROPERTY = 255
RUNNING = {
    "hdr": ("header", CONTENT_TYPE.WML_HEADER, RELATIONSHIP_TYPE.HEADER),
    "ftr": ("footer", CONTENT_TYPE.WML_FOOTER, RELATIONSHIP_TYPE.FOOTER),
}


class Body(Part):
    """The part that holds the document itself; its relations are known before its content."""

    content = ""

    @property
    def blob(self) -> bytes:
        """The part's bytes."""
        return f"{DECLARATION}<w:document {NAMESPACES}><w:body>{self.content}</w:body></w:document>".encode()


class WordFile:
    """A file under way: parts are added as the body needs them, the body comes last."""

    def __init__(self, styles: str, fonts: str, settings: str) -> None:
        self._package = Package()
        self._body = Body(PackURI("/word/document.xml"), CONTENT_TYPE.WML_DOCUMENT_MAIN, None, self._package)
        self._package.relate_to(self._body, RELATIONSHIP_TYPE.OFFICE_DOCUMENT)
        self._running: dict[tuple[str, str], str] = {}
        self._pictures: dict[bytes, Part] = {}
        for name, kind, relation, content in (
            ("styles.xml", CONTENT_TYPE.WML_STYLES, RELATIONSHIP_TYPE.STYLES, styles),
            ("fontTable.xml", CONTENT_TYPE.WML_FONT_TABLE, RELATIONSHIP_TYPE.FONT_TABLE, fonts),
            ("settings.xml", CONTENT_TYPE.WML_SETTINGS, RELATIONSHIP_TYPE.SETTINGS, settings),
        ):
            self._body.relate_to(self._part(name, kind, content.encode()), relation)

    def running(self, root: str, content: str, picture: bytes = b"") -> str:
        """Add a header (`root` hdr) or footer (ftr), equal ones once; return its relation.

        `picture` (PNG, b"" for none) is known in the part as PICTURE.
        """
        if (root, content) not in self._running:
            name, kind, relation = RUNNING[root]
            markup = f"{DECLARATION}<w:{root} {NAMESPACES}>{content}</w:{root}>"
            part = self._part(f"{name}{len(self._running) + 1}.xml", kind, markup.encode())
            if picture:
                part.relate_to(self._picture(picture), RELATIONSHIP_TYPE.IMAGE)
            self._running[root, content] = self._body.relate_to(part, relation)
        return self._running[root, content]

    def picture(self, png: bytes) -> tuple[str, float]:
        """Add a picture to the body; return its relation and its height as a share of its width."""
        image = Image.from_blob(png)
        return self._body.relate_to(self._picture(png), RELATIONSHIP_TYPE.IMAGE), image.px_height / image.px_width

    def save(self, body: str, *, title: str, author: str, made_at: datetime) -> bytes:
        """Return the bytes of the file; `made_at` (aware) is the only time that it carries."""
        self._body.content = body
        day = made_at.astimezone(UTC).replace(tzinfo=None, microsecond=0)
        properties = self._package.core_properties
        properties.title, properties.author = clean(title)[:LONGEST_PROPERTY], clean(author)[:LONGEST_PROPERTY]
        properties.last_modified_by, properties.revision, properties.language = properties.author, 1, "zh-CN"
        properties.created = properties.modified = day
        written = BytesIO()
        self._package.save(written)
        return _timeless(written)

    def _part(self, name: str, kind: str, blob: bytes) -> Part:
        return Part(PackURI(f"/word/{name}"), kind, blob, self._package)

    def _picture(self, png: bytes) -> Part:
        if png not in self._pictures:
            self._pictures[png] = self._part(f"media/image{len(self._pictures) + 1}.png", CONTENT_TYPE.PNG, png)
        return self._pictures[png]


def _timeless(archive: BytesIO) -> bytes:
    """Return the archive with its entries in order, the list of types first, and no times of its making."""
    result = BytesIO()
    with ZipFile(archive) as source, ZipFile(result, "w", ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            entry = ZipInfo(name, EARLIEST)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, source.read(name))
    return result.getvalue()
