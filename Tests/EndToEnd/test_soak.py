"""Runs killed at any moment, again and again: each is finished by the next
deployment, and nothing of the dead ones is left. Part of full test runs."""

import os
import pathlib
import random
import signal
import subprocess
import time

import clusters
import pytest
from test_vault import worker

pytestmark = pytest.mark.skipif(
    os.environ.get("QUARTERDECK_TEST_LEVEL") != "full",
    reason="long: part of full runs")


def workers(stack):
    """The processes that still work for a stack."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            started = os.readlink(folder / "cwd")
        except OSError:
            continue
        if str(stack).encode() in words or started == str(stack):
            found.append((int(folder.name), words))
    return found


def proxies(folder):
    """The kubectl proxies whose sockets are below a folder."""
    found = subprocess.run(
        ["pgrep", "-af", f"kubectl.*proxy.*{folder}"], text=True,
        stdout=subprocess.PIPE).stdout.splitlines()
    return [line for line in found if "pgrep" not in line]


def test_runs_killed_at_any_moment(
        place, binary, environment, command, tmp_path):
    seed = int(os.environ.get("QUARTERDECK_SOAK_SEED", random.randrange(10**6)))
    print(f"QUARTERDECK_SOAK_SEED={seed}")
    chance = random.Random(seed)
    env, words = place
    stack = tmp_path / "soak"
    done = command("new", "soak", "--services", "keystone", "--namespace",
                   "soak", *words, env=env)
    assert done.returncode == 0, done.stderr
    run = 0
    while run < 5:
        run += 1
        # The command line dies with its run's process or before it.
        process = subprocess.Popen(
            [binary, "deploy", "--yes", "--take-over-lock", "--stack", stack],
            env={**environment, **(env or {})}, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        pid = clusters.wait_for(
            lambda: worker(stack, run) or process.poll() is not None,
            lambda seen: seen)
        if pid is True:
            # The lock of the one before is not stale yet.
            said = process.communicate()[0]
            assert process.returncode == 5, said
            run -= 1
            time.sleep(5)
            continue
        time.sleep(chance.uniform(0, 8))
        for victim in chance.sample([pid, process.pid], chance.choice([1, 2])):
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.communicate(timeout=120)
        clusters.wait_for(
            lambda: clusters.status(command, stack, env),
            lambda seen: seen["state"] != "running")
    last = clusters.wait_for(
        lambda: command("deploy", "--yes", "--take-over-lock", "--stack",
                        stack, env=env, seconds=240),
        lambda done: done.returncode != 5)
    assert last.returncode in (0, 1), last.stdout + last.stderr
    state = clusters.status(command, stack, env)
    assert set(clusters.components(state).values()) == {"done"}, state
    assert clusters.changes(command, stack, env) == (0, [])
    assert workers(stack) == []
    if env:
        assert proxies(environment["XDG_RUNTIME_DIR"]) == []
        clusters.kubectl(env["KUBECONFIG"], "delete", "namespace", "soak",
                         "--ignore-not-found")
