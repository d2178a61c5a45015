"""Say in a sentence why a document could not be set: a character without a glyph, no font, no time."""

from app.services.errors import Message, msg


def print_problem(error: Exception) -> Message | None:
    """Return the sentence for an error of the printing itself; None: it is another's."""
    from app.printouts.fonts import MissingGlyphError, NoFontError  # slow to load
    from app.printouts.pdf import TypesettingError

    if isinstance(error, MissingGlyphError):
        return msg(
            "No print font has the character “%(character)s” (%(code)s) in: %(place)s. Replace the character there, "
            "or put a font that has it into the folder fonts of the data folder.",
            character=error.character,
            code=f"U+{ord(error.character):04X}",
            place=error.place,
        )
    if isinstance(error, NoFontError):
        return msg("No Chinese print font was found; tell the administrator.")
    if isinstance(error, TypesettingError):
        return msg("The document could not be set; nothing was printed.")
    return None
