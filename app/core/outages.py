"""Tell an outage of the database from a fault of what is written."""

from sqlalchemy.exc import DBAPIError


def is_outage(error: Exception) -> bool:
    """Tell whether an error says that the connection is gone: no other row would have fared better."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def said(error: Exception) -> str:
    """Return what an error says, without the statement and its values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return f"{type(cause).__name__}: {' '.join(str(cause).split())}"
