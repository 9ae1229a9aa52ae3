"""Chat platforms on the loopback address, for end-to-end tests with the real clients."""
