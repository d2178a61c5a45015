"""An import contract of our own for lint-imports: named packages import themselves and the standard library only."""

import sys

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class StandardLibraryOnly(Contract):
    """Keep packages free of every third-party module and of the product's other rooms."""

    packages = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Return the imports that leave the packages, as `importer -> imported`."""
        allowed = sys.stdlib_module_names
        packages: set[str] = self.packages  # type: ignore[assignment]  # the field is replaced by its value
        strays = [
            f"{module} -> {imported}"
            for package in packages
            for module in sorted({package, *graph.find_descendants(package)})
            for imported in sorted(graph.find_modules_directly_imported_by(module))
            if imported.partition(".")[0] not in allowed and not f"{imported}.".startswith(f"{package}.")
        ]
        return ContractCheck(kept=not strays, metadata={"strays": strays})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the stray imports, one a line."""
        for stray in check.metadata["strays"]:
            output.print_error(stray)
