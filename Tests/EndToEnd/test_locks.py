"""Two runs at once, and runs whose process was killed: on the rehearsal and on
a real API server."""

import json
import os
import pathlib
import shutil
import signal
import subprocess

import clusters
import keys
import pytest
from test_vault import worker


class Site:
    """A stack of memcached on a cluster whose pods can be made slow."""

    def __init__(self, stack, env, plane=None):
        self.stack, self.env = stack, env
        self.control = plane and pathlib.Path(plane["RUN"]) / "control.json"

    def slow(self):
        """Holds pods back; what the next command has to say for that."""
        if not self.control:
            return ["--fault", "slow:memcached"]
        self.control.write_text(json.dumps(
            {"rules": [["/memcached:held-back$", "run,start=40"]]}))
        return []

    def fast(self):
        if not self.control:
            return ["--fault", "none"]
        self.control.write_text(json.dumps({"rules": []}))
        return []


@pytest.fixture
def site(place, request, command, tmp_path):
    env, words = place
    plane = request.getfixturevalue("control_plane") if env else None
    done = command("new", "locks", "--services", "memcached", "--namespace",
                   "locks", *words, env=env)
    assert done.returncode == 0, done.stderr
    command("set", "memcached_image_tag=held-back", "--stack",
            tmp_path / "locks", env=env)
    made = Site(tmp_path / "locks", env, plane)
    yield made
    made.fast()
    if env:
        clusters.kubectl(env["KUBECONFIG"], "delete", "namespace", "locks",
                         "--ignore-not-found")


def start(binary, environment, stack, env, *words):
    return subprocess.Popen(
        [binary, "deploy", "--yes", "--stack", stack, *words],
        env={**environment, **(env or {})}, text=True, cwd=stack.parent,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def under_way(command, site):
    """Waits until the run holds the lock and waits for its pods."""
    return clusters.wait_for(
        lambda: clusters.status(command, site.stack, site.env),
        lambda seen: "StatefulSet memcached" in str(seen.get("steps"))
        or "memcached-" in str(seen.get("stages")))


def test_two_runs_at_once(site, binary, environment, command):
    first = start(binary, environment, site.stack, site.env, *site.slow())
    clusters.wait_for(lambda: worker(site.stack), lambda pid: pid)
    under_way(command, site)
    second = command("deploy", "--yes", "--stack", site.stack, env=site.env)
    assert second.returncode == 5, second.stdout + second.stderr
    assert "run 1 goes on" in second.stderr
    assert keys.frozen_runs(site.stack) == [1]
    if site.env:
        # Another operator's copy of the stack knows nothing of the run; the
        # cluster does, whatever the copy's directory is called.
        other = site.stack.parent / "other" / "copy"
        shutil.copytree(site.stack, other, symlinks=True)
        shutil.rmtree(other / ".quarterdeck" / "runs")
        done = command("deploy", "--yes", "--stack", other, env=site.env)
        assert done.returncode == 5, done.stdout + done.stderr
        assert f":{worker(site.stack)} runs this stack" in done.stderr
        assert keys.frozen_runs(other) == []
    os.kill(worker(site.stack), signal.SIGKILL)
    said, _ = first.communicate(timeout=60)
    assert first.returncode == 1, said
    assert "interrupted" in said


def test_a_killed_run_is_told_of_and_finished(
        site, binary, environment, command, terminal):
    stack, env = site.stack, site.env
    run = start(binary, environment, stack, env, *site.slow())
    pid = clusters.wait_for(lambda: worker(stack), lambda pid: pid)
    under_way(command, site)
    os.kill(pid, signal.SIGKILL)
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 1, said
    state = clusters.status(command, stack, env)
    assert state["state"] == "interrupted", state
    assert "memcached" in state["sentence"], state
    # The console says that it died, and where.
    one = terminal("--stack", stack.name, *site.fast(), env=env)
    one.wait(r"Run 1 .*memcached", 30)
    # Its lock is taken over by consent, once it was silent for long enough.
    at_once = command("deploy", "--yes", "--stack", stack, env=env)
    assert at_once.returncode == 5, at_once.stdout + at_once.stderr
    refused = clusters.wait_for(
        lambda: command("deploy", "--yes", "--stack", stack, env=env),
        lambda done: "--take-over-lock" in done.stderr)
    assert refused.returncode == 5, refused.stdout + refused.stderr
    keys.review(one, r"has not been heard of")
    one.keys("g")
    one.wait(r"Take the lock over\?")
    one.type(stack.name)
    one.keys("Enter")
    one.wait(r"run 2", 30)
    state = clusters.wait_for_state(command, stack, "succeeded", env)
    assert clusters.components(state) == {"memcached": "done"}
    one.keys("q")
    assert one.exit_status() == 0
