from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import AdminError
from bot.service.admin import (
    HELP,
    Ask,
    Choose,
    Limit,
    Private,
    change,
    describe,
    parse,
    refusal,
    stats_in_words,
)
from bot.types import GuildSettings, Place, Question, Rate, Stats


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("", Ask("help")),
        ("  SHOW ", Ask("show")),
        ("stats", Ask("stats")),
        ("reload", Ask("reload")),
        ("channels deny <#123>", Choose("channel", "deny", frozenset({"123"}))),
        (
            "channels allow <#C1AB|general> 44556",
            Choose("channel", "allow", frozenset({"C1AB", "44556"})),
        ),
        ("channels allow C0123ABCD", Choose("channel", "allow", frozenset({"C0123ABCD"}))),
        ("Channels Any", Choose("channel", "any")),
        (
            "roles allow <@&9> <!subteam^S12|@team>",
            Choose("role", "allow", frozenset({"9", "S12"})),
        ),
        (
            "roles allow S0123ABCD 7788990",
            Choose("role", "allow", frozenset({"S0123ABCD", "7788990"})),
        ),
        ("roles any", Choose("role", "any")),
        ("limits user 10", Limit("user", 10)),
        ("limits guild 0", Limit("guild", 0)),
        ("limits default", Limit(None)),
        ("private on", Private(on=True)),
        ("private OFF", Private(on=False)),
    ],
)
def test_words_are_understood(words, command):
    assert parse(words) == command


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("channels", "no command"),
        ("channels forbid <#1>", "no command"),
        ("channels deny", "no command"),
        ("channels deny #general", "#general is no channel"),
        ("channels deny \x1b[31m", "That is no channel"),
        ("roles allow everyone", "everyone is no role"),
        ("roles allow EVERYONE", "EVERYONE is no role"),
        ("roles allow <#C12|general>", "is no role"),
        ("roles allow C0123ABCD", "C0123ABCD is no role"),
        ("channels deny <@&9>", "is no channel"),
        ("channels deny <!subteam^S12|@team>", "is no channel"),
        ("channels deny S0123ABCD", "S0123ABCD is no channel"),
        ("roles deny <@&1>", "no command"),
        ("limits user many", "whole number"),
        ("limits user -1", "whole number"),
        ("limits user ٣", "whole number"),
        ("limits user 1000000000000000", "whole number"),
        ("limits thread 3", "no command"),
        ("private", "no command"),
        ("reload now", "no command"),
    ],
)
def test_what_is_no_command_is_explained(words, said):
    with pytest.raises(AdminError, match=said):
        parse(words)


@given(
    st.text()
    | st.lists(
        st.sampled_from(["channels", "roles", "allow", "deny", "any", "<#1>", "limits", "3"])
    ).map(" ".join)
)
def test_nothing_but_an_admin_error_is_ever_raised(words):
    with suppress(AdminError):
        parse(words)


def test_help_names_commands_that_exist():
    for line in HELP.splitlines():
        for example in line.partition(" - ")[0].split(", "):
            parse(example.replace("#a", "<#1>").replace("#b", "<#2>").replace("@r", "<@&3>"))


def done(*lines, settings=GuildSettings()):  # noqa: B008 - frozen
    for line in lines:
        settings = change(settings, parse(line))
    return settings


def question(channel="1", **changes):
    return Question("who?", "discord", "u", channel, **changes)


def test_channels():
    settings = done("channels allow <#1> <#2>")
    assert refusal(settings, question("1")) is None
    assert refusal(settings, question("3")) is not None
    assert refusal(settings, question("9", parent_keys=frozenset({"2"}))) is None
    settings = done("channels deny <#2>", settings=settings)
    assert refusal(settings, question("2")) is not None
    assert refusal(settings, question("9", parent_keys=frozenset({"2"}))) is not None
    settings = done("channels allow <#2>", settings=settings)
    assert refusal(settings, question("2")) is None
    settings = done("channels deny <#2>", "channels any", settings=settings)
    assert settings == GuildSettings()


def test_only_denied():
    settings = done("channels deny <#2>")
    assert refusal(settings, question("1")) is None
    assert refusal(settings, question("2")) is not None


def test_roles():
    settings = done("roles allow <@&7>")
    assert refusal(settings, question(role_keys=frozenset({"7", "8"}))) is None
    assert refusal(settings, question(role_keys=frozenset({"8"}))) is not None
    assert refusal(done("roles any", settings=settings), question()) is None


def test_a_direct_message_is_no_channel_but_its_writer_has_roles():
    settings = done("channels allow <#1>", "roles allow <@&7>")
    assert refusal(settings, question("D", direct=True)) is not None
    assert refusal(settings, question("D", direct=True, role_keys=frozenset({"7"}))) is None
    assert refusal(done("channels deny <#5>"), question("5", direct=True)) is None


def test_limits_and_privacy():
    settings = done("limits user 5", "limits guild 0", "limits user 6", "private on")
    assert settings.rates == {"user": Rate(6, 60.0), "guild": Rate(0, 60.0)}
    assert settings.private
    assert done("limits default", "private off", settings=settings) == GuildSettings()


def text_of(reply):
    return "".join(
        part if isinstance(part, str) else f"{{{part.kind} {part.key}}}" for part in reply
    )


def test_what_is_set_is_described_with_places_kept_apart():
    assert text_of(describe(GuildSettings())) == (
        "Answers in every channel.\nAnswers everybody.\nLimits are the operator's.\n"
        "Answers are for everybody in the channel unless asked otherwise."
    )
    settings = done("channels deny <#2> <#1>", "roles allow <@&7>", "limits user 5", "private on")
    assert text_of(describe(settings)) == (
        "Answers in every channel but {channel 1}, {channel 2}.\n"
        "Answers people with {role 7} only.\nLimit for one user: 5 questions a minute.\n"
        "Answers are for the asker's eyes only unless asked otherwise."
    )
    assert Place("channel", "4") in describe(done("channels allow <#4>"))


def test_figures_in_words():
    said = stats_in_words(Stats(30, 10, 7, 3, 4, 2, 1, 5, "0123456789abcdef"))
    assert "10 questions from 4 people, 7 answered, 3 not" in said
    assert "5 (version 0123456789ab)" in said
