"""Templates and static files: read once at the start, served from memory."""

import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web.visible import shown

_HERE = Path(__file__).parent
_DAY = 86_400


class Drawing:
    """Holds all of it; the only names it answers to are those it found at the start."""

    def __init__(self) -> None:
        templates = {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted((_HERE / "templates").glob("*.html"))
        }
        self._static = {
            path.name: (path.read_bytes(), mimetypes.guess_type(path.name)[0] or "text/plain")
            for path in sorted((_HERE / "static").iterdir())
            if path.suffix in {".css", ".js", ".svg"}
        }
        self._tags = {
            name: hashlib.sha256(content).hexdigest()[:16]
            for name, (content, _) in self._static.items()
        }
        environment = Environment(
            loader=DictLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["shown"] = shown
        environment.globals["static"] = lambda name: f"/static/{name}?v={self._tags[name]}"
        self._templates = {name: environment.get_template(name) for name in templates}

    def draw(self, name: str, values: Mapping[str, Any]) -> str:
        """Fill a template in."""
        return self._templates[name].render(values)

    def route(self) -> Route:
        """Give the route of the static files."""
        return Route("/static/{name}", self._file, methods=["GET"])

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._static:
            return Response(status_code=404)
        tag = f'"{self._tags[name]}"'
        headers = {"ETag": tag, "Cache-Control": f"public, max-age={_DAY}"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        content, kind = self._static[name]
        return Response(content, headers=headers, media_type=kind)
