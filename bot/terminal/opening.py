"""Opening an index from the terminal: building it where that is what the user means."""

from bot.ports import App, Engine, Progress
from config.settings import Settings
from retrieval.errors import EncoderError, IndexDamagedError, IndexMissingError, IndexStaleError


def open_or_build(
    app: App, settings: Settings, *, progress: Progress, refresh: bool = False
) -> Engine:
    """Open the index; build it if there is none, and with `refresh` if it is stale or damaged.

    Without `refresh` a stale or damaged index is an error: rebuilding takes time that somebody who
    only asked a question did not offer.
    """
    force = False
    try:
        return app.open_engine(settings)
    except IndexMissingError:
        pass
    except IndexStaleError:
        if not refresh:
            raise
    except (IndexDamagedError, EncoderError):
        if not refresh:
            raise
        force = True
    app.build_index(settings, progress=progress, force=force)
    return app.open_engine(settings)
