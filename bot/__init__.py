"""Carries answers to people: terminal, chat, web."""
