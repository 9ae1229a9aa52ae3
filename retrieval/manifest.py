"""What an index was built from, in parts, so that a stale one says which part changed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from retrieval.errors import IndexDamagedError, IndexMissingError, IndexStaleError

# Raise by one whenever code changes what an unchanged collection is turned into.
FORMAT = 2
# Larger files are checked by size alone: reading gigabytes at every start would be felt.
HASHED_BELOW = 128 << 20
REBUILD = "run `talks index`"


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that decides what an index holds."""

    documents: Mapping[str, str]  # file, relative to the collection -> sha256
    catalogue: str  # sha256 of what is said about the documents: entries, kinds of text
    text: Mapping[str, float]  # passage and BM25 parameters
    model: str
    weights: str  # sha256 of the model's weights
    format: int = FORMAT

    def fingerprint(self) -> str:
        """Return the sha256 that names exactly this."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def changes(self, now: "Parts") -> tuple[str, ...]:
        """Name what differs between what was indexed (self) and what is there now."""
        found = []
        for file in sorted(self.documents.keys() | now.documents.keys()):
            before, after = self.documents.get(file), now.documents.get(file)
            if before != after:
                what = "is new" if before is None else "is gone" if after is None else "changed"
                found.append(f"document {file} {what}")
        if self.catalogue != now.catalogue:
            found.append(
                "what the catalogue or the furniture patterns say of the documents changed"
            )
        found += [
            f"setting {key} was {self.text.get(key)}, is {now.text.get(key)}"
            for key in sorted(self.text.keys() | now.text.keys())
            if self.text.get(key) != now.text.get(key)
        ]
        if self.model != now.model:
            found.append(f"setting encoder.model was {self.model}, is {now.model}")
        elif self.weights != now.weights:
            found.append(f"the weights of encoder {self.model} changed")
        if self.format != now.format:
            found.append(f"index format was {self.format}, is {now.format}")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One build: its parts, the documents in order, and its files with size and sha256."""

    parts: Parts
    documents: tuple[str, ...]  # ids in index order
    encoder: str  # folder name of the compiled encoder
    precision: str
    agreement: float  # least cosine between compiled and original over all sentences
    files: Mapping[str, tuple[int, str]]


def digest(path: Path) -> tuple[int, str]:
    """Return a file's size and sha256 ("" past HASHED_BELOW)."""
    size = path.stat().st_size
    return size, hashlib.sha256(path.read_bytes()).hexdigest() if size < HASHED_BELOW else ""


def write(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json; last of all files, so that a folder with one is whole."""
    (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1), "utf-8")


def read(folder: Path) -> Manifest:
    """Read a build's manifest; raises IndexDamagedError."""
    try:
        raw = json.loads((folder / "manifest.json").read_text("utf-8"))
        return Manifest(
            Parts(**raw["parts"]),
            tuple(raw["documents"]),
            raw["encoder"],
            raw["precision"],
            raw["agreement"],
            {name: (int(size), str(sha)) for name, (size, sha) in raw["files"].items()},
        )
    except FileNotFoundError:
        raise IndexMissingError(f"there is no index in {folder} → {REBUILD}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexDamagedError(
            f"{folder / 'manifest.json'} cannot be read ({type(error).__name__}) → "
            "run `talks index --force`"
        ) from error


def require_whole(folder: Path, files: Mapping[str, tuple[int, str]]) -> None:
    """Raise IndexDamagedError naming the first file that is not what the manifest says."""
    for name, expected in files.items():
        path = folder / name
        try:
            found = digest(path)
        except OSError as error:
            reason = f"cannot be read ({type(error).__name__})"
        else:
            if found == tuple(expected):
                continue
            reason = "is not what was written"
        raise IndexDamagedError(f"index file {path} {reason} → run `talks index --force`")


def require_fresh(manifest: Manifest, now: Parts) -> None:
    """Raise IndexStaleError naming every part that changed."""
    if changes := manifest.parts.changes(now):
        raise IndexStaleError(f"the index is stale: {shorten(changes)} → {REBUILD}")


def shorten(items: Sequence[str], *, most: int = 3) -> str:
    """Join the first few and count the rest."""
    rest = len(items) - most
    return "; ".join(items[:most]) + (f"; and {rest} more" if rest > 0 else "")
