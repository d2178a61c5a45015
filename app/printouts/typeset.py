"""The typesetting process: reads one job as JSON on stdin, writes a PDF (or PNGs) to stdout, and ends (`python -m`)."""

import json
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path

TEMPLATES = Path(__file__).resolve().parent / "typst"


def main() -> int:
    """Set one document; exit 0 with its bytes on stdout, or 1 with the reason on stderr."""
    job = json.load(sys.stdin)
    limit_self(job["memory_bytes"], job["cpu_seconds"])
    import typst  # after the limits, so that they hold for it too

    try:
        made = typst.compile(
            str(TEMPLATES / job["template"]),
            root=str(TEMPLATES),
            font_paths=typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=list(job["font_dirs"])
            ),
            format=job.get("format", "pdf"),
            ppi=job.get("dpi"),
            sys_inputs={"data": json.dumps(job["data"], ensure_ascii=False)},
            pdf_standards=job["standards"],
            pdf_tags=job["tagged"],
            timestamp=datetime.fromtimestamp(job["created_at"], UTC),
        )
    except typst.TypstError as error:
        sys.stderr.write(error.diagnostic)
        return 1
    sys.stdout.buffer.write(b"".join(made) if isinstance(made, list) else made)
    return 0


def limit_self(memory_bytes: int, cpu_seconds: int) -> None:
    """Bind this process to an address space and a CPU time, so that a runaway document ends alone."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))


if __name__ == "__main__":
    sys.exit(main())
