"""Finds exact words that answer a question; knows no platform."""
