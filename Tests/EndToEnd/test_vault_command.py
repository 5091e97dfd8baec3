"""`quarterdeck vault` and the real ansible-vault open what the other one made."""

import os
import pathlib
import subprocess

import pytest

SUPPORT = pathlib.Path(__file__).resolve().parent.parent / "Support"
PLAIN = "a: 1\nsecret: ünï\n"


@pytest.fixture
def vault(binary, environment, tmp_path):
    """Runs `quarterdeck vault` in a directory with two password files."""
    (tmp_path / "one").write_text("first\n")
    (tmp_path / "two").write_text("second\n")
    (tmp_path / "f.yml").write_text(PLAIN)

    def run(*words, status=0, **more):
        done = subprocess.run(
            [binary, "vault", *words], cwd=tmp_path, capture_output=True,
            text=True, stdin=subprocess.DEVNULL, start_new_session=True,
            env={**environment, **more}, check=False)
        assert done.returncode == status, done.stderr
        return done

    return run


@pytest.fixture
def real(environment, tmp_path):
    """Runs the real ansible-vault in the same directory."""
    python = subprocess.run(
        [SUPPORT / "venv", "ansible"], check=True, text=True,
        stdout=subprocess.PIPE).stdout.strip()

    def run(*words):
        return subprocess.run(
            [pathlib.Path(python).parent / "ansible-vault", *words],
            cwd=tmp_path, check=True, text=True, stdout=subprocess.PIPE,
            env={**environment, "LC_ALL": "C.UTF-8"}).stdout

    return run


def test_the_real_one_opens_ours(vault, real, tmp_path):
    vault("encrypt", "f.yml", "--vault-password-file", "one")
    assert (tmp_path / "f.yml").stat().st_mode & 0o777 == 0o600
    assert real("view", "--vault-password-file", "one", "f.yml") == PLAIN
    vault("rekey", "f.yml", "--vault-password-file", "one", "--new-vault-id",
          "lab@two")
    text = (tmp_path / "f.yml").read_text()
    assert text.startswith("$ANSIBLE_VAULT;1.2;AES256;lab\n")
    assert real("view", "--vault-id", "lab@two", "f.yml") == PLAIN


def test_ours_opens_the_real_ones(vault, real, tmp_path):
    real("encrypt", "--vault-id", "dev@one", "f.yml")
    assert vault("view", "f.yml", "--vault-id", "dev@one").stdout == PLAIN
    script = tmp_path / "password.sh"
    script.write_text("#!/bin/sh\necho first\n")
    script.chmod(0o700)
    assert vault("decrypt", "f.yml", "--output", "-", "--vault-id",
                 "dev@password.sh").stdout == PLAIN
    assert vault("view", "f.yml", ANSIBLE_VAULT_PASSWORD_FILE=str(
        tmp_path / "one")).stdout == PLAIN
    vault("decrypt", "f.yml", "--vault-password-file", "one")
    assert (tmp_path / "f.yml").read_text() == PLAIN


def test_rekeying_touches_the_secrets_alone(vault, real, tmp_path):
    secret = real("encrypt_string", "--vault-password-file", "one", "hidden",
                  "--name", "password")
    around = "# A comment stays.\nname: [x,  y]\n"
    (tmp_path / "f.yml").write_text(around + secret + "last: 1\n")
    vault("rekey", "f.yml", "--vault-password-file", "one",
          "--new-vault-password-file", "two")
    text = (tmp_path / "f.yml").read_text()
    assert text.startswith(around + "password: !vault |\n")
    assert text.endswith("last: 1\n") and secret not in text
    (tmp_path / "play.yml").write_text("\n".join(
        line.strip() for line in text.splitlines()
        if line.startswith("   ")) + "\n")
    assert real("view", "--vault-password-file", "two", "play.yml").strip() == \
        "hidden"


def test_editing(vault, real, tmp_path):
    vault("encrypt", "f.yml", "--vault-id", "dev@one")
    before = (tmp_path / "f.yml").read_bytes()
    vault("edit", "f.yml", "--vault-id", "dev@one", EDITOR="true")
    assert (tmp_path / "f.yml").read_bytes() == before
    vault("edit", "f.yml", "--vault-id", "dev@one", EDITOR="false", status=1)
    assert (tmp_path / "f.yml").read_bytes() == before
    vault("edit", "f.yml", "--vault-id", "dev@one", EDITOR="sed -i s/1/7/")
    assert real("view", "--vault-id", "dev@one", "f.yml") == PLAIN.replace(
        "1", "7")


@pytest.mark.parametrize("words", [
    ["view", "f.yml"], ["decrypt", "f.yml"], ["edit", "f.yml"],
    ["rekey", "f.yml", "--new-vault-password-file", "one"]])
