"""What every end-to-end test is given: the program, a home of its own, and a
terminal that is closed again afterwards."""

import os
import pathlib
import subprocess

import pytest

from terminal import Terminal


@pytest.fixture
def binary():
    path = os.environ.get("QUARTERDECK_BINARY")
    if not path or not os.access(path, os.X_OK):
        pytest.fail("QUARTERDECK_BINARY does not name the built program")
    return path


@pytest.fixture
def home(tmp_path):
    """A home directory that nothing of the caller's reaches."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def environment(home):
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_RUNTIME_DIR": str(home),
        "KUBECONFIG": "/nonexistent/kubeconfig",
        "PATH": os.environ["PATH"],
        "SWIFT_BACKTRACE": "enable=no",
        "NO_COLOR": "",
    }


@pytest.fixture
def terminal(binary, environment, tmp_path):
    """Opens terminals: terminal("new", "lab", columns=80, rows=24)."""
    opened = []

    def open_one(*words, cwd=tmp_path, env=None, **options):
        one = Terminal([binary, *words], cwd=cwd,
                       env={**environment, **(env or {})}, **options)
        opened.append(one)
        return one

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def command(binary, environment, tmp_path):
    """Runs the program without a terminal: command("services") -> result."""

    def run(*words, cwd=tmp_path, env=None, seconds=60, input=None):
        return subprocess.run(
            [binary, *map(str, words)], cwd=cwd,
            env={**environment, **(env or {})}, input=input,
            capture_output=True, text=True, timeout=seconds)

    return run


@pytest.fixture(scope="session")
def control_plane():
    """A real API server of this test run's own, gone with it."""
    support = pathlib.Path(__file__).parent.parent / "Support" / "control-plane"
    done = subprocess.run(
        [str(support / "up"), "--owner", str(os.getpid())],
        stdout=subprocess.PIPE, text=True, timeout=1200)
    assert done.returncode == 0, "the control plane did not start"
    said = dict(
        line.removeprefix("export ").split("=", 1)
        for line in done.stdout.splitlines() if line.startswith("export "))
    said = {name: value.strip("'\"") for name, value in said.items()}
    yield {"KUBECONFIG": said["KUBECONFIG"], "RUN": said["CONTROL_PLANE_RUN"]}
    subprocess.run([str(support / "down"), said["CONTROL_PLANE_RUN"]],
                   timeout=60, check=False)


@pytest.fixture(params=["rehearsal", "cluster"])
def place(request):
    """Where a test's stack is, in rehearsal and on a real API server: the
    environment that leads there, and what `new` is told."""
    if request.param == "rehearsal":
        return None, ["--rehearse"]
    plane = request.getfixturevalue("control_plane")
    return {"KUBECONFIG": plane["KUBECONFIG"]}, []


@pytest.fixture(scope="session")
def ansible_folder():
    """Where the programs of the real Ansible are, in the pinned environment."""
    support = pathlib.Path(__file__).parent.parent / "Support"
    python = subprocess.run(
        [str(support / "venv"), "ansible"], stdout=subprocess.PIPE, text=True,
        check=True, timeout=1200).stdout.strip()
    return pathlib.Path(python).parent


@pytest.fixture(scope="session")
def ansible_playbook(ansible_folder):
    """The real ansible-playbook."""
    folder = ansible_folder

    def run(stack, playbook, kubeconfig):
        return subprocess.run(
            [str(folder / "ansible-playbook"), playbook], cwd=stack,
            env={**os.environ, "KUBECONFIG": kubeconfig,
                 "PATH": f"{folder}:{os.environ['PATH']}",
                 "ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "False",
                 "LC_ALL": "C.UTF-8"},
            capture_output=True, text=True, timeout=1200)

    return run
