"""Tell whether an uploaded file is a workbook that is safe to read, and say what to do about any other."""

import zipfile
from io import BytesIO

from app.services.errors import InputError, Message, msg

FIELD = "file"
_MOST_UNPACKED = 400 * 1024 * 1024
_MOST_MEMBERS = 2_000
_OLE = b"\xd0\xcf\x11\xe0"


class UnreadableFileError(InputError):
    """A file that is no workbook we read; says what to do about it."""

    def __init__(self, message: Message) -> None:
        super().__init__({FIELD: message})
        self.message = message


# The reader, the decompressors and the XML parsers raise almost anything on a file made, or damaged, to break them.
BREAKAGES = (Exception,)


def damaged() -> Message:
    """Return what to do about a file that does not read."""
    return msg("the file is damaged or no Excel workbook; open it in Excel or WPS and save it again as .xlsx")


def refuse_other_files(content: bytes) -> None:
    """Raises: UnreadableFileError by the first bytes of a file that is no workbook."""
    if not content:
        raise UnreadableFileError(msg("the file is empty"))
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise UnreadableFileError(msg("the file is protected by a password; remove the password and save it again"))
        raise UnreadableFileError(
            msg("this is a file of the old kind (.xls, .et or .doc); open it in Excel or WPS and save it as .xlsx")
        )
    if content.startswith(b"%PDF"):
        raise UnreadableFileError(msg("this is a PDF; the import takes Excel workbooks (.xlsx)"))
    if not content.startswith(b"PK\x03\x04"):
        raise UnreadableFileError(
            msg("this is no Excel workbook; text and CSV files must be opened in Excel or WPS and saved as .xlsx")
        )


def checked_archive(content: bytes) -> zipfile.ZipFile:
    """Return the archive that a workbook is. Raises: UnreadableFileError for another, a bomb, or one with macros."""
    try:
        archive = zipfile.ZipFile(BytesIO(content))
        members = archive.infolist()
    except BREAKAGES as error:
        raise UnreadableFileError(damaged()) from error
    names = {item.filename for item in members}
    if "word/document.xml" in names:
        raise UnreadableFileError(msg("this is a Word document; the import takes Excel workbooks (.xlsx)"))
    if any(name.endswith("vbaProject.bin") for name in names):
        raise UnreadableFileError(msg("the workbook carries macros; save it as .xlsx, which carries none"))
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise UnreadableFileError(
            msg("this kind of workbook is not read; open it in Excel or WPS and save it as .xlsx")
        )
    if "xl/workbook.xml" not in names:
        raise UnreadableFileError(damaged())
    if len(members) > _MOST_MEMBERS or sum(item.file_size for item in members) > _MOST_UNPACKED:
        raise UnreadableFileError(msg("the file unpacks to more than this program takes; split it"))
    _refuse_entities(archive, members)
    return archive


def _refuse_entities(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """Refuse XML that declares a document type: no workbook does, and entities could blow it up."""
    for item in members:
        if not item.filename.endswith((".xml", ".rels")):
            continue
        try:
            with archive.open(item) as stream:
                start = stream.read(4096).replace(b"\x00", b"")
        except BREAKAGES as error:
            raise UnreadableFileError(damaged()) from error
        if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
            raise UnreadableFileError(damaged())
