"""Playbooks and roles from the shell, without a stack: `quarterdeck play` and
`quarterdeck role`."""

import http.server
import json
import threading

import pytest

BOOK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - shell: echo ran > out; echo done
      args: {chdir: "{{ playbook_dir }}"}
      register: said
    - debug: {msg: "said {{ said.stdout }}"}
    - kubernetes.core.k8s:
        definition:
          apiVersion: v1
          kind: ConfigMap
          metadata: {name: c, namespace: default}
          data: {said: "{{ said.stdout }}"}
"""


def test_a_preview_runs_nothing(command, tmp_path):
    (tmp_path / "book.yml").write_text(BOOK)
    done = command("play", "book.yml", "--rehearse")
    assert done.returncode == 0, done.stderr
    assert "on this machine: run echo ran > out; echo done" in done.stdout
    assert "kind: ConfigMap" in done.stdout
    assert not (tmp_path / "out").exists()


def test_it_runs_when_told_to(command, tmp_path):
    (tmp_path / "book.yml").write_text(BOOK)
    done = command("play", "book.yml", "--rehearse", "--yes")
    assert done.returncode == 0, done.stderr
    assert "said done" in done.stdout
    assert "changed=2" in done.stdout, done.stdout
    assert (tmp_path / "out").read_text() == "ran\n"


def test_it_says_what_tasks_say(command, tmp_path):
    (tmp_path / "book.yml").write_text("""
- hosts: localhost
  gather_facts: false
  vars: {port: 80, key: hidden}
  tasks:
    - {name: One, debug: {var: port}}
    - {name: All, debug: {msg: "at {{ item }}"}, loop: [a, b]}
    - {name: Quiet, debug: {var: key}, no_log: true}
    - {name: Again, command: "false", retries: 1, delay: 0, until: false,
       ignore_errors: true}
""")
    done = command("play", "book.yml", "--rehearse", "--yes")
    assert done.returncode == 0, done.stderr
    lines = [line.expandtabs(1) for line in done.stdout.splitlines()]
    assert lines[0] == 'ok One: {"port":80}'
    assert lines[1:3] == ["  ok a: at a", "  ok b: at b"]
    assert lines[3].startswith("ok All")
    assert lines[4] == "ok Quiet" and "hidden" not in done.stdout
    assert lines[5].startswith("retry Again: attempt 1 of 1")
    assert lines[6].startswith("ignored Again: ")


@pytest.fixture
def pages():
    """A web server on this machine: its address, and what it was asked."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", "/")
                return self.end_headers()
            said = {name: self.headers[name] for name in (
                "Authorization", "User-Agent", "X-Zone", "Cache-Control")}
            asked.append((self.path, said))
            self.send_response(404 if self.path == "/none" else 200)
            self.end_headers()
            self.wfile.write(b"one\ntwo")

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


def test_the_lookup_url_asks_as_ansibles(
        command, tmp_path, pages, ansible_playbook):
    address, asked = pages
    (tmp_path / "book.yml").write_text(f"""
- hosts: localhost
  gather_facts: false
  vars: {{at: "{address}"}}
  tasks:
    - set_fact:
        plain: "{{{{ lookup('url', at, http_agent='me/1') }}}}"
        whole: "{{{{ query('url', at ~ '/moved', split_lines=false,
          username='me', password='s3 \\"c', force_basic_auth=true,
          force=true, headers={{'X-Zone': 'a b'}}) }}}}"
    - copy: {{content: "{{{{ [plain, whole] | to_json }}}}", dest: "./said"}}
    - set_fact: {{none: "{{{{ lookup('url', at ~ '/none') }}}}"}}
      ignore_errors: true
      register: last
    - assert: {{that: last is failed}}
""")
    answers = []
    for run in (
            lambda: command("play", "book.yml", "--rehearse", "--yes"),
            lambda: ansible_playbook(tmp_path, "book.yml", "/nonexistent")):
        done = run()
        assert done.returncode == 0, done.stdout + done.stderr
        answers.append((list(asked), (tmp_path / "said").read_text()))
        asked.clear()
    ours, theirs = answers
    # Each asks as often as it evaluates.
    assert set(map(str, ours[0])) == set(map(str, theirs[0]))
    assert ours[1] == theirs[1]


def test_what_is_not_covered_is_refused_before_the_first_task(
        command, tmp_path):
    (tmp_path / "book.yml").write_text(BOOK + "    - ufw: {state: enabled}\n")
    for words in ([], ["--yes"]):
        done = command("play", "book.yml", "--rehearse", *words)
        assert done.returncode == 4, done.stdout + done.stderr
        assert 'book.yml:15:7: the module "ufw" is not supported' in done.stderr
        assert not (tmp_path / "out").exists()


