"""An engine that knows two meetings, for conversations; the rest is as for the service's tests."""

from dataclasses import replace

from tests.bot.examples import evidence, found, source
from tests.bot.service.engines import SmallEngine

MET = "Blinken met Lavrov in {}."
LASTED = "The talks lasted {} minutes."
PLACES = {"stockholm": "30", "reykjavik": "90"}


class MeetingsEngine(SmallEngine):
    """A place in the question, or in the one before, decides."""

    def __init__(self, **given):
        super().__init__(**given)
        for place, minutes in PLACES.items():
            text = f"{MET.format(place.title())} {LASTED.format(minutes)}"
            self.sources[place] = source(text, place, title=f"Talks in {place.title()}")

    def ask(self, text, *, k=None, documents=None, kinds=None, previous=None):
        place = self._place(text, documents)
        understood = None
        if place is None and previous is not None and "how long" in text:
            place = self._place(previous.understood or previous.query.text, None)
            understood = f"how long did the talks in {place} last?"
        if place is None:
            return super().ask(text, k=k, documents=documents, previous=previous)
        self.asked.append(understood or text)
        of = self.sources[place]
        first = len(MET.format(place))
        span = (first + 1, len(of.text)) if "how long" in text else (0, first)
        answer = found(evidence(of, *span), text=text, understood=understood)
        return replace(answer, fingerprint=self.fingerprint)

    def _place(self, text, documents):
        named = documents or {place for place in PLACES if place in text.lower()}
        return next((place for place in PLACES if place in named), None)
