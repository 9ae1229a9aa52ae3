"""The set-up against real environments: a project of three files whose build needs no network."""

import ast
import errno
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import setup_env

SCRIPT = Path(setup_env.__file__)

# Builds the project for pip, and misbehaves as the environment asks.
BACKEND = """
import os, sys, time, zipfile
from pathlib import Path

def build_editable(folder, config_settings=None, metadata_directory=None):
    does = os.environ.get("BACKEND")
    if does == "disk":
        raise OSError(28, "No space left on device")
    if does == "bug":
        sys.exit("error: \\x1b[31mthis cannot be built")
    if does == "wait":
        Path("started").touch()
        while not Path("go").exists():
            time.sleep(0.05)
    requires = os.environ.get("BACKEND_REQUIRES")
    lines = ["Metadata-Version: 2.1", "Name: tiny", "Version: 0", "Provides-Extra: dev"]
    lines += [f"Requires-Dist: {requires}"] if requires else []
    name = "tiny-0-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder) / name, "w") as wheel:
        wheel.writestr("tiny-0.dist-info/METADATA", "\\n".join(lines) + "\\n")
        wheel.writestr(
            "tiny-0.dist-info/WHEEL",
            "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        )
        wheel.writestr("tiny-0.dist-info/RECORD", "")
    return name
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "tiny"
version = "0"
"""


class Project:
    """A checkout with nothing but what the set-up looks at."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        (root / "config").mkdir(parents=True)
        (root / "config" / "setup_env.py").write_bytes(SCRIPT.read_bytes())
        (root / "config" / "constraints.txt").write_text("# nothing\n")
        (root / "backend.py").write_text(BACKEND)
        (root / "pyproject.toml").write_text(PYPROJECT)

    def make_stale(self) -> None:
        with (self.root / "pyproject.toml").open("a") as file:
            file.write("# changed\n")

    def start(self, *arguments: str, **environ: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(self.root / "config" / "setup_env.py"), *arguments],
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.root.parent,
            start_new_session=True,  # a Ctrl-C for it is not one for us
        )

    def run(self, *arguments: str, **environ: str) -> tuple[int, str]:
        """Return the exit code and what was said on standard error."""
        process = self.start(*arguments, **environ)
        out, said = process.communicate(timeout=120)
        assert out == ""
        assert "Traceback" not in said
        return process.returncode, said


def until(met: Path) -> None:
    deadline = time.monotonic() + 60
    while not met.exists():
        assert time.monotonic() < deadline, f"{met} never came"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that was set up once; a test that changes it leaves it stale, not broken."""
    project = Project(tmp_path_factory.mktemp("a folder with spaces") / "project")
    code, said = project.run()
    assert code == 0, said
    assert "Making the Python environment" in said
    assert said.endswith("Set-up finished.\n")
    return project


@pytest.fixture
def stale(made: Project) -> Iterator[Project]:
    made.make_stale()
    yield made
    (made.root / "go").unlink(missing_ok=True)
    (made.root / "started").unlink(missing_ok=True)


def test_once_finished_it_has_nothing_to_do(stale: Project) -> None:
    assert stale.run()[0] == 0
    log = (stale.venv / "setup.log").stat().st_mtime_ns
    assert stale.run(BACKEND="bug") == (0, "")
    assert (stale.venv / "setup.log").stat().st_mtime_ns == log


def test_changed_pins_are_installed(stale: Project) -> None:
    code, said = stale.run()
    assert (code, "Set-up finished." in said, "Making" in said) == (0, True, False)


def test_the_test_tools_stay_once_added(stale: Project) -> None:
    assert stale.run()[0] == 0
    code, said = stale.run("--dev")
    assert code == 0
    assert "with the test tools" in said
    assert stale.run() == (0, "")
    assert stale.run("--dev") == (0, "")
    stale.make_stale()
    assert "with the test tools" in stale.run()[1]


