"""`POST /api/ask` at 32 connections for 30 s on loopback, against asking without any server.

`python -m tests.benchmarks.bench_web [SECONDS]` prints the figures and exits with 1 if a request
failed, or less than 0.8 of the bare rate came through. The server is a process of its own with
default settings, but for the limits; before and after it, the same engine answers the same
questions one after the other in a process of its own, with nothing around it but the encoder and
the reading. The better of those two rates is compared with. On a machine that does other work too,
the processor time a question takes says more than the rates do.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path

from bot import app
from bot.terminal.opening import open_or_build
from retrieval.evaluate import read_questions

ROOT = Path(__file__).parents[2]
CONNECTIONS = 32
SECONDS = 30.0
LEAST = 0.8
UNLIMITED = {
    f"TALKS_LIMITS__{scope}": "0" for scope in ("USER", "CHANNEL", "THREAD", "GUILD", "OVERALL")
}


def questions() -> list[str]:
    return [row.question for row in read_questions(ROOT / "tests" / "questions" / "seeds.jsonl")]


def bare(seconds: float) -> tuple[float, float]:
    """Questions a second, one after the other in this process, and processor ms for each."""
    engine = app.open_engine(app.load_settings(None, {}))
    asked = questions()
    for question in asked[:10]:
        engine.ask(question)
    began, at_first = time.perf_counter(), time.process_time()
    for count, question in enumerate(cycle(asked), 1):
        engine.ask(question)
        spent = time.perf_counter() - began
        if spent >= seconds:
            return count / spent, (time.process_time() - at_first) / count * 1000
    raise AssertionError


def bare_apart(seconds: float) -> tuple[float, float]:
    command = (sys.executable, "-m", "tests.benchmarks.bench_web", "--bare", str(seconds))
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate, processor = map(float, told.split())
    return rate, processor


def processor_seconds(pid: int) -> float:
    """What a process has used of the processors so far; not a number where that is not told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def load(port: int, seconds: float) -> tuple[list[float], int]:
    """Ask on every connection until the time is up; return all latencies and how many failed."""
    bodies = [json.dumps({"question": question}).encode() for question in questions()]
    latencies: list[float] = []
    failed = 0
    ends = time.perf_counter() + seconds

    async def connection(number: int) -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        turn = number
        while time.perf_counter() < ends:
            body = bodies[turn % len(bodies)]
            turn += 1
            head = (
                f"POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            began = time.perf_counter()
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            lines = answer.decode("latin-1").lower().split("\r\n")
            length = next(int(one.split(":")[1]) for one in lines if "content-length" in one)
            content = await reader.readexactly(length)
            latencies.append(time.perf_counter() - began)
            failed += not (lines[0].split()[1] == "200" and b'"answered"' in content)
        writer.close()

    await asyncio.gather(*(connection(number) for number in range(CONNECTIONS)))
    return latencies, failed


def serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        **UNLIMITED,
        "TALKS_WEB__ENABLED": "true",
        "TALKS_WEB__PORT": str(port),
        "TALKS_STATE__URL": f"sqlite:///{folder / 'state.sqlite'}",
    }
    for name in ("DISCORD_TOKEN", "SLACK_BOT_TOKEN"):
        environment.pop(name, None)
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            (sys.executable, "-m", "bot", "serve"), env=environment, stderr=log, stdout=log
        )


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit("the server did not come up")


def main(seconds: float) -> int:
    open_or_build(app, app.load_settings(None, {}), progress=lambda *_: None)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    before, processor_before = bare_apart(seconds / 3)
    with tempfile.TemporaryDirectory() as folder:
        process = serve(Path(folder), port)
        try:
            wait_for(port, process)
            asyncio.run(load(port, min(3.0, seconds)))  # what is made once, such as suggestions
            began, used = time.perf_counter(), processor_seconds(process.pid)
            latencies, failed = asyncio.run(load(port, seconds))
            spent = time.perf_counter() - began
            used = processor_seconds(process.pid) - used
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(20)
    after, processor_after = bare_apart(seconds / 3)
    latencies.sort()
    served, alone = len(latencies) / spent, max(before, after)
    figures = {
        "questions": len(latencies),
        "failed": failed,
        "served a second": served,
        "bare a second, before": before,
        "bare a second, after": after,
        "served to bare": served / alone,
        "served, processor ms": used / len(latencies) * 1000,
        "bare, processor ms": min(processor_before, processor_after),
        "p50 ms": latencies[len(latencies) // 2] * 1000,
        "p99 ms": latencies[int(len(latencies) * 0.99)] * 1000,
        "worst ms": latencies[-1] * 1000,
        "exit code": code,
    }
    for name, figure in figures.items():
        print(f"{name:24} {figure:10.2f}")
    return 0 if not failed and not code and served >= LEAST * alone else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        print(*bare(float(sys.argv[2])))
    else:
        sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else SECONDS))
