"""Pure: questions that ask the documents nothing: greetings, thanks, and who the bot is."""

import re

_OPENERS = re.compile(
    r"\W*(?:hi+|hello|hey+|hiya|howdy|greetings|good (?:morning|afternoon|evening|day|night)"
    r"|thanks?(?: you)?|thx|ty|cheers|bye|goodbye|see you|ok(?:ay)?|great|nice|cool|perfect|lol"
    r"|well done|good bot|please|sorry|yes|no|yo|sup|welcome)\b\W*",
    re.IGNORECASE,
)
_ABOUT_THE_BOT = re.compile(
    r"\W*(?:(?:who|what) (?:are|r) (?:you|u)(?: for| called)?|what(?: is|['’]?s) your name"
    r"|(?:who|what) (?:made|built|created|runs) you|what (?:can|do) you do"
    r"|what can i ask(?: you)?|how (?:are|r) (?:you|u)(?: (?:doing|today))*"
    r"|how do (?:you|i use you|you) work|are you (?:a|an|there|real|human)(?: \w+)?"
    r"|can you help(?: me)?|help(?: me)?|test(?:ing)?)\W*",
    re.IGNORECASE,
)
# What may follow a greeting or thanks without asking for anything.
_CLOSERS = re.compile(
    r"(?:\W|\b(?:that|this|it|you|u|me|all|there|so|very|much|a|an|the|lot|really|is|was|were|are"
    r"|for|your|my|again|everyone|everybody|folks|guys|team|bot|friend|helps?|helped|helpful|useful"
    r"|great|good|nice|perfect|answer|answers|quick|fast|work|job|to|know|appreciate|appreciated"
    r"|day|one|i|we|see|got|understand|understood|thanks?|thank|bye|how|doing|today|welcome)\b)*",
    re.IGNORECASE,
)


def is_small_talk(text: str) -> bool:
    """Whether a text greets, thanks or asks about the bot, and nothing else."""
    if _ABOUT_THE_BOT.fullmatch(text):
        return True
    opener = _OPENERS.match(text)
    if not opener:
        return False
    rest = text[opener.end() :]
    return bool(_CLOSERS.fullmatch(rest) or _ABOUT_THE_BOT.fullmatch(rest) or is_small_talk(rest))
