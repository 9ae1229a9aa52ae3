"""English words and what may stand in their place: `synonyms()` reads synonyms.txt.gz, and
`python -m retrieval.training.synonyms WORDNET` makes it from WordNet's files; see synonyms.md.
"""

import gzip
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from retrieval.text import STOP_WORDS, stem

FILE = Path(__file__).with_name("synonyms.txt.gz")
# WordNet's parts of speech: its file, lemminflect's name, and the forms there, the likeliest first.
_FORMS = {
    "n": ("noun", "NOUN", ("NN", "NNS")),
    "v": ("verb", "VERB", ("VB", "VBZ", "VBN", "VBD", "VBG")),
    "a": ("adj", "ADJ", ("JJ", "JJR", "JJS")),
    "r": ("adv", "ADV", ("RB",)),
}
_KINDS = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}  # in a sense key
_FREQUENT = 25_000  # words that get synonyms
_SHORTEST = 4  # letters; shorter ones mean too much
_RAREST = 3.0  # Zipf frequency of a synonym
_SENSES = 3
_OFTEN = 0.3  # of how often the first sense is meant in WordNet's texts, another one is


@cache
def synonyms() -> Mapping[str, Sequence[str]]:
    """Return words as people write them, each with others of its form and meaning."""
    lines = gzip.decompress(FILE.read_bytes()).decode("ascii").splitlines()
    return {word: others.split() for word, others in (line.split("\t") for line in lines)}


@dataclass(frozen=True, slots=True)
class WordNet:
    """`meant`: how often each sense of a word and its part of speech is meant, the first one first;
    `same`: the words of a part of speech and a sense.
    """

    meant: Mapping[tuple[str, str], Mapping[str, int]]
    same: Mapping[tuple[str, str], Sequence[str]]


def main(arguments: Sequence[str]) -> None:
    """Make synonyms.txt.gz from a folder with WordNet's index.sense and data files."""
    (folder,) = arguments
    found = dict(_entries(read_wordnet(Path(folder))))
    lines = (f"{word}\t{' '.join(others)}\n" for word, others in sorted(found.items()))
    FILE.write_bytes(gzip.compress("".join(lines).encode("ascii"), compresslevel=9, mtime=0))
    sys.stdout.write(f"{len(found)} words\n")


def read_wordnet(folder: Path) -> WordNet:
    """Read index.sense and the data files of a folder."""
    senses: defaultdict[tuple[str, str], list[tuple[int, str, int]]] = defaultdict(list)
    for line in (folder / "index.sense").read_text("utf-8").splitlines():
        key, offset, number, count = line.split()
        word, _, rest = key.partition("%")
        senses[word, _KINDS[rest[0]]].append((int(number), offset, int(count)))
    same: dict[tuple[str, str], list[str]] = {}
    for kind, (name, _, _) in _FORMS.items():
        for line in (folder / f"data.{name}").read_text("utf-8").splitlines():
            if not line.startswith("  "):  # the licence
                offset, _, _, size, *said = line.split()
                words = said[: 2 * int(size, 16) : 2]
                same[kind, offset] = [word.partition("(")[0] for word in words]
    meant = {of: {o: count for _, o, count in sorted(each)} for of, each in senses.items()}
    return WordNet(meant, same)


def _entries(net: WordNet) -> Iterator[tuple[str, list[str]]]:
    from wordfreq import top_n_list  # noqa: PLC0415 - nothing else here needs these two

    for word in top_n_list("en", _FREQUENT):
        if word.isascii() and word.isalpha() and len(word) >= _SHORTEST and word not in STOP_WORDS:
            others = list(dict.fromkeys(_synonyms(net, word)))
            if others:
                yield word, others


def _synonyms(net: WordNet, word: str) -> Iterator[str]:
    """Yield what is of the same form as a word and means what it means most often."""
    from lemminflect import getInflection, getLemma  # noqa: PLC0415
    from wordfreq import zipf_frequency  # noqa: PLC0415

    readings = [
        (sum(net.meant[lemma, kind].values()), kind, lemma, tag)
        for kind, (_, name, tags) in _FORMS.items()
        for lemma in getLemma(word, name, lemmatize_oov=False)
        if (lemma, kind) in net.meant
        for tag in tags
        if word in getInflection(lemma, tag)
    ]
    if not readings:
        return
    _, kind, lemma, form = max(readings, key=lambda reading: reading[0])
    counts = net.meant[lemma, kind]
    first, most = next(iter(counts)), max(counts.values())
    often = [o for o, count in counts.items() if o == first or count >= max(2, _OFTEN * most)]
    for offset in often[:_SENSES]:
        for other in net.same[kind, offset]:
            if other == lemma or not (other.isalpha() and other.islower()):
                continue
            for said in getInflection(other, form)[:1]:
                if zipf_frequency(said, "en") >= _RAREST and stem(said) != stem(word):
                    yield said


if __name__ == "__main__":
    main(sys.argv[1:])
