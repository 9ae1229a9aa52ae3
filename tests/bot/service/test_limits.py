from hypothesis import given
from hypothesis import strategies as st

from bot.service.limits import SWEEP_EVERY, Limiter, Wait, Window
from bot.types import Rate


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_the_limit_is_reached_and_says_when_to_come_back():
    clock = Clock()
    limiter = Limiter(clock)
    user = Window("user", "u", Rate(2, 60.0))
    assert limiter.take([user]) is None
    clock.now = 10
    assert limiter.take([user]) is None
    clock.now = 20
    assert limiter.take([user]) == Wait("user", 40.0)
    clock.now = 59.5
    assert limiter.take([user]) == Wait("user", 0.5)
    clock.now = 60
    assert limiter.take([user]) is None
    assert limiter.take([user]) == Wait("user", 10.0)


def test_scopes_and_keys_do_not_share():
    limiter = Limiter(Clock())
    rate = Rate(1, 60.0)
    assert limiter.take([Window("user", "u", rate)]) is None
    assert limiter.take([Window("user", "v", rate)]) is None
    assert limiter.take([Window("channel", "u", rate)]) is None
    assert limiter.take([Window("user", "u", rate)]) is not None


def test_the_longest_wait_is_the_one_that_is_told():
    clock = Clock()
    limiter = Limiter(clock)
    windows = [Window("user", "u", Rate(1, 60.0)), Window("channel", "c", Rate(1, 90.0))]
    assert limiter.take(windows) is None
    assert limiter.take(windows) == Wait("channel", 90.0)


def test_a_refused_question_counts_nowhere():
    clock = Clock()
    limiter = Limiter(clock)
    user, channel = Window("user", "u", Rate(1, 60.0)), Window("channel", "c", Rate(2, 60.0))
    assert limiter.take([user, channel]) is None
    for _ in range(5):
        assert limiter.take([user, channel]) is not None
    assert limiter.take([channel]) is None


def test_no_limit():
    limiter = Limiter(Clock())
    for _ in range(100):
        assert limiter.take([Window("user", "u", Rate(0, 60.0))]) is None
    assert len(limiter) == 0


def test_a_lowered_limit_counts_what_passed_before():
    limiter = Limiter(Clock())
    for _ in range(5):
        assert limiter.take([Window("user", "u", Rate(10, 60.0))]) is None
    assert limiter.take([Window("user", "u", Rate(2, 60.0))]) == Wait("user", 60.0)


def test_memory_does_not_grow_with_people_who_left():
    clock = Clock()
    limiter = Limiter(clock)
    for number in range(SWEEP_EVERY * 3):
        clock.now += 1
        limiter.take([Window("user", str(number), Rate(5, 60.0))])
    assert len(limiter) <= SWEEP_EVERY + 60


@given(
    st.lists(st.tuples(st.floats(0, 30), st.sampled_from("uv")), max_size=60),
    st.integers(1, 5),
)
def test_no_window_ever_holds_more_and_waiting_is_enough(asked, count):
    clock = Clock()
    limiter = Limiter(clock)
    passed = []
    for pause, key in asked:
        clock.now += pause
        wait = limiter.take([Window("user", key, Rate(count, 60.0))])
        within = [at for at, who in passed if who == key and at + 60.0 > clock.now]
        if wait is None:
            passed.append((clock.now, key))
            assert len(within) < count
        else:
            assert len(within) == count
            assert within[0] + 60.0 - clock.now == wait.seconds
