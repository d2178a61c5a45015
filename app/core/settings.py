"""Settings from the environment (`JUNHENG_…`); the README documents each and a test checks that it does."""

import re
import shlex
from datetime import time
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from app.core.channel_settings import ChannelSettings
from app.core.files import static_dir


class Settings(ChannelSettings):
    """What an administrator may set; every default suits one office on one machine."""

    model_config = SettingsConfigDict(env_prefix="JUNHENG_", extra="ignore")

    data_dir: Path = Field(default=Path("var"), description="folder of the database, evidence files and own fonts")
    database_url: str | None = Field(
        default=None, description="SQLAlchemy address; default a SQLite file in the data folder"
    )
    session_hours: int = Field(default=12, ge=1, le=720, description="hours until a sign-in expires")
    secure_cookies: bool = Field(default=False, description="true where the office serves over https")
    evidence_max_mb: int = Field(default=20, ge=1, le=1024, description="largest evidence file, in MiB")
    evidence_form_max_mb: int = Field(default=100, ge=1, le=4096, description="all files of one form, in MiB")
    evidence_max_files: int = Field(default=20, ge=1, le=100, description="files of one form")
    evidence_scan_command: str = Field(
        default="", description="virus scanner, called with a file's path; 0 is clean, 1 infected; empty: none"
    )
    evidence_scan_seconds: int = Field(default=60, ge=1, le=600, description="limit for scanning one file")
    preview_seconds: int = Field(default=20, ge=1, le=120, description="limit for the preview of one page")
    import_max_mb: int = Field(default=20, ge=1, le=200, description="largest workbook to import, in MiB")
    scan_at: time = Field(default=time(0, 10), description="daily scan, HH:MM in Asia/Shanghai")
    digest_at: time = Field(default=time(8, 30), description="daily digest of notices, HH:MM in Asia/Shanghai")
    base_url: str = Field(default="", description="address of this service as recipients open it; empty: not written")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="least level logged")
    log_format: Literal["console", "json"] = Field(default="console", description="console lines or JSON lines")
    threads: int = Field(default=4, ge=1, le=64, description="worker threads for requests")
    print_timeout_seconds: int = Field(default=120, ge=5, description="limit for setting one document")

    @field_validator("evidence_scan_command")
    @classmethod
    def _reads_as_a_command(cls, value: str) -> str:
        shlex.split(value)
        return value

    @field_validator("base_url")
    @classmethod
    def _opens_in_a_browser(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~/-]*)?", value):
            raise ValueError("an address begins with http:// or https:// and names a host")
        return value.rstrip("/")

    @field_validator("data_dir")
    @classmethod
    def _is_not_served(cls, value: Path) -> Path:
        if value.resolve().is_relative_to(static_dir()):
            raise ValueError("the data folder must not lie where browsers may fetch files")
        return value

    @property
    def effective_database_url(self) -> str:
        """The address in use: the configured one, or the SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'junheng.db').resolve()}"

    @property
    def evidence_dir(self) -> Path:
        """Folder of evidence files, named by their sha256."""
        return self.data_dir / "evidence"

    @property
    def previews_dir(self) -> Path:
        """Folder of pictures of evidence, made anew when they are missing."""
        return self.data_dir / "previews"

    @property
    def imports_dir(self) -> Path:
        """Folder of imported workbooks, named by their sha256."""
        return self.data_dir / "imports"

    @property
    def printouts_dir(self) -> Path:
        """Folder of printed documents, named by their sha256."""
        return self.data_dir / "printouts"
