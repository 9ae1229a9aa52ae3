"""The platforms' secrets and addresses: from the environment alone, under their own names."""

import os
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, SecretStr

__all__ = ["SecretStr", "Secrets", "read_secrets"]


class Secrets(BaseModel):
    """What is set; an empty variable counts as not set. Nothing here is shown by `repr`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    discord_token: SecretStr | None = None
    discord_api_url: str = "https://discord.com/api/v10"
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    talks_api_keys: SecretStr | None = None  # several have commas between them


def read_secrets(environ: Mapping[str, str] | None = None) -> Secrets:
    """Read each field from the variable of the same name in capitals."""
    given = os.environ if environ is None else environ
    values = {name: given.get(name.upper(), "").strip() for name in Secrets.model_fields}
    return Secrets.model_validate({name: value for name, value in values.items() if value})
