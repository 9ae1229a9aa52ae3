"""Answers as they are remembered, and asking again what was asked: how threads keep their memory.

What is kept is the question, not the answer: the quotes are cut anew from the documents.
"""

import secrets

from bot.state import Record
from bot.types import Engine, Question
from retrieval.types import Answer, Found, Kind

Chain = tuple[Record, ...]  # the answers before a question, oldest first; two at most


def record_of(question: Question, answer: Answer, *, previous: Chain, now: float) -> Record:
    """Make the record of an answer, under a new id."""
    return Record(
        id=secrets.token_urlsafe(9),
        platform=question.platform,
        asker=question.user_key,
        guild=question.guild_key,
        thread=question.thread_key,
        question=question.text,
        understood=answer.understood,
        documents=question.documents,
        kinds=question.kinds,
        k=question.k,
        follows=previous[-1].id if previous else None,
        private=question.private,
        found=isinstance(answer, Found),
        fingerprint=answer.fingerprint,
        created=now,
    )


def ask_after(
    engine: Engine,
    previous: Chain,
    text: str,
    *,
    k: int | None,
    documents: frozenset[str] | None,
    kinds: frozenset[Kind] | None,
    before: Answer | None = None,
) -> Answer:
    """Ask a question after others, which are asked again first unless `before` answers the last.

    The oldest one stands by itself: of it, the text as it was understood is asked.
    """
    if before is not None and before.fingerprint != engine.fingerprint:
        before = None
    for record in () if before else previous:
        again = record.question if before else record.understood or record.question
        before = engine.ask(again, documents=record.documents, kinds=record.kinds, previous=before)
    return engine.ask(text, k=k, documents=documents, kinds=kinds, previous=before)
