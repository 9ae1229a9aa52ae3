"""Which buttons stand under a quote and under an answer, for every chat platform."""

from dataclasses import dataclass

from bot.actions import Action, AnswerAction, OnAnswer, OnPassage, PassageAction, encode, short
from bot.chat.layout import Layout, QuoteBlock, TooLong
from bot.types import Answered


@dataclass(frozen=True, slots=True)
class Button:
    """A label (or an emoji) and all that a press needs to know."""

    label: str
    action: Action

    @property
    def value(self) -> str:
        """What the platform hands back."""
        return encode(self.action)


def on_passage(block: QuoteBlock | TooLong, fingerprint: str) -> tuple[Button, ...]:
    """Give the buttons of one quote."""
    document = short(block.cite.citation.document.id)

    def button(label: str, action: OnPassage) -> Button:
        return Button(label, PassageAction(action, document, block.span, fingerprint))

    context = (button("Context", "context"),) if isinstance(block, QuoteBlock) else ()
    return (*context, button("Copy exact", "exact"))


def on_answer(given: Answered, laid: Layout, *, private: bool) -> tuple[Button, ...]:
    """Give the buttons of a whole answer: More and Share first, then votes, then Delete.

    What the layout had no room for is had by More, as what the answer itself left out. Share shows
    an answer from its beginning, so it does not stand under further passages.
    """
    shown = given.skipped + laid.shown

    def button(label: str, action: OnAnswer) -> Button:
        return Button(label, AnswerAction(action, given.answer_id, shown))

    row = [button("More passages", "more")] if given.more or laid.left_out > 0 else []
    row += [button("Share", "share")] if private and not given.skipped else []
    row += [button("👍", "up"), button("👎", "down")]
    return tuple(row) if private else (*row, button("Delete", "delete"))
