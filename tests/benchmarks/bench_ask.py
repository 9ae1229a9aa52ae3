"""How long an answer takes, and how much memory: `make bench` prints a small table.

A new process answers one question as `talks ask` does; then many questions inside one process, held
to one core; then a build from nothing. Wall times are medians; nothing is asserted.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bot import app  # noqa: E402
from retrieval.evaluate import read_questions  # noqa: E402

QUESTION = "who met in Reykjavik"
REPEATS = 7


def environment(index: Path) -> dict[str, str]:
    seeds = str(ROOT / "seeds")
    return {**os.environ, "TALKS_INDEX__PATH": str(index), "TALKS_COLLECTION__SEEDS": seeds}


def talks(index: Path, *arguments: str) -> tuple[float, float]:
    """Run `talks` in a new process; return its wall time in s and its peak memory in MB."""
    command = [sys.executable, "-m", "bot", *arguments]
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment(index), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return seconds, usage.ru_maxrss * unit / 1e6


def inside(index: Path, questions: Sequence[str]) -> tuple[list[float], float]:
    """Ask in this process on one core; return ms a question and the ms it took to open."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    settings = app.load_settings(
        None, {"index.path": index, "collection.seeds": ROOT / "seeds", "encoder.threads": 1}
    )
    started = time.perf_counter()
    engine = app.open_engine(settings)
    opening = (time.perf_counter() - started) * 1000
    for question in questions[:5]:
        engine.ask(question)
    spent = []
    for question in questions:
        started = time.perf_counter()
        engine.ask(question)
        spent.append((time.perf_counter() - started) * 1000)
    return spent, opening


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder)
        building, build_peak = talks(index, "index")
        runs = [talks(index, "ask", QUESTION) for _ in range(REPEATS + 1)][1:]  # the first warms up
        json_runs = [talks(index, "ask", "--json", QUESTION) for _ in range(REPEATS)]
        rows = read_questions(ROOT / "tests" / "questions" / "seeds.jsonl")
        spent, opening = inside(index, [row.question for row in rows])
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    own_mb = own * (1 if sys.platform == "darwin" else 1024) / 1e6
    nine_of_ten = statistics.quantiles(spent, n=10)[-1]
    table = [
        ("talks index, from nothing", f"{building:.1f} s", f"{build_peak:.0f} MB"),
        ("talks ask, new process", *shown(runs)),
        ("talks ask --json, new process", *shown(json_runs)),
        ("open the engine, one core", f"{opening:.0f} ms", ""),
        ("a question inside, median, one core", f"{statistics.median(spent):.1f} ms", ""),
        ("a question inside, 9 of 10 within", f"{nine_of_ten:.1f} ms", f"{own_mb:.0f} MB"),
    ]
    for what, seconds, memory in [("", "wall", "peak"), *table]:
        print(f"{what:38}{seconds:>10}{memory:>10}")


def shown(runs: Sequence[tuple[float, float]]) -> tuple[str, str]:
    seconds = statistics.median(seconds for seconds, _ in runs)
    return f"{seconds:.2f} s", f"{max(peak for _, peak in runs):.0f} MB"


if __name__ == "__main__":
    main()
