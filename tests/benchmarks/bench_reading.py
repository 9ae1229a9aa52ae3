"""What reading with the model is worth, and what can be left unread: `python -m
tests.benchmarks.bench_reading [DOCUMENTS QUESTIONS]` prints quality and time by passages read, and
by how sure signals alone must be for nothing to be read. Without arguments: the two collections
that come along.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from retrieval.evaluate import figures, judge
from tests.benchmarks.collected import OURS, Collected, opened

PASSAGES = (0, 1, 2, 3, 4, 6, 8, 12)
SURE = (0.9, 0.95, 0.98, 0.99)
UNLIKELY = (0.02, 0.05, 0.1, 0.2)


def line(label: str, engines: Sequence[Collected]) -> str:
    """Ask everything; say how good that was, how long it took, and how much was not read."""
    outcomes, spent, skipped = [], [], 0
    for engine, rows in engines:
        for row in rows:
            started = time.perf_counter()
            answer, trace = engine.trace(row.question)
            spent.append((time.perf_counter() - started) * 1000)
            skipped += bool(trace.readings) and "reads" not in trace.readings[0].features
            outcomes.append(judge(row, answer, engine.sources))
    found = figures(outcomes)
    return (
        f"{label:18} right {found['right']:.3f}  top1 {found['top1']:.3f}  "
        f"AUROC {found['auroc']:.3f}  not read {skipped / len(outcomes):.2f}  "
        f"median {statistics.median(spent):.0f} ms\n"
    )


def main(arguments: Sequence[str]) -> None:
    pairs = [(Path(arguments[0]), Path(arguments[1]))] if arguments else OURS
    with tempfile.TemporaryDirectory() as temporary:
        engines = list(opened(Path(temporary), pairs))

        def changed(**how: float) -> list[Collected]:
            out = []
            for engine, rows in engines:
                together = engine.reader.together
                if together and how.get("passages") != 0:
                    together = replace(together, **how)
                else:
                    together = None
                hits = max(engine.policy.hits, int(how.get("passages", 0)))
                reader = replace(engine.reader, together=together)
                policy = replace(engine.policy, hits=hits)
                out.append((replace(engine, reader=reader, policy=policy), rows))
            return out

        for passages in PASSAGES:
            sys.stdout.write(line(f"passages {passages}", changed(passages=passages)))
        for sure in SURE:
            sys.stdout.write(line(f"sure {sure}", changed(sure=sure)))
        for unlikely in UNLIKELY:
            sys.stdout.write(line(f"unlikely {unlikely}", changed(unlikely=unlikely)))


if __name__ == "__main__":
    main(sys.argv[1:])
