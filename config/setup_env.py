"""Makes .venv and installs into it, or says in plain words what is missing and what to do.

It runs before anything is installed, under whatever `python3` is: the standard library alone, and
no syntax that Python 3.6 lacks, so that an old Python meets a sentence and not a SyntaxError.
"""

import contextlib
import errno
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # not on Windows: there two set-ups at once are not kept apart
    fcntl = None  # type: ignore[assignment]

NEEDED = (3, 11)
GIGABYTE = 10**9
DISK = 3 * GIGABYTE  # .venv and what pip unpacks on the way; the GPU build of torch takes more
SAME_AGAIN = "Then run the same command again: it goes on where it stopped."
SMALL_TORCH = (
    "On Linux, PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu in front of the command "
    "gets the build of torch without GPU support, which is gigabytes smaller."
)
VERSION = "{}.{}".format(*sys.version_info)
NO_VENV = (
    f"Python {VERSION} here cannot make virtual environments. On Debian or Ubuntu: apt install "
    f"python{VERSION}-venv. Then run the same command again."
)
KEPT = ("setup.lock", "setup.log")  # in .venv, when all the rest of it is remade
STAMP = "setup.done"


class SetupError(Exception):
    """The set-up cannot go on; the text says why and what to do."""


def main(arguments: "list[str]", root: Path) -> int:
    """Set up `root`/.venv; returns the exit code: 0 ready, 1 failed, 2 usage, 130 interrupted."""
    if [argument for argument in arguments if argument != "--dev"]:
        say("usage: python3 config/setup_env.py [--dev]")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        set_up(root, dev="--dev" in arguments)
    except SetupError as error:
        say(f"Set-up failed. {error}")
        return 1
    except OSError as error:
        say(f"Set-up failed. {explain_os_error(error, root)}")
        return 1
    except KeyboardInterrupt:
        say("Set-up interrupted; the same command goes on where it stopped.")
        return 130
    return 0


