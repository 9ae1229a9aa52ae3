"""The command line: what can be typed, and how each run ends.

Exit codes: 0 answered or done, 3 abstained, 2 usage, 1 failure, 130 interrupted.
"""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, cast

import typer
from typer.exceptions import Exit, TyperException

from bot import cli_ask, cli_collection
from bot.cli_options import (
    BuildOption,
    CompareOption,
    ConfigOption,
    DocumentOption,
    ExplainOption,
    FiguresOption,
    FloorsOption,
    JsonOption,
    KindOption,
    KOption,
    ManifestJsonOption,
    MissesOption,
    QuestionArgument,
    QuestionsArgument,
    SeedsOption,
    SetOption,
    ThreadOption,
    UrlOption,
    overrides_of,
)
from bot.errors import Ending, debugging, ending
from bot.ports import App
from bot.terminal.screen import Screen

commands = typer.Typer(
    name="talks",
    help="Ask a collection of documents a question; get back its exact words, marked and cited.",
    epilog="Exit codes: 0 answered or done, 3 abstained, 2 usage, 1 failure.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@dataclass(frozen=True, slots=True)
class Run:
    """What a command works with: the application, loaded when first asked for, and the screen."""

    app: Callable[[], App]
    screen: Screen


def main(argv: Sequence[str] | None = None, *, app: App | None = None) -> int:
    """Run one command and return its exit code; nothing but a debug run shows a traceback."""
    screen = Screen()
    run = Run(app=(lambda: app) if app else _composition_root, screen=screen)
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = commands(args=arguments, prog_name="talks", standalone_mode=False, obj=run)
        screen.out.flush()
    except KeyboardInterrupt:
        return _ended(screen, "interrupted", Ending.INTERRUPTED)
    except SystemExit:  # how typer ends when nobody reads its output any more
        return _ended(screen, "", Ending.BROKEN_PIPE)
    except TyperException as error:
        return _ended(screen, _typing_mistake(error), Ending.USAGE)
    except Exception as error:  # the one place where any error becomes an ending
        if debugging() and not isinstance(error, BrokenPipeError):
            raise
        return _ended(screen, error, ending(error))
    if code == Ending.INTERRUPTED:  # how typer reports Ctrl-C
        return _ended(screen, "interrupted", Ending.INTERRUPTED)
    return code if isinstance(code, int) else Ending.DONE


@commands.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", show_default=False)
    ] = False,
) -> None:
    """Ask a collection of documents a question; get back its exact words, marked and cited."""
    if version:
        from importlib.metadata import version as installed  # noqa: PLC0415 - 15 ms

        _run(context).screen.say(f"talks {installed('talks')}")
        raise Exit(Ending.DONE)
    if context.invoked_subcommand is None:
        _run(context).screen.tell(context.get_help())
        raise Exit(Ending.USAGE)


