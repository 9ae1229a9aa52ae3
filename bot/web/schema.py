"""The API's values as OpenAPI describes them."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Quotable = Literal["body", "headline", "byline", "caption", "comment", "author box"]
DOCUMENTS_MOST = 1000  # named in one question; a longer list is refused before it is read through
Day = Annotated[
    str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$", examples=["2022-01", "2022-07-29"])
]


def _whole(value: object) -> object:
    # 3.0 is an integer to JSON; a truth value is none, and a text is none.
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Asked(BaseModel):
    """A question, and how it is narrowed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: str = Field(examples=["who met in Reykjavik"])
    k: Annotated[int, Field(ge=1, le=10), BeforeValidator(_whole)] | None = Field(
        None, description="most quotes"
    )
    documents: Annotated[list[str], Field(max_length=DOCUMENTS_MOST)] | None = Field(
        None, description="ids; none or an empty list: all"
    )
    kinds: Annotated[list[Quotable], Field(max_length=len(get_args(Quotable)))] | None = Field(
        None, description="none or an empty list: all"
    )
    since: Day | None = Field(None, description="of documents, as precise as you like")
    until: Day | None = Field(None, description="likewise; the end is included")
    follows: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")] | None = Field(
        None, description="the Talks-Answer-Id of the answer that this question leans on"
    )


class Described(BaseModel):
    """One document's catalogue entry."""

    id: str
    file: str
    title: str
    publisher: str | None
    author: str | None
    date: str | None = Field(description="as precise as known: 2021-12-02, 2022-07, 2022")
    date_known_by: Literal["in text", "inferred", "publisher's address", "unknown"]
    url: str | None


class Signal(BaseModel):
    """One ranker's view."""

    rank: int
    score: float | None


class Signals(BaseModel):
    """Why a passage was chosen."""

    score: float | None
    bm25: Signal | None
    dense: Signal | None
    reader: dict[str, float | None] | None


class Quoted(BaseModel):
    """Exact words; every offset is in code points of the UTF-8 file."""

    text: str
    start: int
    end: int
    marks: list[tuple[int, int]] = Field(description="the answering sentences")
    words: list[tuple[int, int]] = Field(description="the answering words in them")
    line: int
    kind: str
    link: str | None
    document: Described
    signals: Signals


class Answer(BaseModel):
    """The answer, the same as `talks ask --json` prints."""

    question: str
    answered: bool
    reason: str | None
    unsupported: list[str] = Field(description="words asked about that nothing is about")
    confidence: float | None
    quotes: list[Quoted]
    nearest: list[Quoted] = Field(description="filled when there is no answer")
    fingerprint: str
    milliseconds: dict[str, float | None]


class Listed(Described):
    """A document in the list."""

    given: list[str] = Field(description="which of these fields the text itself states")
    characters: int
    lines: int
    link: str | None


class Documents(BaseModel):
    """The collection."""

    fingerprint: str
    documents: list[Listed]


class Part(BaseModel):
    """A stretch of one kind."""

    kind: str
    start: int
    end: int
    line: int


class Whole(Listed):
    """A document with its text; offsets of quotes are offsets in it."""

    text: str
    regions: list[Part]


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    error_id: str | None = None
    retry_after: int | None = Field(None, description="seconds")


def as_problems(description: dict[str, Any]) -> dict[str, Any]:
    """Give every described failure its media type, application/problem+json."""
    for path in description.get("paths", {}).values():
        for operation in path.values():
            for status, response in operation.get("responses", {}).items():
                if int(status) >= 400 and "application/json" in response.get("content", {}):
                    content = response["content"].pop("application/json")
                    response["content"]["application/problem+json"] = content
    return description
