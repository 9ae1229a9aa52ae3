import pytest

from bot.state import State
from tests.bot.state.states import POSTGRES, Clock, empty_postgres


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
async def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/folder/state.sqlite"
    if not POSTGRES:
        pytest.skip("TALKS_TEST_POSTGRES names no PostgreSQL server")
    await empty_postgres()
    return POSTGRES


@pytest.fixture
async def state(url, clock):
    opened = await State.open(url, clock=clock)
    yield opened
    await opened.close()