@commands.command()
def ask(
    context: typer.Context,
    *,
    question: QuestionArgument = None,
    as_json: JsonOption = False,
    thread: ThreadOption = False,
    k: KOption = None,
    document: DocumentOption = None,
    kind: KindOption = None,
    explain: ExplainOption = False,
    build: BuildOption = False,
    seeds: SeedsOption = None,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> int:
    """Answer a question with exact quotes.

    If the documents do not answer it, say so and show the closest passages. The index is built
    first if there is none.
    """
    run = _run(context)
    request = cli_ask.Request(
        words=tuple(question or ()),
        as_json=as_json,
        thread=thread,
        k=k,
        documents=tuple(document or ()),
        kinds=tuple(kind or ()),
        explain=explain,
        build=build,
    )
    cli_ask.check(request)
    app = run.app()
    chosen = app.load_settings(config, overrides_of(seeds, settings))
    return cli_ask.ask(request, app, chosen, run.screen)


@commands.command()
def repl(
    context: typer.Context,
    *,
    seeds: SeedsOption = None,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> int:
    """Ask one question after the other.

    `:help` lists what else can be typed.
    """
    from bot.terminal.repl import run as sit_down  # noqa: PLC0415 - only this command needs it

    run = _run(context)
    return sit_down(run.app(), run.screen, config=config, overrides=overrides_of(seeds, settings))


@commands.command()
def index(
    context: typer.Context,
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Build it even if it is up to date.", show_default=False)
    ] = False,
    seeds: SeedsOption = None,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """Build the index, unless it is up to date."""
    run = _run(context)
    app = run.app()
    chosen = app.load_settings(config, overrides_of(seeds, settings))
    cli_collection.index(app, chosen, run.screen, force=force)


@commands.command()
def sources(
    context: typer.Context,
    *,
    seeds: SeedsOption = None,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """List the documents and how each is known."""
    run = _run(context)
    app = run.app()
    cli_collection.sources(
        app, app.load_settings(config, overrides_of(seeds, settings)), run.screen
    )


@commands.command()
def doctor(
    context: typer.Context,
    *,
    seeds: SeedsOption = None,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> int:
    """Check the documents, the catalogue and the index.

    Every finding names its file and line; the exit code is 1 if one of them is an error.
    """
    run = _run(context)
    app = run.app()
    chosen = app.load_settings(config, overrides_of(seeds, settings))
    healthy = cli_collection.doctor(app, chosen, run.screen)
    return Ending.DONE if healthy else Ending.FAILURE


@commands.command()
def serve(
    context: typer.Context,
    *,
    seeds: SeedsOption = None,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """Answer on the web and on the chat platforms whose tokens are in the environment.

    DISCORD_TOKEN switches Discord on; SLACK_BOT_TOKEN, with SLACK_APP_TOKEN or
    SLACK_SIGNING_SECRET, Slack; --set web.enabled=true the web. The index is built first if there
    is none.
    """
    run = _run(context)
    app = run.app()
    chosen = app.load_settings(config, overrides_of(seeds, settings))
    cli_collection.serve(app, chosen, run.screen)


@commands.command()
def manifest(
    context: typer.Context,
    *,
    as_json: ManifestJsonOption = False,
    url: UrlOption = None,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> None:
    """Print the manifest that a Slack app is made from."""
    run = _run(context)
    app = run.app()
    chosen = app.load_settings(config, overrides_of(None, settings))
    cli_collection.manifest(app, chosen, run.screen, as_json=as_json, url=url)


@commands.command(name="eval")
def evaluate(
    context: typer.Context,
    *,
    file: QuestionsArgument,
    compare: CompareOption = None,
    floors: FloorsOption = None,
    as_json: FiguresOption = False,
    misses: MissesOption = False,
    seeds: SeedsOption = None,
    config: ConfigOption = None,
    settings: SetOption = None,
) -> int:
    """Measure how good the answers to a file of questions are."""
    from bot import cli_eval  # noqa: PLC0415 - only this command needs it

    run = _run(context)
    app = run.app()
    overrides = overrides_of(seeds, settings)
    others = overrides | overrides_of(None, compare, flag="--compare")
    holds = cli_eval.run(
        app,
        app.load_settings(config, overrides),
        run.screen,
        questions=file,
        other=app.load_settings(config, others) if compare else None,
        floors=floors,
        as_json=as_json,
        misses=misses,
    )
    return Ending.DONE if holds else Ending.FAILURE


def _run(context: typer.Context) -> Run:
    return cast("Run", context.obj)


def _composition_root() -> App:
    # By name: only this line knows it, and help and version need none of it.
    return cast("App", importlib.import_module("bot.app"))


def _typing_mistake(error: TyperException) -> str:
    message = " ".join(error.format_message().split())
    return f"{message}\n`talks --help` and `talks COMMAND --help` list what can be typed."


def _ended(screen: Screen, error: BaseException | str, code: Ending) -> int:
    try:
        if code is not Ending.BROKEN_PIPE:
            screen.complain(error)
    except OSError:
        code = Ending.BROKEN_PIPE
    if code is Ending.BROKEN_PIPE:
        # Nobody reads any more (`| head`); Python flushes once more at exit and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), screen.out.fileno())
    return code
