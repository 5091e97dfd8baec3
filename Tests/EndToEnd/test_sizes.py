"""The guided first deployment on small and plain terminals, and what becomes of
a run when the session around the console is ended."""

import os
import signal

import clusters
import guide
import keys
import pytest
from test_vault import worker


@pytest.mark.parametrize("columns, rows, term", [
    (80, 24, "vt100"), (60, 15, "xterm-256color"),
])
def test_guided_deployment(terminal, command, tmp_path, columns, rows, term):
    one = terminal("--stack", "lab", "--rehearse", columns=columns, rows=rows,
                   term=term)
    guide.walk(one, "rehearsal")
    assert keys.frozen_runs(tmp_path / "lab") == []
    one.keys("g")
    one.wait(r"\[6 Rollout\]|run 1 ")
    one.wait(r":5000/v3", 180)
    # Nothing is drawn wider than the terminal, and the page can be left.
    assert all(len(line) <= columns for line in one.screen().splitlines())
    one.keys("q")
    assert one.exit_status() == 0
    assert clusters.changes(command, tmp_path / "lab") == (0, [])


def console(pid_of_worker, stack):
    """The process of the console on a stack."""
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
            where = os.readlink(f"/proc/{name}/cwd")
        except OSError:
            continue
        if (words[0].endswith(b"/quarterdeck") and b"run-worker" not in words
                and where == str(stack.parent)):
            return int(name)
    return None


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_the_run_outlives_the_whole_group(
        terminal, command, tmp_path, number):
    command("new", "lab", "--services", "memcached", "--rehearse")
    stack = tmp_path / "lab"
    one = terminal("--stack", "lab", columns=80, rows=24)
    one.wait(r"1 chosen")
    keys.review(one)
    keys.go(one)
    pid = clusters.wait_for(lambda: worker(stack), lambda seen: seen)
    ours = console(pid, stack)
    assert ours, "the console runs"
    assert os.getpgid(pid) != os.getpgid(ours)
    assert os.getsid(pid) == pid, "the run has a session of its own"
    os.killpg(os.getpgid(ours), number)
    clusters.wait_for(lambda: console(pid, stack), lambda seen: not seen, 30)
    assert clusters.status(command, stack)["state"] in (
        "running", "succeeded")
    clusters.wait_for_state(command, stack, "succeeded")
    again = terminal("--stack", "lab", columns=80, rows=24)
    again.wait(r"1 chosen")
    again.keys("5")
    again.wait(r"Every test has passed")
