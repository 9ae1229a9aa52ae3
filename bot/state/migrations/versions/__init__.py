"""The steps themselves; a step that was released is never edited."""
