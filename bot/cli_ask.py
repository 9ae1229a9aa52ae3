"""`talks ask`: one question for a person, one for a script, or a stream of them."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from bot.errors import Ending, UnknownNameError, UsageError, debugging
from bot.json import answer_object, failure_object
from bot.ports import App, Engine, Progress
from bot.terminal.opening import open_or_build
from bot.terminal.place import Place
from bot.terminal.screen import Screen, shown
from config.settings import Settings
from retrieval.followup import carried
from retrieval.types import QUOTABLE, Answer, Found, Kind, Trace

_KIND_WORDS = {"reader comment": Kind.COMMENT, "article": Kind.BODY, "text": Kind.BODY}


@dataclass(frozen=True, slots=True)
class Request:
    """What was typed."""

    words: tuple[str, ...]
    as_json: bool = False
    thread: bool = False
    k: int | None = None
    documents: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    explain: bool = False
    build: bool = False

    @property
    def streams(self) -> bool:
        """Whether the questions come from standard input, one a line."""
        return self.as_json and self.words == ("-",)


def check(request: Request) -> None:
    """Raise UsageError for what cannot be meant, before anything is loaded."""
    if request.thread and not request.streams:
        raise UsageError("--thread needs questions from standard input: add --json -.")
    if request.explain and request.as_json:
        raise UsageError("--explain is for people; --json has every signal already. Choose one.")
    if (not request.words or request.words == ("-",)) and sys.stdin is None:
        raise UsageError("There is no standard input to read a question from.")
    if not request.words and sys.stdin.isatty():
        raise UsageError('There is no question. Ask one: talks ask "who met whom?"')
    selected_kinds(request.kinds)


def ask(request: Request, app: App, settings: Settings, screen: Screen) -> Ending:
    """Answer what was asked."""
    with ExitStack() as stack:
        opened: list[Progress] = []

        def progress(step: str, done: int, total: int) -> None:
            if not opened:  # most runs build nothing and need no bar
                opened.append(stack.enter_context(screen.progress()))
            opened[0](step, done, total)

        engine = open_or_build(app, settings, progress=progress, refresh=request.build)
    answer = partial(
        engine.trace,
        k=request.k,
        documents=selected_documents(request.documents, engine),
        kinds=selected_kinds(request.kinds),
    )
    if request.streams:
        return _stream(
            _lines(),
            answer,
            engine,
            screen,
            thread=request.thread,
            public_url=settings.web.public_url,
        )
    question = whole(" ".join(request.words))
    if not request.words or request.words == ("-",):
        question = decoded(sys.stdin.buffer.read()).removesuffix("\n").removesuffix("\r")
    reply, trace, milliseconds = timed(partial(answer, question))
    if request.as_json:
        screen.write(
            json.dumps(
                answer_object(
                    reply,
                    question=question,
                    sources=engine.sources,
                    milliseconds=milliseconds,
                    public_url=settings.web.public_url,
                )
            )
        )
    else:
        screen.show_answer(
            reply,
            Place(shown(settings.collection.seeds), engine.sources, settings.web.public_url),
            trace=trace if request.explain else None,
            milliseconds=milliseconds,
        )
    return Ending.DONE if isinstance(reply, Found) else Ending.ABSTAINED


def timed(
    ask_it: Callable[[], tuple[Answer, Trace]],
) -> tuple[Answer, Trace, dict[str, float]]:
    """Ask, and put the whole time, as the caller waited for it, before that of the steps."""
    start = time.perf_counter()
    reply, trace = ask_it()
    total = (time.perf_counter() - start) * 1000
    return reply, trace, {"total": total} | {**trace.milliseconds, "total": total}


def selected_documents(ids: Iterable[str], engine: Engine) -> frozenset[str] | None:
    """Return the documents chosen, None for all; UnknownNameError for one that is not there."""
    chosen = frozenset(ids)
    for doc_id in chosen:
        if doc_id not in engine.sources:
            raise UnknownNameError("document", doc_id, engine.sources)
    return chosen or None


def selected_kinds(names: Iterable[str]) -> frozenset[Kind] | None:
    """Return the kinds chosen, None for all; `author-box` is as good as `author box`."""
    by_name: Mapping[str, Kind] = {kind.value: kind for kind in Kind if kind in QUOTABLE}
    chosen = set()
    for name in names:
        plain = re.sub(r"[-_\s]+", " ", name).strip().casefold()
        kind = by_name.get(plain) or by_name.get(plain.removesuffix("s")) or _KIND_WORDS.get(plain)
        if kind is None:
            raise UnknownNameError("kind of text", name, by_name)
        chosen.add(kind)
    return frozenset(chosen) or None


def whole(text: str) -> str:
    """Replace what was not UTF-8 when the shell passed it, as `decoded` does for a pipe."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def decoded(line: bytes) -> str:
    """Return a text whatever the bytes are: what is not UTF-8 becomes U+FFFD."""
    return line.decode("utf-8", errors="replace")


def _lines() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield decoded(line).removesuffix("\n").removesuffix("\r")


def _stream(
    lines: Iterable[str],
    answer: Callable[..., tuple[Answer, Trace]],
    engine: Engine,
    screen: Screen,
    *,
    thread: bool,
    public_url: str,
) -> Ending:
    ending = Ending.DONE
    previous: Answer | None = None
    for question in lines:
        if thread and not question.strip():
            previous = None
            continue
        start = time.perf_counter()
        try:
            reply, _, milliseconds = timed(partial(answer, question, previous=previous))
            made = answer_object(
                reply,
                question=question,
                sources=engine.sources,
                milliseconds=milliseconds,
                public_url=public_url,
            )
        except Exception as error:  # one bad line must not take the others with it
            if debugging():
                raise
            screen.complain(error)
            ending = Ending.FAILURE
            made = failure_object(
                question,
                fingerprint=engine.fingerprint,
                milliseconds=(time.perf_counter() - start) * 1000,
            )
        else:
            previous = carried(reply, previous) if thread else None
        screen.write(json.dumps(made))
    return ending
