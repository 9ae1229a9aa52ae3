"""`talks index`, `sources`, `doctor`, `serve` and `manifest`: the collection and what serves it."""

import json
from pathlib import Path

from bot.ports import App
from bot.terminal.opening import open_or_build
from bot.terminal.screen import Screen, shown
from config.settings import Settings
from retrieval.catalogue import Problem
from retrieval.corpus import share_left_out
from retrieval.errors import IndexMissingError, RetrievalError


def index(app: App, settings: Settings, screen: Screen, *, force: bool) -> None:
    """Build the index and say whether there was anything to do."""
    with screen.progress() as progress:
        built = app.build_index(settings, progress=progress, force=force)
    documents = shown(settings.collection.seeds)
    screen.say(f"The index of {documents} is {'built' if built else 'up to date'}.")


def sources(app: App, settings: Settings, screen: Screen) -> None:
    """List the collection."""
    from bot.terminal.tables import SourcesView  # noqa: PLC0415 - rich

    folder = shown(settings.collection.seeds)
    shares = [(source, share_left_out(source)) for source in app.load_sources(settings)]
    screen.show(SourcesView(shares, folder))


def doctor(app: App, settings: Settings, screen: Screen) -> bool:
    """Say what is wrong and whether anything that matters is; True if nothing is."""
    folder = settings.collection.seeds
    problems = app.check_collection(settings)
    for problem in problems:
        screen.say(_problem(problem, folder))
    errors = sum(problem.severity == "error" for problem in problems)
    _shares(app, settings, screen)
    usable = _index_is_usable(app, settings, screen)
    warnings = len(problems) - errors
    for finding in app.check_platforms(settings):
        weight = "" if finding.severity == "info" else f"{finding.severity}: "
        screen.say(f"{finding.place}: {weight}{finding.text}")
        errors += finding.severity == "error"
        warnings += finding.severity == "warning"
    screen.say(f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}")
    return usable and not errors


def serve(app: App, settings: Settings, screen: Screen) -> None:
    """Build the index if there is none, then answer until a signal."""
    with screen.progress() as progress:
        open_or_build(app, settings, progress=progress)
    app.serve(settings)


def manifest(
    app: App, settings: Settings, screen: Screen, *, as_json: bool, url: str | None
) -> None:
    """Print what a Slack app is made from."""
    made = app.slack_manifest(settings, url)
    if as_json:
        screen.write(json.dumps(made, indent=2, ensure_ascii=False))
        return
    import yaml  # noqa: PLC0415 - comes with the extra

    screen.write(yaml.safe_dump(made, sort_keys=False, allow_unicode=True).rstrip())


def _index_is_usable(app: App, settings: Settings, screen: Screen) -> bool:
    try:
        app.open_engine(settings)
    except IndexMissingError as error:
        screen.say(f"index: {error}")
        return True  # how every collection begins: the first question builds it
    except RetrievalError as error:
        screen.say(f"index: {error}")
        return False
    screen.say("index: up to date")
    return True


def _problem(problem: Problem, folder: Path) -> str:
    place = str(shown(folder / problem.file))
    if problem.line is not None:
        place += f":{problem.line}"
    return f"{place}: {problem.severity}: {problem.text}"


def _shares(app: App, settings: Settings, screen: Screen) -> None:
    try:
        documents = app.load_sources(settings)
    except RetrievalError:
        return  # the problems above say why
    for source in documents:
        place = shown(settings.collection.seeds / source.document.file)
        screen.say(f"{place}: {share_left_out(source):.0%} left out as not part of the document")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
