"""The words that every face of the program uses: reasons, kinds, dates, notices.

Plain text about documents, never parts of a quote. Renderers escape it for their platform.
"""

from collections.abc import Mapping
from typing import assert_never

from retrieval.types import Abstained, Citation, Document, Kind, Reason

KIND_NAMES: Mapping[Kind, str] = {
    **{kind: kind.value for kind in Kind},
    Kind.BODY: "article text",
    Kind.COMMENT: "reader comment",
}
COMMENT_LABEL = "a reader's comment, not the publisher's words"
CLOSEST = "Closest passages:"
FURTHER = "Further passages:"
NO_MORE = "There are no further passages for this question."
CHANGED = "The documents have changed since. Ask again."
GONE = "That answer is no longer kept. Ask again."
BUSY = "Too many questions at once. Try again in a moment."


def reason_in_words(reason: Reason) -> str:
    """Why there is no answer, for people."""
    match reason:
        case Reason.OFF_TOPIC:
            return "The documents are about something else, not about this."
        case Reason.NOT_IN_DOCUMENTS:
            return "The documents come close to this, but do not answer it."
        case Reason.EMPTY_QUESTION:
            return "There was no question. Ask one in a few words."
        case Reason.TOO_LONG:
            return "That is too long for a question. Ask it in a sentence or two."
        case Reason.NO_WORDS:
            return "There are no words to look for in that. Ask in a few words."
        case Reason.SMALL_TALK:
            return (
                "Glad to help: ask a question, and you get the exact words of the documents that "
                "answer it."
            )
        case _:
            assert_never(reason)


def abstention_in_words(answer: Abstained, *, ascii_only: bool = False) -> str:
    """Why there is no answer, and which words of the question nothing is said about.

    Those are typed by a person: escape the whole as any text of theirs.
    """
    named = [" ".join(part.split()) for part in answer.unsupported]
    if not named:
        return reason_in_words(answer.reason)
    marks = '""' if ascii_only else "“”"
    *first, last = (f"{marks[0]}{part}{marks[1]}" for part in named)
    parts = f"{', '.join(first)} or {last}" if first else last
    return f"{reason_in_words(answer.reason)} The closest passages say nothing about {parts}."


def understood_in_words(understood: str) -> str:
    """Say how the question was completed or corrected."""
    return f"understood as: {understood}"


def title_in_words(citation: Citation, *, ascii_only: bool = False) -> str:
    """Give the title; one that the text does not state stands in brackets, not quotation marks."""
    document = citation.document
    if "title" not in document.given:
        return f"[{document.title}]"
    return f'"{document.title}"' if ascii_only else f"“{document.title}”"


def publisher_in_words(citation: Citation) -> str | None:
    """Give the publisher, marked where the text does not name it."""
    document = citation.document
    if not document.publisher:
        return None
    known = "" if "publisher" in document.given else " (publisher inferred)"
    return document.publisher + known


def date_in_words(citation: Citation) -> str:
    """Give the date and how it is known."""
    document = citation.document
    if document.date is None:
        return "undated"
    match document.date_known_by:
        case "in text":
            return document.date
        case "inferred":
            return f"{document.date} (date inferred)"
        case "publisher's address":
            return f"{document.date} (date from the publisher's address)"
        case "unknown":
            return f"{document.date} (it is not known from where)"
        case _:
            assert_never(document.date_known_by)


def citation_parts(citation: Citation, *, ascii_only: bool = False) -> list[str]:
    """Title, publisher, date and kind; what the text does not say itself is marked as such."""
    parts = [
        title_in_words(citation, ascii_only=ascii_only),
        publisher_in_words(citation),
        date_in_words(citation),
        KIND_NAMES[citation.kind],
    ]
    return [part for part in parts if part]


def cut(text: str, most: int) -> str:
    """Shorten what is no quote to `most` characters, with an ellipsis where anything is lost."""
    return text if len(text) <= most else text[: most - 1] + "…"


def left_out_in_words(count: int) -> str:
    """Say that there are passages which are not shown."""
    return f"{count} further passage{' is' if count == 1 else 's are'} not shown here."


def too_long_in_words(characters: int) -> str:
    """Say why a passage is only cited."""
    return f"A passage of {characters:,} characters is too long to be quoted whole here:"


def wait_in_words(seconds: float) -> str:
    """Put a waiting time in whole seconds or minutes, never too short."""
    whole = max(1, int(-(-seconds // 1)))
    if whole < 100:
        return f"{whole} second{'' if whole == 1 else 's'}"
    minutes = -(-whole // 60)
    return f"{minutes} minutes"


def limited_in_words(scope: str, seconds: float) -> str:
    """Say which limit was met and when to try again."""
    what = {
        "user": "You have asked",
        "channel": "This channel has asked",
        "thread": "This conversation has asked",
        "guild": "This place has asked",
    }.get(scope, "Everybody together has asked")
    return f"{what} many questions. Try again in {wait_in_words(seconds)}."


def document_in_words(document: Document) -> str:
    """Name a document in a line: title, publisher and date, as far as they are known."""
    return " · ".join(filter(None, (document.title, document.publisher, document.date)))


def counted_documents(count: int) -> str:
    """Say how many documents there are to ask."""
    return f"{count} document{'' if count == 1 else 's'} to ask"


def left_out_documents_in_words(count: int) -> str:
    """Say that a list of documents goes on."""
    return f"{count} further document{' is' if count == 1 else 's are'} not listed here."
