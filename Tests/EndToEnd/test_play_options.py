"""The options of `quarterdeck play` that ansible-playbook has too: each answers
as the real one does."""

import os
import re
import subprocess

import pytest

BOOK = """
- hosts: all
  gather_facts: false
  tasks: [{debug: {msg: all}}]
- hosts: localhost
  gather_facts: false
  tags: [top]
  pre_tasks: [{name: pre, debug: {msg: pre}}]
  roles: [{role: web, tags: role}]
  tasks:
    - name: one
      debug: {msg: one}
      tags: [a, b]
    - block:
        - name: two
          debug: {msg: two}
          tags: never
        - name: three
          debug: {msg: three}
      rescue: [{name: mends, debug: {msg: mends}}]
      always: [{name: ends, debug: {msg: ends}}]
      tags: block
    - import_tasks: more.yml
      tags: imp
    - include_tasks: more.yml
    - import_role: {name: web}
  post_tasks: [{debug: {msg: post}, name: post}]
  handlers: [{name: h, debug: {msg: h}}]
- hosts: web
  gather_facts: false
  name: the web
  tasks: [{debug: {msg: web}}]
- hosts: localhost:&web
  gather_facts: false
  tasks: [{debug: {msg: web}}]
- hosts: [127.0.0.1, "!web"]
  gather_facts: false
  tasks: [{debug: {msg: "{{ inventory_hostname }}"}, name: address}]
- hosts: "*"
  gather_facts: false
  tasks: [{debug: {msg: star}}]
- hosts: ~local.*
  gather_facts: false
  tasks: [{debug: {msg: regex}}]
"""


@pytest.fixture
def book(tmp_path):
    (tmp_path / "book.yml").write_text(BOOK)
    (tmp_path / "more.yml").write_text(
        "- {name: more, debug: {msg: more}, tags: m}\n")
    tasks = tmp_path / "roles/web/tasks"
    tasks.mkdir(parents=True)
    (tasks / "main.yml").write_text(
        "- {name: in a role, debug: {msg: role}}\n- debug: {msg: bare}\n")
    return tmp_path


@pytest.fixture
def real(ansible_folder):
    """ansible-playbook with these words."""

    def run(folder, *words):
        return subprocess.run(
            [str(ansible_folder / "ansible-playbook"), *words], cwd=folder,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1", "LC_ALL": "C.UTF-8",
                 "PATH": f"{ansible_folder}:{os.environ['PATH']}"},
            capture_output=True, text=True, timeout=600)

    return run


LISTS = [
    ["--list-tasks"], ["--list-tags"], ["--list-hosts"], ["--syntax-check"],
    ["--list-tasks", "--list-tags", "--list-hosts"],
    ["--list-tasks", "--tags", "a,m"], ["--list-tasks", "--tags", "never"],
    ["--list-tasks", "--skip-tags", "top"], ["--list-hosts", "-l", "web"],
    ["--list-hosts", "--limit", "localhost"],
    ["--list-hosts", "-i", "localhost,"],
    ["--list-hosts", "-i", "localhost,", "-l", "all:!localhost"],
]


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_what_is_listed(command, book, real, words):
    theirs = real(book, "book.yml", *words)
    ours = command("play", "book.yml", "--rehearse", *words)
    assert ours.returncode == (0 if theirs.returncode == 0 else 64), (
        ours.stderr + theirs.stderr)
    assert ours.stdout == theirs.stdout


def told(output):
    """What debug tasks said, in order."""
    theirs = re.findall(r'"msg": "(.*)"', output)
    return theirs or re.findall(
        r"^ok\t(?:\S+ : )?[\w ]+: (.*)$", output, re.M)


RUNS = [
    [], ["--limit", "web"], ["--limit", "localhost"], ["-l", "127.0.0.1"],
    ["-l", "!localhost"], ["-l", "all"], ["-i", "localhost,"],
    ["-i", "localhost,", "-l", "loc*"],
    ["--start-at-task", "one"], ["--start-at-task", "web : in a role"],
    ["--start-at-task", "in a role"], ["--start-at-task", "mor?"],
    ["--start-at-task", "three"], ["--start-at-task", "ends"],
    ["--start-at-task", "two"], ["--start-at-task", "address"],
    ["--start-at-task", "no such task"],
    ["--start-at-task", "post", "--tags", "top"],
]


@pytest.mark.parametrize("words", RUNS, ids=lambda words: " ".join(words))
def test_which_tasks_run(command, book, real, words):
    theirs = real(book, "book.yml", *words)
    ours = command("play", "book.yml", "--rehearse", "--yes", *words)
    assert (ours.returncode == 0) == (theirs.returncode == 0), (
        ours.stderr + theirs.stderr)
    assert told(ours.stdout) == told(theirs.stdout)
    assert ("no matching task" in ours.stderr) == (
        "No matching task" in theirs.stdout + theirs.stderr)