def say(text: str) -> None:
    """Tell on standard error: standard output belongs to the answer that follows."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def set_up(root: Path, *, dev: bool) -> None:
    """Do what is left to do; nothing at all if an earlier call finished and nothing changed."""
    if is_ready(root, dev=dev):
        return
    python = fitting_python()
    venv = root / ".venv"
    venv.mkdir(exist_ok=True)
    with locked(venv / "setup.lock") as lock:
        if is_ready(root, dev=dev):
            return  # the set-up we waited for did it
        wanted = dev or stamp(root)[1:] == ["dev"]  # what was added once is not taken away
        check_space(free=shutil.disk_usage(str(venv)).free, used=size(venv), where=str(venv))
        with contextlib.suppress(FileNotFoundError):
            (venv / STAMP).unlink()
        (venv / "setup.log").write_bytes(b"")
        if works(venv):
            drop_unfinished(venv)
        else:
            make_venv(venv, python=python, lock=lock)
        install(root, dev=wanted, lock=lock)
        unfinished = venv / (STAMP + ".new")
        unfinished.write_text(f"{fingerprint(root)} {'dev' if wanted else 'base'}\n")
        unfinished.replace(venv / STAMP)
    say("Set-up finished.")


def is_ready(root: Path, *, dev: bool) -> bool:
    """Whether a finished set-up fits the files as they are now."""
    found = stamp(root)
    return found[:1] == [fingerprint(root)] and (not dev or found[1:] == ["dev"])


def stamp(root: Path) -> "list[str]":
    """Return what the last finished set-up left: its fingerprint and `base` or `dev`."""
    try:
        return (root / ".venv" / STAMP).read_text().split()
    except (OSError, ValueError):
        return []


def fingerprint(root: Path) -> str:
    """Hash what decides the contents of .venv: the pins, the place, and the Python in it."""
    python = root / ".venv" / "bin" / "python"
    parts = [(root / name).read_bytes() for name in ("pyproject.toml", "config/constraints.txt")]
    parts += [os.fsencode(str(root)), os.fsencode(os.path.realpath(str(python)))]
    parts += [b"here" if python.exists() else b"gone"]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def fitting_python() -> str:
    """Return the Python to build with: this one; or, if it is too old, one that is not."""
    if sys.version_info >= NEEDED:
        if not all(has_file(module) for module in ("venv", "ensurepip")):
            raise SetupError(NO_VENV)
        return getattr(sys, "_base_executable", None) or sys.executable
    version = "{}.{}.{}".format(*sys.version_info)
    ask = f"import sys, venv, ensurepip; sys.exit(sys.version_info < {NEEDED})"
    for minor in range(NEEDED[1], NEEDED[1] + 4):
        found = shutil.which(f"python3.{minor}")
        if found and succeeds([found, "-c", ask]):
            say(f"This Python is {version}; using {found} instead.")
            return found
    raise SetupError(
        f"Python 3.11 or newer is needed; {sys.executable} is {version}, and no newer one that "
        "works is on the PATH. Install one (Debian or Ubuntu: apt install python3 python3-venv; "
        "macOS: brew install python), or name it: make PYTHON=/path/to/python3.11 and the rest as "
        "before."
    )


def has_file(module: str) -> bool:
    """Whether a module can be imported; an empty folder left in its place is none."""
    found = importlib.util.find_spec(module)
    return found is not None and found.origin is not None


def check_space(*, free: int, used: int, where: str) -> None:
    """Raise SetupError unless what is still to come has room; sizes in bytes."""
    needed = max(DISK - used, DISK // 10)
    if free < needed:
        raise SetupError(
            f"{where} needs {needed / GIGABYTE:.1f} GB more disk, and {free / GIGABYTE:.1f} GB "
            f"are free. Make room. {SAME_AGAIN}"
        )


def size(folder: Path) -> int:
    """Return the bytes in a folder, links not followed."""
    return sum(
        (Path(place) / name).lstat().st_size
        for place, _, names in os.walk(str(folder))
        for name in names
    )


@contextlib.contextmanager
def locked(file: Path) -> "Iterator[int]":
    """Hold the lock; gives its descriptor, for pip to hold as well.

    Should this process be killed, the lock lasts until the pip it started has ended too.
    """
    with file.open("a") as lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another set-up is at work in this folder; waiting for it to end.")
                fcntl.flock(lock, fcntl.LOCK_EX)
            except OSError:
                pass  # a file system without locks: better unguarded than not at all
        yield lock.fileno()


def works(venv: Path) -> bool:
    """Whether there is a Python in it that is new enough and has pip."""
    python = venv / "bin" / "python"
    ask = f"import sys, pip; sys.exit(sys.version_info < {NEEDED})"
    return succeeds([str(python), "-I", "-c", ask])


def succeeds(command: "list[str]") -> bool:
    """Whether a command, unheard, exits 0."""
    quiet = subprocess.DEVNULL
    try:
        return subprocess.call(command, stdin=quiet, stdout=quiet, stderr=quiet) == 0
    except OSError:
        return False


def drop_unfinished(venv: Path) -> None:
    """Forget packages that an interrupted pip left half installed, so that it installs them.

    pip writes RECORD last, and enters INSTALLER in it; without that it did not get to the end.
    """
    for packages in venv.glob("lib/python3*/site-packages"):
        for info in packages.glob("*.dist-info"):
            record = info / "RECORD"
            if not record.exists() or b"/INSTALLER," not in record.read_bytes():
                shutil.rmtree(str(info))
        for leftover in packages.glob("~*"):  # what pip moved aside while replacing it
            shutil.rmtree(str(leftover), ignore_errors=True)


def make_venv(venv: Path, *, python: str, lock: int) -> None:
    """Empty the folder and make the environment in it."""
    say(f"Making the Python environment {venv}")
    for entry in venv.iterdir():
        if entry.name in KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(str(entry))
        else:
            entry.unlink()
    watched([python, "-I", "-m", "venv", str(venv)], venv=venv, lock=lock)


def install(root: Path, *, dev: bool, lock: int) -> None:
    """Install torch, which is most of the download, then all the rest."""
    venv = root / ".venv"
    pip = [str(venv / "bin" / "python"), "-I", "-m", "pip", "install", "--no-input"]
    pip += ["--disable-pip-version-check", "--progress-bar", "off", "--no-user"]
    pip += ["-c", str(root / "config" / "constraints.txt")]
    torch = re.search(r'"(torch==[^"\s]+)"', (root / "pyproject.toml").read_text("utf-8"))
    if torch:
        say(f"Installing {torch.group(1)} (the largest part; minutes on a slow line)")
        watched([*pip, torch.group(1)], venv=venv, lock=lock)
    say("Installing talks and what it needs" + (", with the test tools" if dev else ""))
    watched([*pip, "-e", str(root) + ("[dev]" if dev else "")], venv=venv, lock=lock)


def watched(command: "list[str]", *, venv: Path, lock: int) -> None:
    """Run a command with its output in .venv/setup.log; tell its progress, or why it failed."""
    elsewhere = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")  # all else that is set for pip holds
    environment = {name: value for name, value in os.environ.items() if name not in elsewhere}
    log = venv / "setup.log"
    begin = log.stat().st_size
    with log.open("ab") as output, log.open("rb") as lines:
        lines.seek(begin)
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=str(venv.parent),
            pass_fds=(lock,),
        )
        try:
            code = follow(child, lines)
        except BaseException:
            child.terminate()  # Ctrl-C reached it already; a signal to us alone did not
            child.wait()
            raise
    if code != 0:
        text = log.read_bytes()[begin:].decode("utf-8", "replace")
        raise SetupError(explain_failure(text, code=code, free=shutil.disk_usage(str(venv)).free))


def follow(child: "subprocess.Popen[bytes]", lines: "BinaryIO") -> int:
    """Wait for the end of a process, telling what its log shows of the way there."""
    began = told = time.monotonic()
    rest = b""
    while True:
        try:
            code = child.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            code = None
        *complete, rest = (rest + lines.read()).split(b"\n")
        for line in complete:
            news = progress(line.decode("utf-8", "replace").strip())
            if news:
                told = time.monotonic()
                say("  " + news)
        if code is not None:
            return code
        if time.monotonic() - told > 20:
            told = time.monotonic()
            say(f"  still at work after {told - began:.0f} seconds")


def progress(line: str) -> str:
    """Return what a line of pip's says to somebody waiting; most say nothing."""
    download = re.match(r"Downloading (\S+?)(?:-py3\S*|-cp3\S*)? \(((\d+)[\d.]* [MG]B)\)", line)
    if download and (int(download.group(3)) >= 5 or download.group(2).endswith("GB")):
        return f"downloading {download.group(1).rpartition('/')[2]} ({download.group(2)})"
    if line.startswith("Installing collected packages:"):
        count = line.count(",") + 1
        return "installing 1 package" if count == 1 else f"installing {count} packages"
    return ""


