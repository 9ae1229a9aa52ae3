"""The platforms' secrets and addresses: from the environment alone, under their own names."""

import os
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, SecretStr


class Secrets(BaseModel):
    """What is set; an empty variable counts as not set. Nothing here is shown by `repr`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    discord_token: SecretStr | None = None
    discord_api_url: str = "https://discord.com/api/v10"


def read_secrets(environ: Mapping[str, str] | None = None) -> Secrets:
    """Read DISCORD_TOKEN and DISCORD_API_URL."""
    given = os.environ if environ is None else environ
    values = {name: given.get(name.upper(), "").strip() for name in Secrets.model_fields}
    return Secrets.model_validate({name: value for name, value in values.items() if value})
