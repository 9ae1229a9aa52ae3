"""What must outlive a restart, in one SQLite file or in PostgreSQL; the only user of SQLAlchemy."""

from bot.state.store import Claim, Counts, Record, State

__all__ = ["Claim", "Counts", "Record", "State"]
