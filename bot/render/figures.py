"""What `talks eval` shows: the figures of a question file, by kind, and two settings compared."""

from collections.abc import Mapping

from rich.table import Table

from retrieval.evaluate import Difference


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


def comparison_table(differences: Mapping[str, Difference]) -> Table:
    """Return one row a figure: both values, and the gap with its 95 % interval."""
    table = Table("figure", "as set", "compared", "gap", "95 % interval", "", box=None)
    for name, gap in differences.items():
        certain = "" if gap.low <= 0 <= gap.high else "significant"
        table.add_row(
            name,
            f"{gap.first:.3f}",
            f"{gap.second:.3f}",
            f"{gap.second - gap.first:+.3f}",
            f"{gap.low:+.3f} to {gap.high:+.3f}",
            certain,
        )
    return table
