"""Fits what retrieval cannot know by itself from public reading questions."""
