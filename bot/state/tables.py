"""The tables as the statements see them; `migrations` makes them."""

import sqlalchemy as sa

_all = sa.MetaData()
meta = sa.Table(
    "talks_meta", _all, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text)
)
claims = sa.Table(
    "talks_claims",
    _all,
    sa.Column("platform", sa.Text, primary_key=True),
    sa.Column("event", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text),
    sa.Column("expires", sa.Double),
    sa.Column("done", sa.Boolean),
)
answers = sa.Table(
    "talks_answers",
    _all,
    sa.Column("id", sa.Text, primary_key=True),
    *(sa.Column(name, sa.Text) for name in ("platform", "asker", "guild", "thread", "question")),
    *(sa.Column(name, sa.Text) for name in ("understood", "documents", "kinds", "follows")),
    sa.Column("k", sa.Integer),
    sa.Column("private", sa.Boolean),
    sa.Column("found", sa.Boolean),
    sa.Column("fingerprint", sa.Text),
    sa.Column("created", sa.Double),
)
votes = sa.Table(
    "talks_votes",
    _all,
    sa.Column("answer", sa.Text, primary_key=True),
    sa.Column("voter", sa.Text, primary_key=True),
    sa.Column("vote", sa.Text),
)
guilds = sa.Table(
    "talks_guilds",
    _all,
    sa.Column("platform", sa.Text, primary_key=True),
    sa.Column("guild", sa.Text, primary_key=True),
    sa.Column("settings", sa.Text),
)
