"""Pure: questions that ask the documents nothing: greetings, thanks, and who the bot is."""

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


def is_small_talk(text: str) -> bool:
    """Whether a text greets, thanks or asks about the bot, and nothing else."""
    said = " ".join(_WORD.findall(fold(text)))
    at = 0
    while opener := _OPENERS.match(said, at):
        at = opener.end()
    if _ABOUT_THE_BOT.fullmatch(said, at):
        return True
    return at > 0 and _CLOSERS.issuperset(said[at:].split())
