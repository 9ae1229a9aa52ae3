"""What an index was built from, in parts, so that a stale one says which part changed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from retrieval import files
from retrieval.errors import IndexDamagedError, IndexStaleError

# Raise by one whenever code changes what an unchanged collection is turned into.
FORMAT = 4
NAME = "manifest.json"
REBUILD = "run `talks index`"


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that decides what an index holds."""

    documents: Mapping[str, str]  # file, relative to the collection -> sha256
    said: Mapping[str, str]  # file -> sha256 of what is said about it: entry, kinds of text
    settings: Mapping[str, str | float]  # those that decide what is indexed, by their names
    weights: str  # sha256 of the model's weights

    def fingerprint(self) -> str:
        """Return the sha256 that names exactly this."""
        parts = json.dumps({"format": FORMAT, **asdict(self)}, sort_keys=True)
        return hashlib.sha256(parts.encode()).hexdigest()

    def changes(self, now: "Parts") -> tuple[str, ...]:
        """Name what differs between what was indexed (self) and what is there now."""
        found = []
        for file in sorted(self.documents.keys() | now.documents.keys()):
            before, after = self.documents.get(file), now.documents.get(file)
            if before != after:
                what = "is new" if before is None else "is gone" if after is None else "changed"
                found.append(f"document {file} {what}")
            elif self.said.get(file) != now.said.get(file):
                found.append(f"what the catalogue or furniture patterns say of {file} changed")
        found += [
            f"setting {key} was {self.settings.get(key)}, is {now.settings.get(key)}"
            for key in sorted(self.settings.keys() | now.settings.keys())
            if self.settings.get(key) != now.settings.get(key)
        ]
        model = now.settings.get("encoder.model")
        if self.weights != now.weights and self.settings.get("encoder.model") == model:
            found.append(f"the weights of encoder {model} changed")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One build: its parts, the documents in order, and its files with size and sha256."""

    parts: Parts
    documents: tuple[str, ...]  # ids in index order
    encoder: str  # the compiled encoder's folder, seen from the index's
    precision: str
    agreement: float  # least cosine between compiled and original over all sentences
    files: Mapping[str, tuple[int, str]]


def write(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json; last of all files, so that a folder with one is whole."""
    files.write_sealed(folder / NAME, {"format": FORMAT, **asdict(manifest)})


def read(folder: Path) -> Manifest:
    """Read a build's manifest; raises IndexDamagedError, IndexStaleError for another format."""
    try:
        body = files.read_sealed(folder / NAME)
        if body.pop("format") != FORMAT:
            raise IndexStaleError(
                f"the index in {folder.parent} was made by another version of this program → "
                f"{REBUILD}"
            )
        body["parts"] = Parts(**body["parts"])
        body["documents"] = tuple(body["documents"])
        body["files"] = {name: (size, sha) for name, (size, sha) in body["files"].items()}
        return Manifest(**body)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamagedError(
            f"the index is damaged: {folder / NAME} is missing or not what was written → {REBUILD}"
        ) from error


def require_whole(folder: Path, listing: Mapping[str, tuple[int, str]]) -> None:
    """Raise IndexDamagedError naming the first file that is not what the manifest says."""
    if found := files.damage(folder, listing):
        raise IndexDamagedError(f"the index is damaged: {found} → {REBUILD}")


def require_fresh(manifest: Manifest, now: Parts) -> None:
    """Raise IndexStaleError naming every part that changed."""
    if changes := manifest.parts.changes(now):
        raise IndexStaleError(f"the index is stale: {shorten(changes)} → {REBUILD}")


def shorten(items: Sequence[str], *, most: int = 3) -> str:
    """Join the first few and count the rest."""
    rest = len(items) - most
    return "; ".join(items[:most]) + (f"; and {rest} more" if rest > 0 else "")
