"""The state's tables, one numbered step after another; run by `bot.state` at start."""
