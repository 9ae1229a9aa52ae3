"""Pure: what asks the documents nothing: greetings, thanks, who the bot is; alone, or around a
question.
"""

import re

from retrieval.text import fold, word_list

# A text is read word by word, folded and without its punctuation: "What's up?!" is "what's up".
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")

_OPENERS = re.compile(
    r"(?:hi+|hello+|hey+|hiya|howdy|greetings|good (?:morning|afternoon|evening|day|night)|morning"
    r"|(?:many |a million )?thanks?(?: (?:you|u))?|thx|ty|cheers|much appreciated"
    r"|bye(?: bye)?|goodbye|see (?:you|ya)|take care|(?:nice|pleased) to meet you"
    r"|how(?:'s| is) it going|what's up|sup|yo|welcome|well done|good (?:bot|job|work)"
    r"|ok(?:ay)?|great|nice|cool|perfect|awesome|wow|excellent|lol|haha+|please|sorry"
    r"|yes|yeah|no|nope)"
    r"(?: (?:there|all|everyone|everybody|folks|guys|team|bot|friend|again))?(?: |$)"
)
# What may come after one of those without asking for anything.
_CLOSERS = word_list(
    """
    a all an and answer answers appreciate appreciated are bot bunch bye day everyone fast folks for
    good got great guys help helped helpful helping helps i is it job know lot me million much my
    nice of one perfect quick really see so team thank thanks that that's the there this to today
    tonight u understand understood useful very was we welcome were work you you're your
    """
)
_ABOUT_THE_BOT = re.compile(
    r"(?:(?:so|and|but) )?(?:"
    r"(?:who|what)(?: exactly)? (?:are|r) (?:you|u)(?: for| called)?"
    r"|what(?: is|'?s) (?:your|ur) name|what (?:do|should) i call you"
    r"|(?:who|what) (?:made|built|created|wrote|trained|runs) you"
    r"|what (?:can|do) (?:you|u) do(?: for me)?|what can i (?:ask|do)(?: you| here)?"
    r"|how (?:are|r) (?:you|u)(?: (?:doing|today|feeling))*"
    r"|how do (?:you|i use you) work|how do i use (?:you|this)"
    r"|(?:are|r) (?:you|u) (?:(?:a|an|the) )?\w+(?: (?:bot|being|person))?"
    r"|do you (?:understand|hear) me|can (?:you|u) help(?: me)?|(?:i need )?help(?: me)?"
    r"|(?:tell me|say something) about yourself|introduce yourself|test(?:ing)?"
    r")(?: please)?"
)

# Around a question, as typed. What could be its first word ("great powers") needs a sign after it.
_THANKS = (
    r"(?:many )?(?:thanks|thank (?:you|u)|thx|ty|cheers)"
    r"(?: (?:so|very) much| a lot|,? (?:bot|all))?"
)
_GREETING = (
    r"(?:hi+|hello+|hey+|hiya|howdy|good (?:morning|afternoon|evening))"
    r"(?: (?:there|all|everyone|everybody|folks|guys|team|bot|again))?"
)
_PLEASE = r"(?:please|pls|plz)"
_ASKED = rf"(?:{_PLEASE} )?(?:(?:can|could|would|will) (?:you|u) )?(?:{_PLEASE} )?"
_WISH = (
    rf"(?:{_ASKED}(?:tell|show) me(?: {_PLEASE})?"
    r"|(?:do|does) (?:you|u|anyone|anybody) know|any idea|i (?:want to know|wonder)"
    r"|i(?: would|['’]?d) like to know)"
)
# What the bot is told to do with what follows: "quote Blinken on corruption", but "quotes of his".
_ORDER = rf"{_ASKED}(?:(?:give|show|find|get) (?-i:[Mm][Ee]|us)|quote|cite)"  # not "US troops"
_BEFORE = re.compile(
    rf"\s*(?:(?:{_GREETING}|ok(?:ay)?|excuse me|{_PLEASE})(?:\s*[,.!;:–—-]+|(?=\s))"
    rf"|(?:{_THANKS}|great|nice|cool|perfect|awesome|wow|sorry|yes|no|well)\s*[,.!;:–—-]+"
    rf"|{_WISH},?(?=\s+(?:who|what|when|where|why|how|which|whom|whose|if|whether)\b)"
    rf"|{_ORDER}(?=\s+(?!(?:of|from|by|about|on|in|for|as|that|this|it|more)\b)\w))\s*",
    re.IGNORECASE,
)
_AFTER = re.compile(
    rf"(?:[,.?!;:–—-]\s*(?:{_THANKS}|{_PLEASE}|(?:thanks|thank you) in advance)"
    rf"|(?<!\s)\s+{_PLEASE})\W*\Z",
    re.IGNORECASE,
)


def without_courtesies(text: str) -> str:
    """Return a question without the greeting, thanks, "can you tell me" and "quote" around it.

    What would be left blank is returned as it is.
    """
    at = 0
    while before := _BEFORE.match(text, at):
        at = before.end()
    after = _AFTER.search(text, at)
    rest = text[at : after.start() if after else len(text)]
    return rest if _WORD.search(rest) else text


def is_small_talk(text: str) -> bool:
    """Whether a text greets, thanks or asks about the bot, and nothing else."""
    said = " ".join(_WORD.findall(fold(text)))
    at = 0
    while opener := _OPENERS.match(said, at):
        at = opener.end()
    if _ABOUT_THE_BOT.fullmatch(said, at):
        return True
    return at > 0 and _CLOSERS.issuperset(said[at:].split())
