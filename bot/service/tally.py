"""What became of the questions: counted, told to whoever watches, and a line each in the log."""

import logging
from collections import Counter
from collections.abc import Callable

from bot.types import Answered, Question, Reply
from retrieval.types import Found

log = logging.getLogger(__name__)


class Tally:
    """Of one process, since its start."""

    def __init__(self, *, log_questions: bool) -> None:
        self._log_questions = log_questions
        self.outcomes: Counter[tuple[str, str]] = Counter()  # (platform, reply)
        self.watchers: list[Callable[[str, str, float], None]] = []  # platform, reply, seconds

    def note(self, question: Question, reply: Reply, *, seconds: float) -> None:
        """Count one reply; people's words are logged only where the operator wants it."""
        outcome = type(reply).__name__.lower()
        if isinstance(reply, Answered):
            outcome = "found" if isinstance(reply.answer, Found) else reply.answer.reason.value
        self.outcomes[question.platform, outcome] += 1
        for tell in self.watchers:
            tell(question.platform, outcome, seconds)
        told = {"platform": question.platform, "outcome": outcome, "seconds": round(seconds, 3)}
        words = "%(platform)s question: %(outcome)s in %(seconds)s s"
        if self._log_questions:
            told["question"] = question.text
            words += ": %(question)r"
        log.info(words, told, extra=told)
