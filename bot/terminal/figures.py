"""What `talks eval` shows: the figures of a question file, by kind, and two settings compared."""

from collections.abc import Mapping

from rich.table import Table


def figures_table(figures: Mapping[str, float | None], counts: Mapping[str, int]) -> Table:
    """Return one row a figure; a dash where nothing was counted."""
    table = Table("figure", "value", "n", box=None)
    for name, value in figures.items():
        shown = "-" if value is None else f"{value:.3f}"
        table.add_row(name, shown, str(counts[name]) if name in counts else "")
    return table


def kinds_table(kinds: Mapping[str, tuple[float, int]]) -> Table:
    """Return one row a kind of question: the share right and how many there are."""
    table = Table("kind of question", "right", "n", box=None)
    for name, (share, count) in kinds.items():
        table.add_row(name, f"{share:.3f}", str(count))
    return table


def comparison_table(differences: Mapping[str, tuple[float, float, float, float]]) -> Table:
    """Return one row a figure, given both values and the 95 % interval of their gap."""
    table = Table("figure", "as set", "compared", "gap", "95 % interval", "", box=None)
    for name, (first, second, low, high) in differences.items():
        table.add_row(
            name,
            f"{first:.3f}",
            f"{second:.3f}",
            f"{second - first:+.3f}",
            f"{low:+.3f} to {high:+.3f}",
            "" if low <= 0 <= high else "significant",
        )
    return table
