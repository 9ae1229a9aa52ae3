from contextlib import asynccontextmanager

import pytest

from bot.service import Service
from config.settings import load
from tests.bot.service.engines import SmallEngine
from tests.bot.service.services import NO_LIMITS


@pytest.fixture
def engine():
    return SmallEngine()


@pytest.fixture
def run(tmp_path, engine):
    """Start services on one state; they are closed at the end."""

    @asynccontextmanager
    async def started(build=None, *, lease=15.0, clock=None, monotonic=None, **overrides):
        settings = load(
            environ={},
            overrides={
                "state.url": f"sqlite:///{tmp_path}/state.sqlite",
                **NO_LIMITS,
                **{key.replace("__", "."): value for key, value in overrides.items()},
            },
        )
        clocks = {
            name: value
            for name, value in (("clock", clock), ("monotonic", monotonic))
            if value is not None
        }
        service = await Service.start(build or (lambda: engine), settings, lease=lease, **clocks)
        try:
            yield service
        finally:
            engine.go.set()
            await service.close(grace=0.0)

    return started
