"""`talks` with a small engine: `python -m tests.bot.adapters.served serve`."""

import os
import sys
import time

from bot import app
from bot.cli import main
from bot.serve import GRACE, run
from config.secrets import read_secrets
from tests.bot.adapters.meetings import MeetingsEngine
from tests.bot.tiny import TinyApp


class SlowEngine(MeetingsEngine):
    """Takes its time over "slowly"."""

    def ask(self, text, **given):
        if "slowly" in text:
            time.sleep(1.5)
        return super().ask(text, **given)


class ServedApp(TinyApp):
    """As bot.app serves, with another engine."""

    def serve(self, settings):
        grace = float(os.environ.get("GRACE", GRACE))
        run(SlowEngine, settings, app.platforms(settings, read_secrets()), grace=grace)

    def check_platforms(self, settings):
        return app.check_platforms(settings)


if __name__ == "__main__":
    sys.exit(main(app=ServedApp()))
