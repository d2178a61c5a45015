"""Hatch build hook: the wheel carries the front-end files, so an installed product needs neither Node nor a network."""

import subprocess
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEndFiles(BuildHookInterface[Any]):
    """Build app/static/vendor before a wheel is packed; an editable install leaves that to `make setup`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run scripts/build_assets.py. Raises: CalledProcessError when it fails."""
        if self.target_name == "wheel" and version != "editable":
            subprocess.run([sys.executable, "scripts/build_assets.py"], cwd=self.root, check=True)
