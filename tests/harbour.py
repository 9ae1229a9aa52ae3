"""Two small documents about a harbour, indexed with hash vectors, and questions put to them."""

from dataclasses import dataclass
from pathlib import Path

from fakes import SMALL, HashEncoder, HashWorkshop, silent, source

from retrieval import index
from retrieval.encode import Encoded
from retrieval.question import Asked, understand
from retrieval.read import Reader, load_judgement
from retrieval.search import LocalSearcher
from retrieval.types import Hit, Kind, Query

COMMENT = "The ferry was a joke, readers know that. Forty cars!"
BYLINE = "By Lena Vogt in Oban"
HARBOUR = f"""{BYLINE}
The harbour of Port Ellen opened on Monday. Mayor Ida Brandt cut the ribbon there after 30 minutes.
She praised the ferry from Gdansk. It carries forty cars, said Brandt, and cost nothing.
{COMMENT}"""
FISH = """Fish prices rose in Oban. The mayor of Oban, Hugh Reid, blamed the ferry for that in 2021.
Ann Muir and Jon Low left. Fishing took 12 days and no ferry came."""
SOURCES = (
    source("h", HARBOUR, title="The Harbour", kinds={COMMENT: Kind.COMMENT, BYLINE: Kind.BYLINE}),
    source("f", FISH, title="Fish"),
)
QUESTIONS = [
    "who cut the ribbon in Port Ellen",
    "how long did the mayor of Oban speak about the ferry",
    "when did fish prices rise",
    "how many cars does the ferry carry?",
    "what do readers say about the ferry",
    "who wrote the harbour article",
    "Ida Brandt's ferry and Brandt's harbour",
    "where is Gdansk",
    "why whales",
    "ferries to Gdanks",
    "zebra",
]


@dataclass(frozen=True)
class Case:
    asked: Asked
    encoded: Encoded
    hits: list[Hit]


def opened(root: Path) -> Reader:
    """Index the documents below a folder."""
    index.build(root, SOURCES, SMALL, workshop=HashWorkshop(), progress=silent)
    found = index.open_index(root, SOURCES, SMALL, weights="hash")
    return Reader(found, {s.document.id: s for s in SOURCES}, load_judgement())


def case(reader: Reader, question: str, *, most: int = 20) -> Case:
    encoder = HashEncoder(["whales", "zebra", "wrote", "article"])
    asked = understand(
        question,
        vocabulary=reader.index.vocabulary,
        lexical=reader.index.lexical,
        is_word=encoder.is_word,
    )
    encoded = encoder.encode_question(asked.corrected)
    searcher = LocalSearcher(reader.index, dense_weight=0.5, candidates=20)
    hits = searcher.search(Query(question, asked.terms, most), encoded.vector)
    return Case(asked, encoded, hits)
