"""`talks eval`: a question file's figures, two settings compared, and floors that must hold."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path

from bot.errors import UsageError
from bot.opening import open_or_build
from bot.ports import App
from bot.screen import Screen
from config.settings import Settings
from retrieval import evaluate
from retrieval.evaluate import Outcome

# Figures of which less is better; a floor for one of these is a ceiling.
_CEILINGS = ("false_abstain", "false_answer")


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
    outcomes = _outcomes(app, settings, screen, rows)
    figures = evaluate.figures(outcomes)
    if as_json:
        screen.write(json.dumps(figures))
    else:
        _show(screen, outcomes, figures)
    if misses:
        for outcome in outcomes:
            if not outcome.right:
                ending = "answered" if outcome.answered else "declined"
                screen.say(f"{outcome.row.id} {outcome.row.kind} {ending}: {outcome.row.question}")
    if other is not None:
        from bot.render.figures import comparison_table  # noqa: PLC0415 - rich

        compared = _outcomes(app, other, screen, rows)
        differences = evaluate.compare(outcomes, compared)
        screen.show(comparison_table({name: astuple(gap) for name, gap in differences.items()}))
    return floors is None or _floors_hold(figures, floors, screen)


def _outcomes(
    app: App, settings: Settings, screen: Screen, rows: Sequence[evaluate.Row]
) -> list[Outcome]:
    with screen.progress() as progress:
        engine = open_or_build(app, settings, progress=progress)
        outcomes = []
        for done, row in enumerate(rows):
            progress("asking", done, len(rows))
            outcomes.append(evaluate.judge(row, engine.ask(row.question), engine.sources))
        progress("asking", len(rows), len(rows))
    return outcomes


def _show(screen: Screen, outcomes: Sequence[Outcome], figures: Mapping[str, float | None]) -> None:
    from bot.render.figures import figures_table, kinds_table  # noqa: PLC0415 - rich

    answerable = sum(outcome.row.answerable for outcome in outcomes)
    others = len(outcomes) - answerable
    counts = {
        "right": len(outcomes),
        **dict.fromkeys(("top1", "top3", "false_abstain"), answerable),
        "false_answer": others,
        "auroc": len(outcomes),
        "verbatim": sum(len(outcome.verbatim) for outcome in outcomes),
    }
    screen.show(figures_table(figures, counts))
    screen.say("")
    screen.show(kinds_table(evaluate.by_kind(outcomes)))


def _floors_hold(figures: Mapping[str, float | None], path: Path, screen: Screen) -> bool:
    try:
        floors = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({type(error).__name__}).") from error
    holds = True
    for name, floor in floors.items():
        value = figures.get(name)
        if not isinstance(floor, int | float) or value is None:
            raise UsageError(
                f"{path}: {name} = {floor!r} is no floor. Known: {', '.join(figures)}."
            )
        if value > floor if name in _CEILINGS else value < floor:
            screen.complain(f"{name} is {value:.3f}, its floor in {path} is {floor:.3f}")
            holds = False
    return holds
