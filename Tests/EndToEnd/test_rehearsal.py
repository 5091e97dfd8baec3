"""A first deployment in rehearsal, and what becomes of it when the console
goes away."""

import json
import os
import signal
import subprocess
import time

import guide


def plan(command, stack):
    done = command("plan", "--stack", stack, "--output", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def status(command, stack):
    done = command("status", "--stack", stack, "--output", "json")
    return json.loads(done.stdout)


def wait_for_state(command, stack, wanted, seconds=120):
    end = time.monotonic() + seconds
    while True:
        state = status(command, stack)
        if state.get("state") == wanted:
            return state
        assert time.monotonic() < end, state
        time.sleep(0.5)


def test_guided_deployment_by_keys(terminal, command, tmp_path):
    one = terminal("--stack", "lab", "--rehearse", columns=120, rows=36)
    review = guide.walk(one, "rehearsal")
    assert "REHEARSAL" in review
    stack = tmp_path / "lab"
    assert status(command, stack)["run"] is None, "nothing is applied before g"
    one.keys("g")
    one.wait(r"\[6 Rollout\]")
    shown = one.wait(r":5000/v3", 120)
    assert "keystone" in shown
    one.keys("q")
    assert plan(command, stack)["changes"] == 0
    again = terminal("--stack", "lab", "--rehearse", columns=120, rows=36)
    again.wait(r"3 chosen")
    again.keys("4")
    again.wait(r"Review")
    again.wait(r"(?i)nothing to|0 changes|no changes|unchanged", 30)


def test_the_run_outlives_the_console(terminal, command, tmp_path):
    done = command("new", "lab", "--services", "keystone", "--rehearse")
    assert done.returncode == 0, done.stderr
    stack = tmp_path / "lab"
    one = terminal("--stack", "lab", columns=80, rows=24)
    one.wait(r"3 chosen")
    one.keys("4")
    one.wait(r"g starts", 60)
    one.keys("g")
    one.wait(r"run 1")
    # Kill -9 of every console, then the terminal with its session.
    pids = subprocess.run(
        ["pgrep", "-f", "quarterdeck.*--stack lab"], text=True,
        stdout=subprocess.PIPE).stdout.split()
    for pid in pids:
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
            # Other tests may have a stack of that name elsewhere.
            if (b"run-worker" not in words and b"quarterdeck" in words[0]
                    and os.readlink(f"/proc/{pid}/cwd") == str(tmp_path)):
                os.kill(int(pid), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass
    one.close()
    wait_for_state(command, stack, "succeeded")
    # The next console shows the run that ended without it.
    again = terminal("--stack", "lab", columns=80, rows=24)
    again.wait(r"3 chosen")
    again.keys("6")
    again.wait(r"deploy +✓ done")


def test_a_bad_image_is_named_and_mended(command, tmp_path):
    command("new", "lab", "--services", "keystone", "--rehearse")
    stack = tmp_path / "lab"
    done = command(
        "deploy", "--yes", "--stack", stack, "--fault", "image:memcached",
        "--rehearse", seconds=180)
    assert done.returncode == 1, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert "memcached" in said and "image" in said
    state = status(command, stack)
    components = {c["name"]: c for stage in state["stages"]
                  for c in stage["components"]}
    assert components["mariadb"]["state"] == "done", "others of the stage go on"
    assert components["keystone"]["state"] in ("held", "waiting")


def test_deploy_check_status_remove(command, tmp_path):
    made = command("new", "lab", "--services", "keystone", "--rehearse")
    assert "came along" in made.stdout
    stack = tmp_path / "lab"
    assert command("check", "--stack", stack).returncode == 0
    done = command("deploy", "--yes", "--stack", stack, seconds=180)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "succeeded" in done.stdout
    assert plan(command, stack)["changes"] == 0
    wrong = command("remove", "--yes", "--name", "other", "--stack", stack)
    assert wrong.returncode == 64
    gone = command(
        "remove", "--yes", "--name", "lab", "--stack", stack, seconds=180)
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert plan(command, stack)["counts"].get("create", 0) > 0


def test_no_secret_in_any_output(command, tmp_path):
    command("new", "lab", "--services", "keystone", "--rehearse")
    stack = tmp_path / "lab"
    text = (stack / "group_vars/all/passwords.yml").read_text()
    secrets = [line.split(": ", 1)[1].strip("'\"") for line in text.splitlines()
               if ": " in line and not line.startswith("#")]
    assert len(secrets) >= 5
    said = ""
    for words in (["parameters", "--advanced"], ["plan", "--diff"],
                  ["plan", "--output", "json"], ["render"], ["status"]):
        done = command(*words, "--stack", stack)
        said += done.stdout + done.stderr
    done = command("deploy", "--yes", "--stack", stack, seconds=180)
    said += done.stdout + done.stderr
    for folder, _, names in os.walk(stack / ".quarterdeck" / "runs"):
        for name in names:
            with open(os.path.join(folder, name), errors="replace") as file:
                said += file.read()
    for secret in secrets:
        assert secret not in said
