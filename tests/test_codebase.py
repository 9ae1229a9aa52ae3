"""What holds for the code as a whole: which way imports point, who owns what, size, openings.

Every law is a function from a path and a parsed module to complaints; each is shown to complain.
"""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("config", "retrieval", "bot")
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "bot",
    "config",
    "pyproject.toml",
    "retrieval",
    "seeds",
    "tests",
}

VIEWS = ("answers", "tables", "visible", "figures", "place")
SEEN = ("retrieval.types", "bot.types", "bot.links", "bot.words")
PURE_CHAT = ("buttons", "compose", "layout", "notices")
COMPOSED = ("bot.actions", *(f"bot.chat.{name}" for name in PURE_CHAT))
# What of ours a module may import: the first pattern that fits its path decides.
MAY_IMPORT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("config/setup_env.py", ()),
    ("config/*", ("config",)),
    ("retrieval/types.py", ()),
    ("retrieval/errors.py", ()),
    ("retrieval/*", ("config", "retrieval")),
    *((f"bot/terminal/{name}.py", (*SEEN, "bot.terminal")) for name in VIEWS),
    ("bot/words.py", ("retrieval.types",)),
    ("bot/json.py", ("retrieval.types", "bot.links")),
    *((f"bot/chat/{name}.py", (*SEEN, *COMPOSED)) for name in PURE_CHAT),
    ("bot/chat/*", (*SEEN, *COMPOSED, "bot.chat", "bot.errors", "bot.service")),
    ("bot/render/*", (*SEEN, *COMPOSED, "bot.render")),
    (
        "bot/adapters/*",
        (
            "retrieval.types",
            "bot.types",
            "bot.actions",
            "bot.chat",
            "bot.service",
            "bot.render",
            "bot.links",
            "bot.words",
            "bot.errors",
        ),
    ),
    (
        "bot/web/*",
        (
            "retrieval.types",
            "retrieval.paragraphs",
            "retrieval.quote",
            "retrieval.regions",
            "retrieval.sentences",
            "bot.types",
            "bot.service",
            "bot.chat.layout",
            "bot.chat.notices",
            "bot.json",
            "bot.words",
            "bot.links",
            "bot.errors",
            "bot.web",
        ),
    ),
    ("bot/*", ("config", "retrieval", "bot")),
)
COMPOSITION_ROOT = "bot.app"
MAY_IMPORT_COMPOSITION_ROOT = ("bot/cli*.py", "bot/__main__.py")

ENCODE = ("retrieval/encode*.py",)
BY_HAND = ("retrieval/training/*",)  # run by hand, never by the program
FIT = ENCODE + BY_HAND
READ = ("retrieval/encode*.py", "retrieval/crossread.py", *BY_HAND)
TERMINAL = ("bot/terminal/*", "bot/cli*.py")
SHARED = ("bot/chat/*", "bot/service/*", "bot/words.py")
WEB = ("bot/web/*",)
OWNERS = {
    "alembic": ("bot/state/*",),
    "aiosqlite": ("bot/state/*",),
    "asyncpg": ("bot/state/*",),
    "blingfire": ("retrieval/sentences.py",),
    "discord": ("bot/adapters/discord*",),
    "fastapi": WEB,
    "jinja2": WEB,
    "markupsafe": WEB,
    "onnx": FIT,
    "onnxruntime": READ,
    "onnxscript": ENCODE,
    "prometheus_client": WEB,
    "prompt_toolkit": ("bot/terminal/*",),
    "pydantic": ("config/*", "bot/web/schema.py"),  # FastAPI describes its bodies with it
    "pydantic_core": ("config/*",),
    "pydantic_settings": ("config/*",),
    "rank_bm25": ("retrieval/lexical.py",),
    "rich": TERMINAL,
    "sentence_transformers": ENCODE,
    "slack_bolt": ("bot/adapters/slack*",),
    "slack_sdk": ("bot/adapters/slack*",),
    "sqlalchemy": ("bot/state/*",),
    "starlette": WEB,
    "tokenizers": READ,
    "torch": (*FIT, "retrieval/pretrained.py"),
    "transformers": (*FIT, "retrieval/pretrained.py"),
    "typer": ("bot/cli*.py",),
    "uvicorn": WEB,
}
# Importing one of these takes a second or more, or starts threads. An adapter stands on its SDK, so
# it is the adapter that is imported where it is used.
HEAVY = {
    "torch",
    "sentence_transformers",
    "transformers",
    "discord",
    "slack_bolt",
    "fastapi",
    "bot.adapters",
    "bot.web",
}
STAND_ON_HEAVY = ("bot/adapters/*", "bot/web/*")


