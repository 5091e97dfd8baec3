"""Secrets under Ansible Vault: the password is asked for, reaches the run's
process through a pipe, and is nowhere else."""

import json
import os
import pathlib
import subprocess

import clusters
import keys
import pytest

PASSWORD = "correct-horse-battery"


@pytest.fixture
def locked(command, tmp_path, ansible_folder):
    """A stack whose passwords.yml the real ansible-vault encrypted."""
    done = command("new", "lab", "--services", "mariadb", "--rehearse")
    assert done.returncode == 0, done.stderr
    stack = tmp_path / "lab"
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    subprocess.run(
        [ansible_folder / "ansible-vault", "encrypt", "--vault-password-file",
         password, stack / "group_vars/all/passwords.yml"],
        check=True, capture_output=True, timeout=120)
    return stack, password


def worker(stack, run=1):
    """The process of a run, by its journal's first line."""
    path = stack / f".quarterdeck/runs/{run}/journal.jsonl"
    try:
        first = path.read_text().splitlines()[0]
    except (FileNotFoundError, IndexError):
        return None
    header = json.loads(first)["event"]["started"]
    return next(iter(header.values()))["process"]["pid"]


def holding(folder, text):
    """The files below a folder that hold a text."""
    found = []
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file() and not path.is_symlink():
            if text.encode() in path.read_bytes():
                found.append(path)
    return found


def test_the_password_reaches_the_run_by_a_pipe(
        locked, binary, command, environment, tmp_path, home):
    stack, password = locked
    shut = command("deploy", "--yes", "--stack", stack)
    assert shut.returncode == 2
    assert "passwords.yml" in shut.stderr
    assert "--vault-password-file" in shut.stderr
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong\n")
    shut = command("deploy", "--yes", "--stack", stack,
                   "--vault-password-file", wrong)
    assert shut.returncode == 2
    assert "wrong vault password" in shut.stderr
    deploy = subprocess.Popen(
        [binary, "deploy", "--yes", "--stack", stack,
         "--vault-password-file", password], cwd=tmp_path, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    pid = clusters.wait_for(lambda: worker(stack), lambda seen: seen)
    process = pathlib.Path(f"/proc/{pid}")
    words = (process / "cmdline").read_bytes().split(b"\0")
    assert b"run-worker" in words
    for name in ("cmdline", "environ"):
        text = (process / name).read_bytes()
        assert PASSWORD.encode() not in text
        assert os.fsencode(password) not in text
    assert os.readlink(process / "fd/0").startswith("pipe:")
    # The run has it: the file is no longer needed.
    password.unlink()
    said, _ = deploy.communicate(timeout=180)
    assert deploy.returncode == 0, said
    assert PASSWORD not in said
    assert holding(tmp_path, PASSWORD) == []
    assert holding(home, PASSWORD) == []


def test_the_console_asks_for_the_password(locked, terminal, command, tmp_path):
    stack, password = locked
    one = terminal("--stack", "lab", columns=80, rows=24)
    shown = one.wait(r"Vault password")
    assert "passwords.yml" in shown
    one.type("not it")
    one.wait(r"Password: \*{6}")
    assert "not it" not in one.screen()
    one.keys("Enter")
    one.wait(r"does not open")
    one.wait(r"Password: +\S*\s*$|Password: +[^*]")
    one.type(PASSWORD)
    one.wait(r"Password: \*{21}")
    one.keys("Enter")
    one.wait(r"1 chosen")
    keys.review(one)
    keys.go(one)
    env = {"ANSIBLE_VAULT_PASSWORD_FILE": str(password)}
    clusters.wait_for_state(command, stack, "succeeded", env)
    one.keys("q")
    assert one.exit_status() == 0
    assert (stack / "group_vars/all/passwords.yml").read_text().startswith(
        "$ANSIBLE_VAULT")
    password.unlink()
    assert holding(tmp_path, PASSWORD) == []


def test_no_password_no_console(locked, terminal):
    one = terminal("--stack", "lab")
    one.wait(r"Vault password")
    one.keys("Escape")
    assert one.exit_status() == 0
