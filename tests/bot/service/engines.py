"""Small engines for the service's tests: they answer with the first sentences of a document."""

import threading
from dataclasses import replace

from retrieval.errors import IndexDamagedError
from retrieval.types import Reason, Region, Span
from tests.bot.examples import FINGERPRINT, abstained, evidence, found, source

SENTENCES = tuple(f"Sentence {number} says what it says. " for number in range(12))
TEXT = "".join(SENTENCES)


def spans():
    at = 0
    for sentence in SENTENCES:
        yield at, at + len(sentence) - 1
        at += len(sentence)


class SmallEngine:
    """A question's words decide: "crash", "damaged", "nothing", "wait" (until `go` is set)."""

    def __init__(self, fingerprint=FINGERPRINT):
        of = source(TEXT, "long")
        self.sources = {"long": of, "short": source("Ida met Bo in Reykjavík.", "short")}
        self.fingerprint = fingerprint
        self.asked = []
        self.go = threading.Event()
        self.waiting = threading.Event()

    def ask(self, text, *, k=None, documents=None, kinds=None, previous=None):
        understood = None
        if previous is not None and text.startswith("and "):
            understood = f"{text} ({previous.understood or previous.query.text})"
        self.asked.append(understood or text)
        if "crash" in text:
            raise ValueError(text)
        if "damaged" in text:
            raise IndexDamagedError("vectors.npy is cut short → run `talks index --force`")
        if "wait" in text:
            self.waiting.set()
            assert self.go.wait(30)
        of = self.sources["long"]
        items = [
            evidence(of, start, end, number=number)
            for number, (start, end) in enumerate(spans(), start=1)
        ][: k or 3]
        if "nothing" in text:
            answer = abstained(*items, reason=Reason.NOT_IN_DOCUMENTS, text=text)
        else:
            answer = found(*items, text=text, understood=understood)
        return replace(answer, fingerprint=self.fingerprint)


def with_regions(of, *regions):
    return replace(of, regions=tuple(Region(kind, Span(*span)) for kind, span in regions))
