"""Translate pip's settings for uv, which does not read them: a closed intranet names its index once, for pip."""

import ast
import subprocess
from pathlib import Path

# Where a setting occurs twice, the later of these wins, as pip itself has it.
_PRECEDENCE = ("global", "install", ":env:")


def read(python: Path) -> dict[str, str]:
    """Return pip's settings by name (`index-url`, `find-links`, …) as its files and the environment give them."""
    command: list[str | Path] = [python, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found: dict[str, dict[str, str]] = {section: {} for section in _PRECEDENCE}
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.partition(".")
        if section in found and value[:1] in "'\"":
            found[section][name] = str(ast.literal_eval(value))
    return {name: value for section in _PRECEDENCE for name, value in found[section].items()}


def for_uv(settings: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Return uv's arguments and environment variables that mean the same as pip's settings."""
    arguments = ["--index-strategy", "unsafe-best-match"]  # pip looks at all indexes too; the hashes decide
    if "index-url" in settings:
        arguments += ["--default-index", settings["index-url"]]
    if settings.get("no-index", "").lower() in {"1", "true", "yes", "on"}:
        arguments.append("--no-index")
    repeated = {"extra-index-url": "--index", "find-links": "--find-links", "trusted-host": "--allow-insecure-host"}
    for name, flag in repeated.items():
        for value in settings.get(name, "").split():
            arguments += [flag, value]
    variables = {
        "cert": "SSL_CERT_FILE",
        "proxy": "ALL_PROXY",
        "timeout": "UV_HTTP_TIMEOUT",
        "default-timeout": "UV_HTTP_TIMEOUT",
    }
    return arguments, {variables[name]: settings[name] for name in variables if name in settings}
