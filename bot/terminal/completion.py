"""What Tab completes: commands and their arguments, and the names that the documents use."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bot.terminal.visible import escape


class TypedCompleter(Completer):
    """Completes a command after `:`, its argument after that, and names everywhere else."""

    def __init__(
        self,
        commands: Mapping[str, Callable[[], Iterable[str]]],
        known_names: Callable[[], Iterable[str]],
    ) -> None:
        self._commands = commands
        self._names = known_names

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002 - the library's signature
    ) -> Iterator[Completion]:
        """Yield what could stand where the cursor is."""
        typed = document.text_before_cursor
        if typed.startswith(":"):
            command, space, argument = typed.partition(" ")
            if not space:
                yield from _starting(self._commands, command)
            elif command in self._commands:
                yield from _starting(self._commands[command](), argument)
            return
        word = re.split(r"\s", typed)[-1]
        if word:
            for name in self._names():
                if any(part.casefold().startswith(word.casefold()) for part in name.split()):
                    yield Completion(name, start_position=-len(word), display=escape(name))


def _starting(words: Iterable[str], typed: str) -> Iterator[Completion]:
    for word in words:
        if word.casefold().startswith(typed.casefold()):
            yield Completion(word, start_position=-len(typed), display=escape(word))
