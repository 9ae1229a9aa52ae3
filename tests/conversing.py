"""Conversations held with an engine, turn by turn, as a prompt or a chat thread holds them.

`PYTHONPATH=. python tests/conversing.py QUESTIONS COLLECTION SEEDS` says how many turns end right,
and which do not. QUESTIONS is a file of JSON lines, one conversation each:

    {"id": "seeds-01", "collection": "seeds", "turns": [
      {"question": "who met in Reykjavik", "leans": false, "gold": [...]},
      {"question": "and how long did it last?", "leans": true, "gold": [...]}]}

`gold` is that of `talks eval`, except that `doc` may be left out: then it is whichever document
holds the sentence. No gold: the turn must be declined (or is small talk). `leans` says whether the
turn needs those before it; one that does not opens another subject. A turn is right as a question
is in `talks eval`: the first quote of an answer marks a gold answer, or it is rightly declined.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.evaluate import Gold, Outcome, Row, judge
from retrieval.followup import carried
from retrieval.types import Answer, Source


@dataclass(frozen=True, slots=True)
class Turn:
    question: str
    leans: bool
    gold: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    id: str
    collection: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """How one turn went, and what its question was understood as."""

    turn: Turn
    understood: str | None
    outcome: Outcome


def read(path: Path, collection: str | None = None) -> tuple[Conversation, ...]:
    """Return the conversations of a file, or those about one collection."""
    raw = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return tuple(
        Conversation(
            one["id"],
            one["collection"],
            tuple(Turn(t["question"], t["leans"], tuple(t["gold"])) for t in one["turns"]),
        )
        for one in raw
        if collection in {None, one["collection"]}
    )


def row(name: str, turn: Turn, sources: Mapping[str, Source]) -> Row:
    """Return a turn as a question of `talks eval`."""
    gold = tuple(
        Gold(doc, one["sentence"], one["answer"])
        for one in turn.gold
        for doc in ([one["doc"]] if "doc" in one else _holding(one["sentence"], sources))
    )
    assert all(g.answer in g.sentence for g in gold)
    assert bool(gold) == bool(turn.gold), f"{name}: no document holds its gold"
    return Row(name, turn.question, "leans" if turn.leans else "alone", bool(gold), gold)


def _holding(sentence: str, sources: Mapping[str, Source]) -> list[str]:
    return [doc_id for doc_id, source in sources.items() if sentence in source.text]


def hold(engine: Any, conversations: Iterable[Conversation]) -> list[Held]:
    """Ask every turn after those before it."""
    held = []
    for conversation in conversations:
        previous: Answer | None = None
        for number, turn in enumerate(conversation.turns, start=1):
            answer = engine.ask(turn.question, previous=previous)
            asked = row(f"{conversation.id}.{number}", turn, engine.sources)
            held.append(Held(turn, answer.understood, judge(asked, answer, engine.sources)))
            previous = carried(answer, previous)
    return held


def right(held: Sequence[Held], *, leaning: bool | None = None) -> float:
    """Return the share of turns that end right; of those that lean on others, or do not."""
    counted = [one.outcome.right for one in held if leaning in {None, one.turn.leans}]
    return sum(counted) / len(counted)


def report(held: Sequence[Held]) -> str:
    """Return the shares, and a line for every turn that went wrong."""
    leans = sum(one.turn.leans for one in held)
    lines = [
        f"{right(held):.3f} of {len(held)} turns end right",
        f"{right(held, leaning=True):.3f} of the {leans} that lean on those before",
        f"{right(held, leaning=False):.3f} of the {len(held) - leans} that do not",
    ]
    for one in held:
        if not one.outcome.right:
            ending = "answered" if one.outcome.answered else "declined"
            understood = f" (understood as: {one.understood})" if one.understood else ""
            lines.append(f"{one.outcome.row.id} {ending}: {one.turn.question}{understood}")
    return "\n".join(lines) + "\n"


def main(questions: Path, collection: str, seeds: Path) -> None:
    from bot import app
    from bot.terminal.opening import open_or_build

    settings = app.load_settings(None, {"collection.seeds": seeds})
    engine = open_or_build(app, settings, progress=lambda *_: None, refresh=True)
    sys.stdout.write(report(hold(engine, read(questions, collection))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
