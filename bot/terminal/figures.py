"""What `talks eval` shows: the figures of a question file, by kind, how far confidence can be
believed, and two settings compared.
"""

from collections.abc import Iterable, Mapping

from rich.table import Table
from rich.text import Text

from bot.terminal.visible import escape

_WIDTH = 20  # of a bar that stands for 1


def figures_table(figures: Mapping[str, float | None], counts: Mapping[str, int]) -> Table:
    """Return one row a figure; a dash where nothing was counted."""
    table = Table("figure", "value", "n", box=None)
    for name, value in figures.items():
        shown = "-" if value is None else f"{value:.3f}"
        table.add_row(name, shown, str(counts[name]) if name in counts else "")
    return table


def kinds_table(kinds: Mapping[str, tuple[float, int]]) -> Table:
    """Return one row a kind of question, a word of the file's: the share right and their number."""
    table = Table("kind of question", "right", "n", box=None)
    for name, (share, count) in kinds.items():
        table.add_row(Text(escape(name)), f"{share:.3f}", str(count))
    return table


def calibration_table(bins: Iterable[tuple[float, float, int, float, float]]) -> Table:
    """Return one row a bin: its ends, how many questions, mean confidence, the share right.

    The bar is as long as the share right; "|" stands where it would end were confidence just.
    """
    table = Table("confidence", "n", "mean", "right", "", box=None)
    for low, high, count, confidence, right in bins:
        ends = f"{low:.1f} to {high:.1f}"
        table.add_row(
            ends, str(count), f"{confidence:.3f}", f"{right:.3f}", _bar(right, confidence)
        )
    return table


def _bar(share: float, foretold: float) -> str:
    bar = list(("#" * round(share * _WIDTH)).ljust(_WIDTH + 1, "."))
    bar[round(foretold * _WIDTH)] = "|"
    return "".join(bar)


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
