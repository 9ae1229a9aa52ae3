"""What was looked up is known for a while and no longer."""

from bot.service.fresh import Fresh


def test_a_value_is_known_for_its_time_and_asked_for_again_after_it():
    now = [100.0]
    fresh = Fresh(10.0, lambda: now[0])
    assert fresh.get("a") is None
    assert fresh.keep("a", 1) == 1
    now[0] += 9.9
    assert (fresh.get("a"), fresh.get("b")) == (1, None)
    now[0] += 0.1
    assert fresh.get("a") is None
    fresh.keep("a", 2)
    assert fresh.get("a") == 2
