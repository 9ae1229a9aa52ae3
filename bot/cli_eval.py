"""`talks eval`: a question file's figures, two settings compared, and floors that must hold."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.errors import UsageError
from bot.ports import App, Engine, Progress
from bot.terminal.opening import open_or_build
from bot.terminal.screen import Screen
from config.settings import Settings
from retrieval import evaluate
from retrieval.errors import IndexStaleError
from retrieval.evaluate import FIGURES, Outcome

# Figures of which less is better; a floor for one of these is a ceiling.
_CEILINGS = ("false_abstain", "false_answer", "ece")


def run(
    app: App,
    settings: Settings,
    screen: Screen,
    *,
    questions: Path,
    other: Settings | None,
    floors: Path | None,
    as_json: bool,
    misses: bool,
) -> bool:
    """Show the figures; False if a floor does not hold."""
    rows = evaluate.read_questions(questions)
    least = _read_floors(floors) if floors else {}
    with screen.progress() as progress:
        engine = open_or_build(app, settings, progress=progress)
        outcomes = _outcomes(engine, rows, progress)
    figures = evaluate.figures(outcomes)
    missed = [outcome for outcome in outcomes if not outcome.right] if misses else []
    gaps: Mapping[str, evaluate.Difference] = {}
    if other is not None:
        with screen.progress() as progress, _opened_apart(app, other, progress) as engine:
            gaps = evaluate.compare(outcomes, _outcomes(engine, rows, progress))
    if as_json:
        shown: dict[str, object] = dict(figures)
        shown["calibration"] = [asdict(one) for one in evaluate.calibration(outcomes)]
        if misses:
            shown["misses"] = [_told(outcome) for outcome in missed]
        if other is not None:
            shown["compared"] = {name: asdict(gap) for name, gap in gaps.items()}
        screen.write(json.dumps(shown))
    else:
        _show(screen, outcomes, figures, missed, gaps)
    return _floors_hold(figures, least, screen)


def _outcomes(engine: Engine, rows: Sequence[evaluate.Row], progress: Progress) -> list[Outcome]:
    outcomes = []
    for done, row in enumerate(rows):
        progress("asking", done, len(rows))
        outcomes.append(evaluate.judge(row, engine.ask(row.question), engine.sources))
    progress("asking", len(rows), len(rows))
    return outcomes


@contextmanager
def _opened_apart(app: App, settings: Settings, progress: Progress) -> Iterator[Engine]:
    """Open an engine for comparison; settings that need another index get one of their own."""
    try:
        yield open_or_build(app, settings, progress=progress)
    except IndexStaleError:
        with TemporaryDirectory(prefix="talks-") as folder:
            index = settings.index.model_copy(update={"path": Path(folder)})
            apart = settings.model_copy(update={"index": index})
            yield open_or_build(app, apart, progress=progress)


def _told(outcome: Outcome) -> dict[str, object]:
    row = outcome.row
    return {"id": row.id, "kind": row.kind, "answered": outcome.answered, "question": row.question}


def _show(
    screen: Screen,
    outcomes: Sequence[Outcome],
    figures: Mapping[str, float | None],
    missed: Sequence[Outcome],
    gaps: Mapping[str, evaluate.Difference],
) -> None:
    from bot.terminal.figures import (  # noqa: PLC0415 - rich
        calibration_table,
        comparison_table,
        figures_table,
        kinds_table,
    )

    answerable = sum(outcome.row.answerable for outcome in outcomes)
    counts = {
        "right": len(outcomes),
        **dict.fromkeys(("top1", "top3", "false_abstain"), answerable),
        "false_answer": len(outcomes) - answerable,
        **dict.fromkeys(("auroc", "ece"), len(outcomes)),
        "verbatim": sum(len(outcome.verbatim) for outcome in outcomes),
    }
    screen.show(figures_table(figures, counts))
    screen.say("")
    screen.show(kinds_table(evaluate.by_kind(outcomes)))
    screen.say("")
    bins = (one for one in evaluate.calibration(outcomes) if one.count)
    screen.show(calibration_table([astuple(one) for one in bins]))
    if missed:
        screen.say("")
    for outcome in missed:
        ending = "answered" if outcome.answered else "declined"
        screen.say(f"{outcome.row.id} {outcome.row.kind} {ending}: {outcome.row.question}")
    if gaps:
        screen.say("")
        screen.show(comparison_table({name: astuple(gap) for name, gap in gaps.items()}))


def _read_floors(path: Path) -> Mapping[str, float]:
    """Read a floor for each figure it names; UsageError before any question is asked."""
    try:
        floors = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({type(error).__name__}).") from error
    for name, floor in floors.items():
        if name not in FIGURES or isinstance(floor, bool) or not isinstance(floor, int | float):
            raise UsageError(
                f"{path}: {name} = {floor!r} is no floor. Known: {', '.join(FIGURES)}."
            )
    return floors


def _floors_hold(
    figures: Mapping[str, float | None], floors: Mapping[str, float], screen: Screen
) -> bool:
    holds = True
    for name, floor in floors.items():
        value = figures[name]
        what = "ceiling" if name in _CEILINGS else "floor"
        if value is None:
            screen.complain(f"{name} has a {what}, and no question counts towards it")
        elif value > floor if name in _CEILINGS else value < floor:
            screen.complain(f"{name} is {value:.3f}, its {what} is {floor:.3f}")
        else:
            continue
        holds = False
    return holds
