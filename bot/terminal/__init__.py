"""The terminal: the prompt, and what it and the commands show there."""
