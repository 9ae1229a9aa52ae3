"""Where the cited documents are, for every view that names a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from retrieval.types import Citation, Source


@dataclass(frozen=True, slots=True)
class Place:
    """Where the documents are, as it is to be shown: relative to the reader's directory."""

    folder: PurePath
    sources: Mapping[str, Source]
    public_url: str = ""  # of the reader pages, where there are any

    def line(self, citation: Citation) -> str:
        """`path:line`, which many terminals open on a click."""
        return f"{self.folder / citation.document.file}:{citation.line}"
