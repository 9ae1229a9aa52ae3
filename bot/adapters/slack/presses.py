"""Who pressed a button on Slack, and the ways to answer them."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.adapters.slack.send import FAULTS, POST, respond, take_away, whisper, write
from bot.chat.delivery import Spot
from bot.render import slack as render
from bot.render.slack import Message
from bot.types import Failed

if TYPE_CHECKING:
    from bot.adapters.slack.client import Talks


class Press:
    """One press, as `bot.chat.presses` needs it."""

    def __init__(self, client: "Talks", body: Mapping[str, Any]) -> None:
        container = body.get("container") or {}
        self._client = client
        self._url = str(body["response_url"])
        self._thread: str | None = container.get("thread_ts")
        self.user_key = str(body["user"]["id"])
        self.name = str(body["user"].get("name") or body["user"].get("username") or "Somebody")
        self.channel_key = str(body["channel"]["id"])

    def _alone(self) -> list[Spot[Message]]:
        web, channel, user = self._client.web, self.channel_key, self.user_key
        return [
            partial(respond, self._url, False),
            partial(whisper, web, channel, user, self._thread),
            partial(write, web, user, None),
        ]

    async def show(self, message: Message, /) -> None:
        """Show to the presser alone."""
        await POST.deliver(message, self._alone())

    async def publish(self, message: Message, /) -> None:
        """Show to everybody in the channel; to the presser where that cannot be."""
        in_channel = partial(write, self._client.web, self.channel_key, self._thread)
        await POST.deliver(message, [partial(respond, self._url, True), in_channel, *self._alone()])

    async def hand_over(self, text: str, /) -> None:
        """Show exact words as nothing but themselves."""
        await self.show(render.exact(text))

    async def delete(self) -> None:
        """Take the message away."""
        try:
            await take_away(self._url)
        except FAULTS as error:
            await self.show(render.note(POST.in_words(error)))

    async def moderates(self) -> bool:
        """Whether this person runs the workspace."""
        return await self._client.people.is_admin(self.user_key)

    async def failed(self, failed: Failed) -> None:
        """Say that something went wrong."""
        await POST.tell(self._alone(), failed)
