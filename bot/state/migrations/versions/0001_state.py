"""The first tables: claims, answers, votes, guilds, and the key that hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "talks_meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "talks_claims",
        sa.Column("platform", sa.Text, primary_key=True),
        sa.Column("event", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("expires", sa.Double, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    op.create_index("talks_claims_expires", "talks_claims", ["expires"])
    op.create_table(
        "talks_answers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("asker", sa.Text, nullable=False),
        sa.Column("guild", sa.Text),
        sa.Column("thread", sa.Text),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("understood", sa.Text),
        sa.Column("documents", sa.Text),
        sa.Column("kinds", sa.Text),
        sa.Column("k", sa.Integer),
        sa.Column("follows", sa.Text),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("found", sa.Boolean, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("created", sa.Double, nullable=False),
    )
    op.create_index("talks_answers_thread", "talks_answers", ["platform", "thread", "created"])
    op.create_index("talks_answers_guild", "talks_answers", ["platform", "guild", "created"])
    op.create_index("talks_answers_asker", "talks_answers", ["asker"])
    op.create_index("talks_answers_created", "talks_answers", ["created"])
    op.create_table(
        "talks_votes",
        sa.Column("answer", sa.Text, primary_key=True),
        sa.Column("voter", sa.Text, primary_key=True),
        sa.Column("vote", sa.Text, nullable=False),
    )
    op.create_table(
        "talks_guilds",
        sa.Column("platform", sa.Text, primary_key=True),
        sa.Column("guild", sa.Text, primary_key=True),
        sa.Column("settings", sa.Text, nullable=False),
    )
