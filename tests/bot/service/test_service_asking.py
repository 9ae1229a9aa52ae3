from bot.types import Answered, Limited
from tests.bot.service.engines import SmallEngine
from tests.bot.service.services import answered, question, until
from tests.bot.state.states import Clock

# Limits


async def test_limits_by_scope_say_when_to_come_back(run):
    ticks = Clock()
    async with run(limits__user=2, limits__channel=3, monotonic=ticks) as service:
        await answered(service)
        ticks.now += 10
        await answered(service)
        assert await service.ask(question()) == Limited(50.0, "user")
        assert await service.ask(question(platform="slack")) != Limited(50.0, "user")
        await answered(service, user_key="v")
        assert await service.ask(question(user_key="w")) == Limited(50.0, "channel")
        ticks.now += 50
        await answered(service)


async def test_a_thread_in_which_bots_talk_to_each_other_comes_to_rest(run):
    async with run(limits__thread=5) as service:
        replies = [
            await service.ask(question(user_key=str(number), thread_key="t"))
            for number in range(10)
        ]
    assert [type(reply) for reply in replies] == [Answered] * 5 + [Limited] * 5


async def test_admins_limits_replace_the_operators_in_their_guild_only(run):
    async with run(limits__user=1) as service:
        await service.admin("discord", "g", "limits user 2")
        replies = [await service.ask(question(guild_key="g")) for _ in range(3)]
        assert [type(reply) for reply in replies] == [Answered, Answered, Limited]
        replies = [await service.ask(question(guild_key="h", user_key="v")) for _ in range(2)]
        assert [type(reply) for reply in replies] == [Answered, Limited]


async def test_the_overall_limit(run):
    async with run(limits__overall=2) as service:
        replies = [
            await service.ask(question(user_key=str(n), channel_key=str(n))) for n in range(3)
        ]
        assert [type(reply) for reply in replies] == [Answered, Answered, Limited]
        assert replies[2].scope == "global"


# Thread memory


async def test_a_follow_up_leans_on_the_last_question_of_its_thread(run, engine):
    async with run() as service:
        await answered(service, "who met in Reykjavík", thread_key="t")
        reply = await answered(service, "and how long", thread_key="t")
        assert reply.answer.understood == "and how long (who met in Reykjavík)"
        alone = await answered(service, "and how long", thread_key="t2")
        assert alone.answer.understood is None
        nowhere = await answered(service, "and how long")
        assert nowhere.answer.understood is None


async def test_a_thread_is_remembered_over_a_restart(run):
    async with run() as service:
        await answered(service, "who met in Reykjavík", thread_key="t")
        await answered(service, "and how long", thread_key="t")
    async with run() as service:
        reply = await answered(service, "and where", thread_key="t")
        assert reply.answer.understood == "and where (and how long (who met in Reykjavík))"


async def test_a_follow_up_is_one_questions_work_while_its_thread_is_fresh(run, engine):
    async with run() as service:
        await until(lambda: service.suggest(""))  # the engine is asked for these, too
        await answered(service, "who met", thread_key="t")
        await answered(service, "and b", thread_key="t")
        await answered(service, "and c", thread_key="t")
        asked = [text for text in engine.asked if "said about" not in text]
        assert asked == ["who met", "and b (who met)", "and c (and b (who met))"]


async def test_after_a_reload_the_thread_is_asked_again(run, engine):
    engines = [engine, SmallEngine("b" * 64)]
    later = engines[1]
    async with run(lambda: engines.pop(0)) as service:
        await answered(service, "who met", thread_key="t")
        await service.reload()
        reply = await answered(service, "and b", thread_key="t")
        assert reply.answer.understood == "and b (who met)"
        assert "who met" in later.asked


async def test_long_threads_lean_on_what_was_understood(run, engine):
    async with run() as service:
        await answered(service, "who met", thread_key="t")
        for text in ("and b", "and c", "and d"):
            await answered(service, text, thread_key="t")
        reply = await answered(service, "and e", thread_key="t")
        assert reply.answer.understood == "and e (and d (and c (and b (who met))))"


async def test_a_reply_to_an_answer_leans_on_that_answer(run):
    async with run() as service:
        old = await answered(service, "who met in Reykjavík", thread_key="t")
        await answered(service, "who met in Stockholm", thread_key="t")
        reply = await answered(service, "and how long", thread_key="t", follows=old.answer_id)
        assert reply.answer.understood == "and how long (who met in Reykjavík)"
        assert (await answered(service, "and so", follows="unknown")).answer.understood is None
