"""Everything the bot can raise; each text names the thing, the cause and the remedy."""


class BotError(Exception):
    """Root of this package's errors."""


class StateError(BotError):
    """The state cannot be opened or is not this program's."""


class AdminError(BotError):
    """An admin's words are not a command; the text says how to write it."""


class PlatformError(BotError):
    """A chat platform refuses to work with this bot; the process cannot go on."""