def test_a_role_is_shown_and_rendered(command, tmp_path):
    role = tmp_path / "web"
    (role / "tasks").mkdir(parents=True)
    (role / "defaults").mkdir()
    (role / "defaults/main.yml").write_text("web_port: 80\n")
    (role / "tasks/main.yml").write_text(
        "- kubernetes.core.k8s:\n    definition:\n"
        "      {apiVersion: v1, kind: Service, metadata: {name: web,"
        " namespace: default},\n"
        "       spec: {ports: [{port: '{{ web_port | int }}'}]}}\n")
    (role / "tasks/other.yml").write_text("- ufw: {state: enabled}\n")
    shown = json.loads(
        command("role", "show", role, "--output", "json").stdout)
    assert shown["entryPoints"] == ["main", "other"]
    assert "ufw" in str(shown["refusals"])
    (tmp_path / "vars.yml").write_text("web_port: 8080\n")
    done = command("role", "render", role, "--entry", "main",
                   "-e", "@vars.yml", "--output", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["writes"][0]["object"]["spec"][
        "ports"] == [{"port": 8080}]
    done = command("role", "render", role, "--entry", "other")
    assert done.returncode == 4
    assert "other.yml:1:3" in done.stderr


def test_a_project_with_its_settings(command, tmp_path):
    """What ansible.cfg, collections beside the book and -e say is heard."""
    role = tmp_path / "collections/ansible_collections/my/own/roles/r/tasks"
    role.mkdir(parents=True)
    (role / "main.yml").write_text(
        "- debug: {msg: \"{{ ansible_role_name }}\"}\n")
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/all.yml").write_text("d: {a: 1}\n")
    (tmp_path / "ansible.cfg").write_text(
        "[defaults]\nhash_behaviour = merge\nvault_password_file = pw\n")
    (tmp_path / "pw").write_text("word\n")
    (tmp_path / "extra.yml").write_text("key: hidden\n")
    assert command("vault", "encrypt", "extra.yml", "--vault-password-file",
                   "pw").returncode == 0
    (tmp_path / "book.yml").write_text("""
- hosts: localhost
  gather_facts: false
  collections: [my.own]
  vars: {d: {b: 2}}
  roles: [my.own.r]
  tasks:
    - import_role: {name: r}
    - debug: {var: d}
    - debug: {msg: "{{ key }} {{ n }}"}
    - debug: {msg: more, verbosity: 1}
    - shell: touch out
      args: {chdir: "{{ playbook_dir }}"}
      tags: run
""")
    words = ["play", "book.yml", "--rehearse", "-e", "@extra.yml", "-e", "n=5"]
    done = command(*words, "--check", "-v")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("my.own.r : debug: my.own.r") == 2
    assert '{"a":1,"b":2}' in done.stdout and "more" in done.stdout
    assert " 5\n" in done.stdout and "hidden" not in done.stdout
    assert not (tmp_path / "out").exists()
    done = command(*words, "--yes", "-t", "run", "-t", "other")
    assert done.returncode == 0 and (tmp_path / "out").exists()
    assert command(*words, "-i", "localhost,").returncode == 0
    done = command(*words, "-i", "web,", "--limit", "localhost")
    assert done.returncode == 64 and "leaves no host" in done.stderr


def test_a_role_tells_its_parameters(command, tmp_path):
    role = tmp_path / "web"
    for folder in ("tasks", "meta"):
        (role / folder).mkdir(parents=True)
    (role / "tasks/main.yml").write_text("- debug: {msg: x}\n")
    (role / "meta/argument_specs.yml").write_text("""
argument_specs:
  main:
    options:
      port: {type: int, default: 80, choices: [80, 443], description: Where}
      key: {required: true, no_log: true, default: hidden}
      rules:
        {type: list, elements: dict, options: {name: {required: true}}}
""")
    done = command("role", "show", "web")
    assert "  port (int), default 80, one of 80, 443: Where" in done.stdout
    assert "  key (str), required, secret\n" in done.stdout
    assert "  rules (list of dict)\n    name (str), required" in done.stdout
    port, key, rules = json.loads(command(
        "role", "show", "web", "--output", "json").stdout)["parameters"]["main"]
    assert port["default"] == 80 and port["choices"] == [80, 443]
    assert port["description"] == ["Where"] and "default" not in key
    assert rules["elements"] == "dict"
    assert [one["name"] for one in rules["options"]] == ["name"]


def test_a_play_gathers_facts_unless_it_says_otherwise(command, tmp_path):
    (tmp_path / "book.yml").write_text("""
- hosts: localhost
  tasks:
    - debug: {msg: "{{ ansible_system }} {{ ansible_date_time.year | length }}"}
- hosts: localhost
  gather_facts: false
  tasks:
    - debug: {msg: "still {{ ansible_facts.system }}"}
""")
    done = command("play", "book.yml", "--rehearse", "--yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "ok\tGathering Facts", "ok\tdebug: Linux 4", "ok\tdebug: still Linux",
        "ok=3"]


def test_a_role_is_rendered_with_the_facts_of_this_machine(command, tmp_path):
    role = tmp_path / "one"
    (role / "tasks").mkdir(parents=True)
    (role / "tasks" / "main.yml").write_text("""
- kubernetes.core.k8s:
    definition:
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: c, namespace: default}
      data: {of: "{{ ansible_system }}", day: "{{ ansible_date_time.date }}"}
""")
    done = command("role", "render", str(role))
    assert done.returncode == 0, done.stderr
    assert "of: Linux" in done.stdout
    assert "known only during the run: /data/day" in done.stdout
