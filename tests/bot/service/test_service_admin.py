import asyncio

from bot.types import (
    Answered,
    DocumentsChanged,
    Failed,
    Gone,
    GuildSettings,
    Place,
    Refused,
    Reloaded,
)
from retrieval.errors import IndexStaleError
from tests.bot.examples import FINGERPRINT
from tests.bot.service.engines import SmallEngine
from tests.bot.service.services import answered, question, until
from tests.bot.state.states import Clock


async def test_what_admins_choose_holds_at_once_and_after_a_restart(run):
    async with run() as service:
        await answered(service, guild_key="g")
        reply = await service.admin("discord", "g", "channels deny <#123>")
        assert Place("channel", "123") in reply
        refused = await service.ask(question(guild_key="g", channel_key="123"))
        assert isinstance(refused, Refused)
        await answered(service, guild_key="g")
        await answered(service, guild_key="h", channel_key="123")
        await answered(service, channel_key="123")
    async with run() as service:
        refused = await service.ask(question(guild_key="g", channel_key="123"))
        assert isinstance(refused, Refused)


async def test_a_refused_question_is_not_counted(run):
    async with run(limits__user=1) as service:
        await service.admin("discord", "g", "roles allow <@&7>")
        assert isinstance(await service.ask(question(guild_key="g")), Refused)
        await answered(service, guild_key="g", role_keys=frozenset({"7"}))


async def test_another_replica_hears_of_it(run):
    ticks = Clock()
    async with run() as one, run(monotonic=ticks) as other:
        assert await other.guild("discord", "g") == GuildSettings()
        await one.admin("discord", "g", "private on")
        ticks.now += 11
        assert (await other.guild("discord", "g")).private
        assert await other.guild("discord", None) == GuildSettings()


async def test_admin_words(run):
    async with run() as service:
        (said,) = await service.admin("discord", "g", "no such thing")
        assert "no command" in said
        assert "channels allow" in (await service.admin("discord", "g", "help"))[0]
        assert "Answers everybody" in "".join(map(str, await service.admin("discord", "g", "show")))


async def test_figures(run):
    async with run() as service:
        first = await answered(service, guild_key="g")
        await answered(service, "nothing", guild_key="g", user_key="v")
        await answered(service)
        await service.feedback(first.answer_id, user_key="v", vote="up")
        stats = await service.stats("discord", "g")
        assert (stats.questions, stats.found, stats.abstained, stats.askers) == (2, 1, 1, 2)
        assert (stats.up, stats.down, stats.documents) == (1, 0, 2)
        (said,) = await service.admin("discord", "g", "stats")
        assert "2 questions from 2 people" in said


async def test_reloading_swaps_the_engine_and_a_failure_keeps_it(run):
    made = []

    def build():
        made.append(SmallEngine("abcd"[len(made)] * 64))
        if len(made) > 2:
            raise IndexStaleError("d.txt changed → run `talks index`")
        return made[-1]

    async with run(build) as service:
        assert await service.reload() == Reloaded("a" * 64, "b" * 64, 2)
        assert service.fingerprint == "b" * 64
        (said,) = await service.admin("discord", "g", "reload")
        assert "cannot be searched just now" in said
        assert said.endswith("as they were.")
        failed = await service.reload()
        assert isinstance(failed, Failed)
        assert service.fingerprint == "b" * 64
        assert (await answered(service)).answer.fingerprint == "b" * 64


async def test_reloading_in_words(run, engine):
    engines = [engine, engine, SmallEngine("b" * 64)]
    async with run(lambda: engines.pop(0)) as service:
        assert await service.admin("discord", "g", "reload") == (
            "Nothing has changed: 2 documents.",
        )
        (said,) = await service.admin("discord", "g", "reload")
        assert said == "Read again: 2 documents (version bbbbbbbbbbbb)."


async def test_a_question_keeps_the_engine_it_began_with(run, engine):
    engines = [engine, SmallEngine("b" * 64)]
    async with run(lambda: engines.pop(0)) as service:
        asking = asyncio.create_task(service.ask(question("wait")))
        await until(engine.waiting.is_set)
        await service.reload()
        engine.go.set()
        reply = await asking
        assert reply.answer.fingerprint == FINGERPRINT
        assert await service.recall(reply.answer_id) == DocumentsChanged()


async def test_forgetting_a_person(run):
    async with run() as service:
        first = await answered(service)
        other = await answered(service, user_key="v")
        assert await service.forget("discord", "u") == 1
        assert await service.recall(first.answer_id) == Gone()
        assert isinstance(await service.recall(other.answer_id), Answered)