def explain_failure(log: str, *, code: int, free: int) -> str:
    """Say what pip (or venv) stumbled over, what to do, and show the lines that tell."""
    full = re.search(r"No space left|Errno 28|quota exceeded", log, re.IGNORECASE)
    if full or free < GIGABYTE // 50:
        why = (
            "The disk is full: the one .venv is on, or the one of temporary files (TMPDIR names "
            f"another place for those). Make room; 3 GB do. {SMALL_TORCH} {SAME_AGAIN}"
        )
    elif re.search(
        r"NewConnectionError|name resolution|ConnectTimeout|ReadTimeout|timed out|ProxyError|"
        r"Connection (refused|reset|aborted)|Network is unreachable|SSLError|Max retries|"
        r"IncompleteRead",
        log,
    ):
        why = (
            "The package index cannot be reached. Check the network; behind a proxy set "
            f"HTTPS_PROXY, with an index of your own PIP_INDEX_URL. {SAME_AGAIN}"
        )
    elif "ensurepip" in log:
        why = NO_VENV
    elif "No matching distribution found" in log:
        why = (
            "The package index has no version that fits this Python and this machine. Python 3.11 "
            "to 3.13 on 64-bit Linux or macOS will do: make clean, then make PYTHON=python3.11 and "
            "the rest as before. If it says (from versions: none), check the network first."
        )
    elif re.search(r"Read-only file system|Permission denied", log):
        why = f"A folder may not be written to. Make it writable for you. {SAME_AGAIN}"
    else:
        why = f"pip ended with code {code}. If its words below do not help: make clean, and again."
    telling = [line for line in log.splitlines() if line.strip()]
    errors = [line for line in telling if re.match(r"\s*(ERROR|error)\b", line)]
    shown = (errors or telling)[-5:]
    printable = ["".join(c for c in line if c.isprintable())[:300] for line in shown]
    return "\n".join([why, "Last lines of .venv/setup.log:", *("  " + line for line in printable)])


def explain_os_error(error: OSError, root: Path) -> str:
    """Say what the operating system refused, and what to do."""
    what = f"{error.filename or root}: {error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full ({what}). Make room; 3 GB do. {SAME_AGAIN}"
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return f"This folder may not be written to ({what}). Make it writable. {SAME_AGAIN}"
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return f"A file is in the way ({what}). Move it elsewhere. {SAME_AGAIN}"
    if error.errno == errno.ENOENT:
        return f"A file is missing ({what}). Get a fresh copy of the project."
    return f"{what}. Put that right. {SAME_AGAIN}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).resolve().parent.parent))
