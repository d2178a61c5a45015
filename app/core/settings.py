"""Settings from the environment (`JUNHENG_…`); the README documents each and a test checks that it does."""

from datetime import time
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an administrator may set; every default suits one office on one machine."""

    model_config = SettingsConfigDict(env_prefix="JUNHENG_", extra="ignore")

    data_dir: Path = Field(default=Path("var"), description="folder of the database, evidence files and own fonts")
    database_url: str | None = Field(
        default=None, description="SQLAlchemy address; default a SQLite file in the data folder"
    )
    session_hours: int = Field(default=12, ge=1, le=720, description="hours until a sign-in expires")
    secure_cookies: bool = Field(default=False, description="true where the office serves over https")
    evidence_max_mb: int = Field(default=20, ge=1, le=1024, description="largest evidence file, in MiB")
    import_max_mb: int = Field(default=20, ge=1, le=200, description="largest workbook to import, in MiB")
    scan_at: time = Field(default=time(0, 10), description="daily scan, HH:MM in Asia/Shanghai")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="least level logged")
    log_format: Literal["console", "json"] = Field(default="console", description="console lines or JSON lines")
    threads: int = Field(default=4, ge=1, le=64, description="worker threads for requests")
    print_timeout_seconds: int = Field(default=120, ge=5, description="limit for setting one document")

    @property
    def effective_database_url(self) -> str:
        """The address in use: the configured one, or the SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'junheng.db').resolve()}"

    @property
    def evidence_dir(self) -> Path:
        """Folder of evidence files, named by their sha256."""
        return self.data_dir / "evidence"

    @property
    def imports_dir(self) -> Path:
        """Folder of imported workbooks, named by their sha256."""
        return self.data_dir / "imports"

    @property
    def printouts_dir(self) -> Path:
        """Folder of printed documents, named by their sha256."""
        return self.data_dir / "printouts"