def test_interrupted_and_run_again(stale: Project) -> None:
    process = stale.start(BACKEND="wait")
    until(stale.root / "started")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    last = said.splitlines()[-1]
    assert last == "Set-up interrupted; the same command goes on where it stopped."
    assert "Traceback" not in said
    code, said = stale.run()
    assert code == 0
    assert "Making" not in said


def test_killed_and_run_again(stale: Project) -> None:
    process = stale.start(BACKEND="wait")
    until(stale.root / "started")
    process.kill()
    process.communicate(timeout=60)
    again = stale.start()  # the pip of the killed one still runs, and holds the lock
    assert again.stderr is not None
    assert "waiting for it to end" in again.stderr.readline()
    (stale.root / "go").touch()
    again.communicate(timeout=60)
    assert again.returncode == 0


def test_two_at_once(stale: Project) -> None:
    first = stale.start(BACKEND="wait")
    until(stale.root / "started")
    second = stale.start(BACKEND="bug")  # it would fail, had it anything left to do
    assert second.stderr is not None
    assert "waiting for it to end" in second.stderr.readline()
    (stale.root / "go").touch()
    assert "Set-up finished." in first.communicate(timeout=60)[1]
    assert second.communicate(timeout=60)[1] == ""
    assert (first.returncode, second.returncode) == (0, 0)


def test_half_an_environment_is_made_anew(stale: Project) -> None:
    assert stale.run()[0] == 0
    (stale.venv / "bin" / "python").unlink()
    (stale.venv / "left behind").mkdir()
    code, said = stale.run()
    assert code == 0
    assert "Making the Python environment" in said
    assert not (stale.venv / "left behind").exists()
    assert stale.run() == (0, "")


@pytest.mark.parametrize(
    ("environ", "parts"),
    [
        ({"BACKEND": "disk"}, ["The disk is full", "Make room", "TMPDIR"]),
        ({"BACKEND": "bug"}, ["pip ended with code 1", "[31mthis cannot be built", "make clean"]),
        (
            {
                "BACKEND_REQUIRES": "absent==1",
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_INDEX_URL": "http://127.0.0.1:9/simple",  # nobody listens there
                "PIP_EXTRA_INDEX_URL": "",
                "PIP_RETRIES": "1",
            },
            ["cannot be reached", "HTTPS_PROXY", "run the same command again"],
        ),
        (
            {
                "BACKEND_REQUIRES": "absent==1",
                "PIP_CONFIG_FILE": os.devnull,
                "PIP_NO_INDEX": "1",
                "PIP_FIND_LINKS": os.devnull,
            },
            ["no version that fits this Python", "PYTHON=python3.11"],
        ),
    ],
)
def test_a_failing_pip_is_explained(
    stale: Project, environ: dict[str, str], parts: list[str]
) -> None:
    code, said = stale.run(**environ)
    assert code == 1
    for part in ["Set-up failed.", ".venv/setup.log", *parts]:
        assert part in said
    assert "\x1b" not in said
    assert stale.run()[0] == 0  # and nothing is left behind by it