@dataclass(frozen=True)
class Import:
    """An imported name, `package.module.name`, and whether importing the module imports it."""

    name: str
    line: int
    at_once: bool

    def is_of(self, *prefixes: str) -> bool:
        return any(self.name == prefix or self.name.startswith(f"{prefix}.") for prefix in prefixes)


def imports(path: str, module: ast.Module) -> list[Import]:
    return list(_imports(path, module, at_once=True))


def _imports(path: str, node: ast.AST, *, at_once: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import(names=names):
                yield from (Import(alias.name, child.lineno, at_once) for alias in names)
            case ast.ImportFrom(module=source, names=names, level=level):
                package = path.split("/")[:-level] if level else []
                start = ".".join([*package, *([source] if source else [])])
                yield from (Import(f"{start}.{each.name}", child.lineno, at_once) for each in names)
            case ast.Call(func=called, args=[ast.Constant(value=str(name)), *_]) if ast.unparse(
                called
            ) in {"__import__", "import_module", "importlib.import_module"}:
                yield Import(name, child.lineno, at_once)
        later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or (
            isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        )
        yield from _imports(path, child, at_once=at_once and not later)


def fits(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


Law = Callable[[str, str, ast.Module], list[str]]


def imports_point_one_way(path: str, _: str, module: ast.Module) -> list[str]:
    allowed = next(names for pattern, names in MAY_IMPORT if fnmatch(path, pattern))
    if fnmatch(path, "bot/adapters/*/*"):  # an adapter that has become a package
        allowed += (".".join(path.split("/")[:3]),)
    return [
        f"{path}:{each.line} imports {each.name}"
        for each in imports(path, module)
        if each.is_of(*PACKAGES) and not each.is_of(*allowed)
    ]


def only_the_command_line_composes(path: str, _: str, module: ast.Module) -> list[str]:
    return [
        f"{path}:{each.line} imports {each.name}"
        for each in imports(path, module)
        if each.is_of(COMPOSITION_ROOT) and not fits(path, MAY_IMPORT_COMPOSITION_ROOT)
    ]


def third_parties_have_one_owner(path: str, _: str, module: ast.Module) -> list[str]:
    return [
        f"{path}:{each.line} imports {each.name}, which belongs to {', '.join(owners)}"
        for each in imports(path, module)
        for name, owners in OWNERS.items()
        if each.is_of(name) and not fits(path, owners)
    ]


def heavy_imports_wait(path: str, _: str, module: ast.Module) -> list[str]:
    return [
        f"{path}:{each.line} imports {each.name} at module level"
        for each in imports(path, module)
        if each.at_once and each.is_of(*HEAVY) and not fits(path, BY_HAND + STAND_ON_HEAVY)
    ]


def the_set_up_needs_nothing_installed(path: str, _: str, module: ast.Module) -> list[str]:
    return [
        f"{path}:{each.line} imports {each.name}"
        for each in imports(path, module)
        if path == "config/setup_env.py" and each.name.split(".")[0] not in sys.stdlib_module_names
    ]


def modules_are_short(path: str, text: str, _: ast.Module) -> list[str]:
    lines = len(text.splitlines())
    return [f"{path} has {lines} lines; 400 is the limit"] if lines > 400 else []


def modules_open_by_saying_what_they_own(path: str, _: str, module: ast.Module) -> list[str]:
    lines = [line for line in (ast.get_docstring(module) or "").splitlines() if line.strip()]
    fine = 1 <= len(lines) <= 4
    return [] if fine else [f"{path} opens with {len(lines)} lines of docstring; 1 to 4 are right"]


def printing_is_the_terminals(path: str, _: str, module: ast.Module) -> list[str]:
    return [
        f"{path}:{node.lineno} prints"
        for node in ast.walk(module)
        if isinstance(node, ast.Name)
        and node.id == "print"
        and path not in {"bot/cli.py", "bot/terminal/repl.py"}
    ]


def the_core_is_synchronous(path: str, _: str, module: ast.Module) -> list[str]:
    kinds = ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith
    lines = [node.lineno for node in ast.walk(module) if isinstance(node, kinds)]
    lines += [each.line for each in imports(path, module) if each.is_of("asyncio")]
    free = fits(
        path,
        (
            "bot/adapters/*",
            "bot/chat/*",
            "bot/service/*",
            "bot/state/*",
            "bot/web/*",
            "bot/serve.py",
        ),
    )
    return [] if free else [f"{path}:{line} is asynchronous" for line in lines]


def what_is_shared_names_no_platform(path: str, text: str, _: ast.Module) -> list[str]:
    lines = enumerate(text.casefold().splitlines(), start=1)
    named = [n for n, line in lines if any(name in line for name in ("discord", "slack"))]
    return [f"{path}:{n} names a platform" for n in named] if fits(path, SHARED) else []


LAWS: tuple[Law, ...] = (
    imports_point_one_way,
    only_the_command_line_composes,
    third_parties_have_one_owner,
    heavy_imports_wait,
    the_set_up_needs_nothing_installed,
    modules_are_short,
    modules_open_by_saying_what_they_own,
    printing_is_the_terminals,
    the_core_is_synchronous,
    what_is_shared_names_no_platform,
)


def complaints(law: Law, path: str, text: str) -> list[str]:
    return law(path, text, ast.parse(text))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_code_keeps(law: Law) -> None:
    found = [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    assert len(found) > len(PACKAGES)
    complained = [
        complaint
        for file in found
        for complaint in complaints(
            law, file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")
        )
    ]
    assert not complained


@pytest.mark.parametrize(
    ("law", "path", "text"),
    [
        (imports_point_one_way, "config/settings.py", "import retrieval.types"),
        (imports_point_one_way, "retrieval/search.py", "from bot import links"),
        (imports_point_one_way, "retrieval/search.py", "def f():\n    import bot.cli"),
        (imports_point_one_way, "retrieval/types.py", "from retrieval.errors import QuoteError"),
        (imports_point_one_way, "retrieval/types.py", "from . import errors"),
        (imports_point_one_way, "retrieval/errors.py", "from config.settings import Settings"),
        (imports_point_one_way, "bot/render/html.py", "from retrieval.search import Searcher"),
        (imports_point_one_way, "bot/render/html.py", "from retrieval import search"),
        (imports_point_one_way, "bot/render/html.py", "from bot.service import Service"),
        (imports_point_one_way, "bot/render/html.py", "from ..service import Service"),
        (imports_point_one_way, "bot/adapters/slack.py", "from bot.web import x"),
        (imports_point_one_way, "bot/adapters/slack.py", "from bot.adapters import discord"),
        (imports_point_one_way, "bot/adapters/slack.py", "from retrieval.answer import ask"),
        (imports_point_one_way, "bot/adapters/slack/run.py", "from bot.web import x"),
        (imports_point_one_way, "bot/web/pages.py", "from bot.adapters.slack import Talks"),
        (imports_point_one_way, "bot/web/pages.py", "from retrieval.search import Searcher"),
        (imports_point_one_way, "config/x.py", "if TYPE_CHECKING:\n    import retrieval.types"),
        (only_the_command_line_composes, "bot/service.py", "from bot.app import build"),
        (only_the_command_line_composes, "bot/terminal/repl.py", "import_module('bot.app')"),
        (third_parties_have_one_owner, "retrieval/search.py", "import rank_bm25"),
        (third_parties_have_one_owner, "retrieval/index.py", "from torch import nn"),
        (third_parties_have_one_owner, "retrieval/read.py", "import sentence_transformers"),
        (third_parties_have_one_owner, "retrieval/text.py", "from blingfire import x"),
        (third_parties_have_one_owner, "bot/service.py", "from pydantic_settings import x"),
        (third_parties_have_one_owner, "bot/chat/layout.py", "from rich.text import Text"),
        (third_parties_have_one_owner, "bot/service.py", "importlib.import_module('discord.ui')"),
        (heavy_imports_wait, "retrieval/encode.py", "import torch"),
        (heavy_imports_wait, "retrieval/encode.py", "try:\n    import torch\nexcept E:\n    pass"),
        (heavy_imports_wait, "retrieval/encode.py", "class A:\n    from torch.nn import Module"),
        (heavy_imports_wait, "retrieval/encode.py", "x = __import__('torch')"),
        (heavy_imports_wait, "bot/serve.py", "from bot.adapters.discord import Talks"),
        (the_set_up_needs_nothing_installed, "config/setup_env.py", "import pip"),
        (the_set_up_needs_nothing_installed, "config/setup_env.py", "from config import settings"),
        (modules_are_short, "bot/cli.py", "x = 1\n" * 401),
        (modules_open_by_saying_what_they_own, "bot/cli.py", "x = 1"),
        (modules_open_by_saying_what_they_own, "bot/cli.py", '"""1\n2\n3\n4\n5"""'),
        (printing_is_the_terminals, "retrieval/index.py", "def f():\n    print('here')"),
        (printing_is_the_terminals, "bot/service.py", "tell = print"),
        (the_core_is_synchronous, "retrieval/answer.py", "async def ask(): ..."),
        (the_core_is_synchronous, "bot/app.py", "import asyncio"),
        (imports_point_one_way, "bot/chat/desk.py", "from bot.render import slack"),
        (imports_point_one_way, "bot/chat/layout.py", "from bot.service import Service"),
        (imports_point_one_way, "bot/render/html.py", "from bot.chat.desk import Desk"),
        (
            imports_point_one_way,
            "bot/terminal/answers.py",
            "from bot.terminal.x import y\nimport bot",
        ),
        (what_is_shared_names_no_platform, "bot/chat/desk.py", "x = 'Slack'"),
    ],
)
def test_a_breach_is_noticed(law: Law, path: str, text: str) -> None:
    assert complaints(law, path, text)


@pytest.mark.parametrize(
    ("law", "path", "text"),
    [
        (imports_point_one_way, "retrieval/search.py", "from config.settings import Search"),
        (imports_point_one_way, "bot/render/html.py", "from retrieval.types import Answer"),
        (imports_point_one_way, "bot/render/html.py", "from retrieval import types"),
        (imports_point_one_way, "bot/adapters/slack/run.py", "from bot.adapters.slack import x"),
        (imports_point_one_way, "bot/service.py", "from bottle import x\nimport configparser"),
        (only_the_command_line_composes, "bot/cli.py", "def f():\n    from bot import app"),
        (third_parties_have_one_owner, "retrieval/encode_original.py", "import torch"),
        (third_parties_have_one_owner, "retrieval/search.py", "import torchlight"),
        (heavy_imports_wait, "retrieval/encode.py", "def f():\n    import torch"),
        (heavy_imports_wait, "retrieval/encode.py", "if TYPE_CHECKING:\n    import torch"),
        (heavy_imports_wait, "bot/adapters/discord/client.py", "import discord"),
        (modules_are_short, "bot/cli.py", "x = 1\n" * 400),
        (modules_open_by_saying_what_they_own, "bot/cli.py", '"""1\n\n2\n3\n4"""'),
        (printing_is_the_terminals, "bot/terminal/screen.py", "console.print('x')"),
        (printing_is_the_terminals, "bot/cli.py", "print('x')"),
        (the_core_is_synchronous, "bot/web/server.py", "import asyncio"),
        (what_is_shared_names_no_platform, "bot/adapters/slack/send.py", "x = 'Slack'"),
    ],
)
def test_what_is_allowed_is_let_be(law: Law, path: str, text: str) -> None:
    assert not complaints(law, path, text)


def test_what_is_particular_to_a_platform_stays_small() -> None:
    files = [
        file for name in ("adapters", "render") for file in (ROOT / "bot" / name).rglob("*.py")
    ]
    assert len(files) > 10
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files) < 1500


def test_nothing_unknown_lies_at_the_top() -> None:
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert {name.partition("/")[0] for name in listed.split("\0") if name} <= TOP_LEVEL
