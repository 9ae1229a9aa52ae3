"""Turns an answer into one platform's payload."""