def test_a_file_in_the_way(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.venv.write_text("mine")
    code, said = project.run()
    assert code == 1
    assert "in the way" in said
    assert project.venv.read_text() == "mine"


def test_unknown_arguments(tmp_path: Path) -> None:
    assert Project(tmp_path / "project").run("--all")[0] == 2


def pretending(tmp_path: Path, pretence: str, path: str) -> tuple[int, str, Project]:
    """Run the set-up in a Python that says of itself what `pretence` makes it say."""
    project = Project(tmp_path / "project")
    script = project.root / "config" / "setup_env.py"
    code = f"""
        import runpy, sys
        sys.argv = [{str(script)!r}]
        {pretence}
        runpy.run_path({str(script)!r}, run_name="__main__")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stderr, project


OLD = "sys.version_info = (3, 9, 2, 'final', 0)"


def test_an_old_python_and_no_other(tmp_path: Path) -> None:
    code, said, project = pretending(tmp_path, OLD, path=str(tmp_path))
    assert code == 1
    assert said.startswith("Set-up failed. Python 3.11 or newer is needed; ")
    assert "is 3.9.2" in said
    assert "make PYTHON=" in said
    assert "Traceback" not in said
    assert not project.venv.exists()


def test_an_old_python_and_a_newer_one_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "python3.11").symlink_to(os.path.realpath(sys.executable))
    code, said, project = pretending(tmp_path, OLD, path=str(tmp_path))
    assert code == 0, said
    assert said.startswith(f"This Python is 3.9.2; using {tmp_path / 'python3.11'} instead.")
    assert project.run() == (0, "")


def test_a_python_without_venv(tmp_path: Path) -> None:
    code, said, _ = pretending(tmp_path, "sys.modules['ensurepip'] = None", path=os.defpath)
    assert code == 1
    assert f"apt install python3.{sys.version_info.minor}-venv" in said


def test_an_old_python_can_read_it() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 6))
    assert text.isascii()  # nor does a terminal without UTF-8 stumble
    with pytest.raises(SyntaxError):
        ast.parse("if (x := 1): pass", feature_version=(3, 6))


def test_too_little_disk_is_found_before_installing() -> None:
    setup_env.check_space(free=3 * setup_env.GIGABYTE, used=0, where="here")
    setup_env.check_space(free=1 * setup_env.GIGABYTE, used=2 * setup_env.GIGABYTE, where="here")
    with pytest.raises(setup_env.SetupError, match=r"here needs 3\.0 GB more disk, and 2\.5 GB"):
        setup_env.check_space(free=int(2.5 * setup_env.GIGABYTE), used=0, where="here")
    with pytest.raises(setup_env.SetupError):
        setup_env.check_space(free=1000, used=9 * setup_env.GIGABYTE, where="here")


def test_packages_that_pip_did_not_finish_are_forgotten(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    records = {
        "whole": "whole/__init__.py,,\nwhole-1.dist-info/INSTALLER,sha256=x,4\n",
        "cut": "cut/__init__.py,,\n",  # the wheel's own list: pip had not written its own yet
    }
    for name, record in records.items():
        (packages / f"{name}-1.dist-info").mkdir(parents=True)
        (packages / f"{name}-1.dist-info" / "RECORD").write_text(record)
    (packages / "bare-1.dist-info").mkdir()
    (packages / "~hole").mkdir()
    setup_env.drop_unfinished(tmp_path)
    assert [entry.name for entry in packages.iterdir()] == ["whole-1.dist-info"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "Downloading torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl (181.2 MB)",
            "downloading torch-2.13.0 (181.2 MB)",
        ),
        (
            "Downloading https://index/a/b/blingfire-0.1.8-py3-none-any.whl (42.1 MB)",
            "downloading blingfire-0.1.8 (42.1 MB)",
        ),
        ("Downloading big-1.tar.gz (1.5 GB)", "downloading big-1.tar.gz (1.5 GB)"),
        ("Downloading idna-3.20-py3-none-any.whl (70 kB)", ""),
        ("Downloading rich-15.0.0-py3-none-any.whl (1.3 MB)", ""),
        ("Installing collected packages: a, b, c", "installing 3 packages"),
        ("Installing collected packages: a", "installing 1 package"),
        ("Collecting idna", ""),
    ],
)
def test_what_of_pips_output_is_told(line: str, said: str) -> None:
    assert setup_env.progress(line) == said


@pytest.mark.parametrize(
    ("number", "part"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EROFS, "may not be written to"),
        (errno.EACCES, "may not be written to"),
        (errno.EEXIST, "in the way"),
        (errno.ENOENT, "Get a fresh copy"),
        (errno.EIO, "Put that right"),
    ],
)
def test_what_the_system_refuses_is_explained(number: int, part: str) -> None:
    said = setup_env.explain_os_error(OSError(number, os.strerror(number), "/x/.venv"), Path("/x"))
    assert part in said
    assert "/x/.venv" in said


def test_a_disk_that_is_full_is_found_out_even_if_pip_could_not_say_so() -> None:
    assert "The disk is full" in setup_env.explain_failure("", code=120, free=0)
