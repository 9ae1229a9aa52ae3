from config.secrets import read_secrets


def test_secrets_come_from_the_environment_alone():
    secrets = read_secrets(
        {"DISCORD_TOKEN": " abc \n", "DISCORD_API_URL": "http://127.0.0.1:1/api"}
    )
    assert secrets.discord_token.get_secret_value() == "abc"
    assert secrets.discord_api_url == "http://127.0.0.1:1/api"


def test_an_empty_variable_is_not_set():
    secrets = read_secrets({"DISCORD_TOKEN": "", "DISCORD_API_URL": " "})
    assert secrets.discord_token is None
    assert secrets.discord_api_url == "https://discord.com/api/v10"


def test_a_secret_is_not_shown():
    assert "abc123" not in repr(read_secrets({"DISCORD_TOKEN": "abc123"}))