def test_a_wrong_password_says_so_and_changes_nothing(vault, tmp_path, words):
    vault("encrypt", "f.yml", "--vault-password-file", "one")
    before = (tmp_path / "f.yml").read_bytes()
    (tmp_path / "wrong").write_text("wrong\n")
    done = vault(*words, "--vault-password-file", "wrong", status=2)
    assert "wrong vault password" in done.stderr and "f.yml" in done.stderr
    assert "wrong\n" not in done.stdout and "first" not in done.stderr
    assert (tmp_path / "f.yml").read_bytes() == before


def test_several_files_change_together_or_not_at_all(vault, real, tmp_path):
    (tmp_path / "g.yml").write_text(PLAIN)
    vault("encrypt", "f.yml", "--vault-password-file", "one")
    real("encrypt", "--vault-password-file", "two", "g.yml")
    before = (tmp_path / "f.yml").read_bytes()
    vault("rekey", "f.yml", "g.yml", "--vault-password-file", "one",
          "--new-vault-password-file", "two", status=2)
    assert (tmp_path / "f.yml").read_bytes() == before
    vault("decrypt", "f.yml", "g.yml", "--vault-password-file", "one",
          "--vault-password-file", "two")
    assert (tmp_path / "g.yml").read_text() == PLAIN


def test_what_is_wrong_is_said(vault, tmp_path):
    done = vault("view", "f.yml", "--vault-password-file", "one", status=2)
    assert "not encrypted" in done.stderr
    vault("encrypt", "f.yml", "--vault-password-file", "one")
    done = vault("encrypt", "f.yml", "--vault-password-file", "one", status=2)
    assert "encrypted already" in done.stderr
    done = vault("view", "f.yml", status=2)
    assert "--vault-password-file" in done.stderr
    done = vault("view", "none.yml", "--vault-password-file", "one", status=2)
    assert "none.yml" in done.stderr
    assert not [name for name in os.listdir("/dev/shm")
                if name.startswith("quarterdeck-") and "etcd" not in name]


@pytest.mark.parametrize("content", [
    b"", b"no line end", b"a: 1\r\nb: x  \r\n", bytes(range(256)) * 3])
def test_bytes_stay_what_they_are(vault, real, binary, environment, tmp_path,
                                  content):
    file = tmp_path / "f.yml"
    file.write_bytes(content)
    vault("encrypt", "f.yml", "--vault-password-file", "one")
    real("decrypt", "--vault-password-file", "one", "f.yml")
    assert file.read_bytes() == content
    real("encrypt", "--vault-password-file", "one", "f.yml")
    shown = subprocess.run(
        [binary, "vault", "view", "f.yml", "--vault-password-file", "one"],
        cwd=tmp_path, check=True, stdout=subprocess.PIPE, env=environment)
    assert shown.stdout == content
    vault("decrypt", "f.yml", "--vault-password-file", "one")
    assert file.read_bytes() == content


def test_editing_keeps_the_id_that_the_file_has(vault, real, tmp_path):
    real("encrypt", "--vault-id", "dev@one", "f.yml")
    vault("edit", "f.yml", "--vault-password-file", "one",
          EDITOR="sed -i s/1/7/")
    assert (tmp_path / "f.yml").read_text().startswith(
        "$ANSIBLE_VAULT;1.2;AES256;dev\n")
    done = vault("edit", "f.yml", "--vault-password-file", "one", status=2,
                 EDITOR="/no/such/editor")
    assert "name an editor in $EDITOR" in done.stderr


def test_a_string_for_a_file(vault, real, binary, environment, tmp_path):
    made = subprocess.run(
        [binary, "vault", "encrypt-string", "--name", "key",
         "--vault-password-file", "one"], cwd=tmp_path, check=True, text=True,
        stdout=subprocess.PIPE, input="hidden", env=environment).stdout
    lines = made.splitlines()
    assert lines[0] == "key: !vault |"
    (tmp_path / "text").write_text(
        "\n".join(line.strip() for line in lines[1:]) + "\n")
    assert real("view", "--vault-password-file", "one", "text").strip() == \
        "hidden"
    vault("encrypt-string", "--vault-password-file", "one", status=2)


def test_a_new_file(vault, real, tmp_path):
    writes = "sh -c 'echo new: 1 > $0'"
    vault("create", "new.yml", "--vault-id", "dev@one", EDITOR=writes)
    assert (tmp_path / "new.yml").stat().st_mode & 0o777 == 0o600
    assert real("view", "--vault-id", "dev@one", "new.yml") == "new: 1\n"
    vault("create", "new.yml", "--vault-id", "dev@one", EDITOR=writes,
          status=2)


def test_several_ids_need_a_choice(vault, tmp_path):
    ids = ["--vault-id", "a@one", "--vault-id", "b@two"]
    done = vault("encrypt", "f.yml", *ids, status=64)
    assert "--encrypt-vault-id" in done.stderr
    assert (tmp_path / "f.yml").read_text() == PLAIN
    vault("encrypt", "f.yml", *ids, "--encrypt-vault-id", "b")
    assert (tmp_path / "f.yml").read_text().startswith(
        "$ANSIBLE_VAULT;1.2;AES256;b\n")