FILES = """
- hosts: localhost
  gather_facts: false
  tasks:
    - copy: {content: "one\\ntwo\\n", dest: "{{ playbook_dir }}/out/c"}
    - copy: {content: "{{ item }}\\nend", dest: "{{ playbook_dir }}/out/d{{ item }}"}
      loop: [1, 2]
    - lineinfile: {path: "{{ playbook_dir }}/out/c", line: three, mode: "0600"}
    - blockinfile: {path: "{{ playbook_dir }}/out/c", block: four}
    - replace: {path: "{{ playbook_dir }}/out/c", regexp: two, replace: "2"}
    - file: {path: "{{ playbook_dir }}/out/c", mode: "0644"}
    - file: {path: "{{ playbook_dir }}/out/c", state: absent}
    - copy: {content: hidden, dest: "{{ playbook_dir }}/out/s"}
      no_log: true
    - copy: {content: quiet, dest: "{{ playbook_dir }}/out/q"}
      diff: false
"""


@pytest.mark.parametrize("words", [["-D"], ["--diff", "--check"], []])
def test_what_changes_in_files_is_shown(command, tmp_path, real, words):
    (tmp_path / "book.yml").write_text(FILES)
    ran = []
    for run in (
            lambda: real(tmp_path, "book.yml", *words),
            lambda: command("play", "book.yml", "--rehearse", "--yes", *words)):
        out = tmp_path / "out"
        out.mkdir()
        (out / "c").write_text("none\n" if "--check" in words else "two\n")
        done = run()
        assert done.returncode == 0, done.stdout + done.stderr
        assert "hidden" not in done.stdout and "quiet" not in done.stdout
        # What is no line of a difference is each program's own.
        ran.append([line for line in done.stdout.splitlines()
                    if re.match(r"[-+@\\] ?|--- |\+\+\+ | ", line)
                    and not re.match(r"    |  [a-z]+\t", line)])
        subprocess.run(["rm", "-r", out], check=True)
    theirs, ours = ran
    assert ours == theirs
    assert bool(ours) == bool(words)


INVENTORIES = {
    "hosts.ini": """
; a comment
alone
[web]
localhost a=1 b='two words' c="[1, 'x']" d=yes e=0x1f # the end
w[01:03]:2222 x=1
[web:vars]
level = web
list=[1, 2]
text=plain text # kept
[east:children]
web
[east:vars]
level=east
more=east
[all:vars]
level=all
base={'k': 'v'}
""",
    "hosts.yml": """
all:
  vars: {level: all, base: {k: v}}
  hosts: {alone: }
  children:
    east:
      vars: {level: east, more: "{{ base.k }}"}
      children:
        web:
          vars: {level: web}
          hosts:
            localhost: {a: 1, d: yes}
            w[1:3]: {x: 1}
""",
    "others": "[db]\nd1\nd2\n[all:vars]\nlevel=everywhere\n",
}

SEEN = """
- hosts: localhost
  gather_facts: false
  tasks:
    - debug:
        msg: "{{ [inventory_hostname, group_names, groups, level | default(''),
          more | default(''), a | default(''), b | default(''),
          c | default(''), d | default(''), e | default(''),
          list | default(''), text | default(''), base | default(''),
          group_file | default(''), web_file | default(''),
          host_file | default('')] | to_json }}"
- hosts: web:!w*
  gather_facts: false
  tasks: [{debug: {msg: "{{ inventory_hostname }}"}}]
- hosts: nobody
  gather_facts: false
  tasks: [{debug: {msg: nobody}}]
"""


@pytest.mark.parametrize("name", list(INVENTORIES))
def test_inventories(command, tmp_path, real, name):
    (tmp_path / "book.yml").write_text(SEEN)
    below = tmp_path / "where"
    for place, said in ((tmp_path, "book"), (below, "inventory")):
        for folder, file, variable in (
                ("group_vars", "all.yml", "group_file"),
                ("group_vars", "web.yml", "web_file"),
                ("host_vars", "localhost.yml", "host_file")):
            (place / folder).mkdir(parents=True, exist_ok=True)
            (place / folder / file).write_text(
                f"{variable}: {said}\n{said}_{variable}: 1\n")
    (below / name).write_text(INVENTORIES[name])
    for words in (["-i", f"where/{name}", "-l", "localhost"],
                  ["-i", f"where/{name}"]):
        theirs = real(tmp_path, "book.yml", *words)
        ours = command("play", "book.yml", "--rehearse", "--yes", *words)
        assert (ours.returncode == 0) == (theirs.returncode == 0), (
            ours.stderr + theirs.stderr + theirs.stdout)
        found = [text.replace('\\"', '"').replace("\\\\", "\\")
                 for text in told(theirs.stdout)]
        assert told(ours.stdout) == found
    (tmp_path / "ansible.cfg").write_text(
        f"[defaults]\ninventory = where/{name}\n")
    done = command("play", "book.yml", "--rehearse", "--yes")
    assert told(done.stdout) == found


