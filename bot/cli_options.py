"""What can be typed after a command: every argument and option, with its help."""

from pathlib import Path
from typing import Annotated

import typer

from bot.errors import UsageError

SeedsOption = Annotated[
    Path | None,
    typer.Option("--seeds", metavar="DIR", help="Folder of the documents.", show_default=False),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings file in place of config/talks.toml.",
        show_default=False,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="SECTION.KEY=VALUE",
        help="Change one setting for this run; may be repeated.",
        show_default=False,
    ),
]
QuestionArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="QUESTION",
        help="The question; `-` or nothing reads it from standard input.",
        show_default=False,
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option(
        "--json",
        help="One JSON object; `--json -` answers one question a line.",
        show_default=False,
    ),
]
ThreadOption = Annotated[
    bool,
    typer.Option(
        "--thread",
        help="With `--json -`: the lines are one conversation; an empty line starts another.",
        show_default=False,
    ),
]
KOption = Annotated[
    int | None,
    typer.Option("-k", metavar="N", min=1, max=10, help="At most N quotes.", show_default=False),
]
DocumentOption = Annotated[
    list[str] | None,
    typer.Option(metavar="ID", help="Only this document; may be repeated.", show_default=False),
]
KindOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KIND",
        help="Only this kind of text, such as body or comment; may be repeated.",
        show_default=False,
    ),
]
ExplainOption = Annotated[
    bool,
    typer.Option("--explain", help="Show why: every signal, best first.", show_default=False),
]
BuildOption = Annotated[
    bool,
    typer.Option(
        "--build", help="Refresh the index first if it is not up to date.", show_default=False
    ),
]
QuestionsArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="Questions with their answers, JSON lines.")
]
CompareOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SECTION.KEY=VALUE",
        help="Ask all of it again with this setting; may be repeated.",
        show_default=False,
    ),
]
FloorsOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Fail if a figure is below its floor here."),
]
FiguresOption = Annotated[
    bool, typer.Option("--json", help="The figures as one JSON object.", show_default=False)
]
MissesOption = Annotated[
    bool, typer.Option("--misses", help="List what went wrong.", show_default=False)
]

ManifestJsonOption = Annotated[
    bool, typer.Option("--json", help="JSON instead of YAML.", show_default=False)
]
UrlOption = Annotated[
    str | None,
    typer.Option("--url", help="Public address for requests over HTTP; else Socket Mode."),
]


def overrides_of(
    seeds: Path | None, assignments: list[str] | None, *, flag: str = "--set"
) -> dict[str, object]:
    """Return what flags say of settings, by dotted key; `--seeds` is short for one of them."""
    overrides: dict[str, object] = {}
    for assignment in assignments or ():
        key, equals, value = assignment.partition("=")
        if not equals:
            raise UsageError(f"{flag} {assignment!r} has no '='. Write it as section.key=value.")
        overrides[key.strip()] = value
    if seeds is not None:
        overrides["collection.seeds"] = seeds
    return overrides