def test_other_hosts_are_refused_before_anything_runs(command, tmp_path):
    (tmp_path / "book.yml").write_text("""
- hosts: localhost
  gather_facts: false
  tasks: [{file: {path: "{{ playbook_dir }}/made", state: touch}}]
- hosts: db
  gather_facts: false
  tasks: [{debug: {msg: x}}]
""")
    (tmp_path / "hosts").write_text("[db]\nd1\n")
    done = command("play", "book.yml", "--rehearse", "--yes", "-i", "hosts")
    assert done.returncode == 4, done.stdout + done.stderr
    assert 'book.yml:5:10: the play runs on "d1"' in done.stderr
    assert not (tmp_path / "made").exists()
    (tmp_path / "program").write_text("#!/bin/sh\n")
    (tmp_path / "program").chmod(0o755)
    for name, reason in (("program", "a program"), (".", "several files"),
                         ("none", "no such inventory")):
        done = command("play", "book.yml", "--rehearse", "-i", name)
        assert done.returncode == 2 and reason in done.stderr, done.stderr


def test_what_makes_no_sense_is_refused(command, book):
    done = command("play", "book.yml", "--rehearse", "-D")
    assert done.returncode == 64 and "--check or --yes" in done.stderr


SECRETS = """
- hosts: localhost
  gather_facts: false
  vars_files: [secret.yml]
  tasks:
    - copy: {content: "user=a\\npassword={{ s }}\\nend\\n", dest: "{{ playbook_dir }}/out"}
    - lineinfile: {path: "{{ playbook_dir }}/out", line: "again={{ s }}"}
    - blockinfile: {path: "{{ playbook_dir }}/out", block: "b={{ s }}"}
    - replace: {path: "{{ playbook_dir }}/out", regexp: "user=a", replace: "user={{ s }}x"}
    - community.general.ini_file: {path: "{{ playbook_dir }}/ini", section: a, option: k, value: "{{ s }}"}
    - template: {src: t.j2, dest: "{{ playbook_dir }}/made"}
    - copy: {src: hidden, dest: "{{ playbook_dir }}/opened"}
    - copy: {content: "user=b\\npassword={{ s }}\\n", dest: "{{ playbook_dir }}/out"}
    - copy: {content: "user=c\\npassword=none\\n", dest: "{{ playbook_dir }}/out"}
    - lineinfile: {path: "{{ playbook_dir }}/rotated", regexp: "^password=", line: "password={{ s }}"}
      register: rotated
    - debug: {var: rotated}
"""


def test_diffs_show_no_secret(command, tmp_path):
    (tmp_path / "play.yml").write_text(SECRETS)
    (tmp_path / "word").write_text("word\n")
    (tmp_path / "t.j2").write_text(
        "open\nx={{ s }}\ny={{ s | b64encode }}\nz={{ s | upper }}\n")
    (tmp_path / "rotated").write_text("a=1\npassword=formersecret\n")
    vault = ("--vault-password-file", "word")
    made = command("vault", "encrypt-string", *vault, "--name", "s",
                   input="hunter2secret")
    (tmp_path / "secret.yml").write_text(made.stdout)
    (tmp_path / "hidden").write_text("one line\nofhidden\n")
    command("vault", "encrypt", *vault, "hidden")
    for how in (["--yes"], ["--yes", "-vvv"], ["--check"]):
        done = command(
            "play", "play.yml", "--rehearse", "-D", *how, *vault)
        assert done.returncode == 0, done.stdout + done.stderr
        told = done.stdout + done.stderr
        for secret in ("hunter2secret", "HUNTER2SECRET", "aHVudGVyMnNlY3JldA",
                       "formersecret", "ofhidden"):
            assert secret not in told, (how, secret, told)
        if how == ["--yes"]:
            assert "+password=********\n" in told, told
            assert "+x=********\n" in told and "+open\n" in told, told
            assert "-********\n+password=********\n" in told, told
    assert "hunter2secret" in (tmp_path / "made").read_text()
