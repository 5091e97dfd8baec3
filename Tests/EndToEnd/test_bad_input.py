"""Bad input gets one clear error, an exit status that is not 0, and harms
nothing."""

import os
import subprocess

import pytest


@pytest.fixture
def stack(command, tmp_path):
    done = command("new", "lab", "--services", "keystone", "--rehearse")
    assert done.returncode == 0, done.stderr
    return tmp_path / "lab"


def refused(done, *words, status=2):
    said = done.stdout + done.stderr
    assert done.returncode == status, said
    for word in words:
        assert word in said, said
    assert "Fatal" not in said and "Traceback" not in said


def append(stack, text, file="parameters"):
    path = stack / "group_vars/all" / f"{file}.yml"
    path.write_text(path.read_text() + text)


def test_broken_yaml(stack, command):
    append(stack, "keystone_replicas: [3\n")
    refused(command("plan", "--stack", stack), "parameters.yml:")


def test_unknown_parameter(stack, command):
    append(stack, "keystone_replicsa: 3\n")
    refused(command("set", "keystone_replicsa=3", "--stack", stack),
            "keystone_replicsa", "did you mean keystone_replicas")
    refused(command("plan", "--stack", stack), "parameters.yml:",
            "keystone_replicsa", "did you mean keystone_replicas")


def test_wrong_type(stack, command):
    refused(command("set", "keystone_replicas=many", "--stack", stack),
            "keystone_replicas", "whole number")
    append(stack, "keystone_replicas: many\n")
    refused(command("plan", "--stack", stack), "keystone_replicas",
            "parameters.yml:")


def test_out_of_range(stack, command):
    refused(command("set", "keystone_replicas=99", "--stack", stack),
            "keystone_replicas", "99")
    assert "99" not in (stack / "group_vars/all/parameters.yml").read_text()
    append(stack, "keystone_replicas: 99\n")
    refused(command("plan", "--stack", stack), "parameters.yml:",
            "keystone_replicas", "99")


def test_missing_required(stack, command):
    path = stack / "group_vars/all/passwords.yml"
    path.write_text("")
    refused(command("plan", "--stack", stack), "password")


def test_cyclic_requires(stack, command):
    for name, needs in (("one", "two"), ("two", "one")):
        role = stack / "roles" / name
        (role / "meta").mkdir(parents=True)
        (role / "tasks").mkdir()
        (role / "tasks/main.yml").write_text("---\n")
        (role / "meta/service.yml").write_text(
            f"service: {name}\ntitle: {name}\ndescription: d\ngroup: g\n"
            f"stage: {name}\nrequires: [{needs}]\n")
    done = command("services", "--add", "one", "--stack", stack)
    refused(done, "circle", "one", "two")


def test_undefined_variable_in_a_template(tmp_path, command):
    (tmp_path / "a.j2").write_text("one\n{{ nowhere }}\n")
    refused(command("template", "a.j2"), "a.j2:2", "nowhere")


def test_what_a_template_writes_does_not_steer_a_terminal(
        tmp_path, command, binary, environment):
    (tmp_path / "a.j2").write_text(
        r'{{ "\x1b]0;owned\x07\x1b[2Ja\tb" }}')
    piped = command("template", "a.j2")
    assert piped.stdout == "\x1b]0;owned\x07\x1b[2Ja\tb"
    screen, terminal = os.openpty()
    done = subprocess.run(
        [binary, "template", "a.j2"], cwd=tmp_path, env=environment,
        stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal, timeout=60)
    os.close(terminal)
    assert done.returncode == 0
    assert b"".join(iter(lambda: read(screen), b"")) == b"]0;owned[2Ja\tb"


def test_what_an_error_quotes_does_not_steer_a_terminal(tmp_path, command):
    (tmp_path / "a.j2").write_text("one\n\x1b[31m{{ nowhere }}\n")
    done = command("template", "a.j2")
    refused(done, "a.j2:2", "nowhere", "[31m")
    assert "\x1b" not in done.stderr


def read(descriptor):
    """What a terminal shows; nothing at its end."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def own_role(stack, tasks, template=None):
    """A service of the operator's own, chosen."""
    role = stack / "roles" / "own"
    for folder in ("meta", "tasks", "templates"):
        (role / folder).mkdir(parents=True)
    (role / "tasks/main.yml").write_text(tasks)
    (role / "meta/service.yml").write_text(
        "service: own\ntitle: Own\ndescription: d\ngroup: g\nstage: own\n")
    if template:
        (role / "templates/own.conf.j2").write_text(template)


def test_undefined_variable_in_a_roles_template(stack, command, terminal):
    own_role(stack, """\
- name: Apply the configuration
  kubernetes.core.k8s:
    apply: true
    definition:
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: own, namespace: "{{ openstack_namespace }}"}
      data:
        own.conf: "{{ lookup('ansible.builtin.template', 'own.conf.j2') }}"
""", "[DEFAULT]\nhost = {{ own_nowhere }}\n")
    done = command("services", "--add", "own", "--stack", stack)
    assert done.returncode == 0, done.stderr
    refused(command("plan", "--stack", stack),
            "roles/own/templates/own.conf.j2:2:11", "own_nowhere", "undefined",
            status=1)
    refused(command("deploy", "--yes", "--stack", stack), "own_nowhere",
            status=1)
    one = terminal("--stack", str(stack))
    one.wait(r"4 chosen")
    one.keys("4")
    one.wait(r"own_nowhere", 60)
    one.keys("g")
    one.wait(r"Not started: ")
    assert not (stack / ".quarterdeck" / "runs").exists()


def test_template_syntax(tmp_path, command):
    (tmp_path / "a.j2").write_text("one\n{% for x in %}\n")
    refused(command("template", "a.j2"), "a.j2:2")


def test_no_stack(tmp_path, command):
    refused(command("plan", "--stack", tmp_path / "nothing"), "nothing")


@pytest.fixture
def without_override(binary, environment, tmp_path):
    """Runs the program without root's right to read everything."""
    words = []
    if os.geteuid() == 0:
        words = ["setpriv", "--bounding-set",
                 "-dac_override,-dac_read_search"]

    def run(*more):
        return subprocess.run(
            [*words, binary, *map(str, more)], cwd=tmp_path, env=environment,
            capture_output=True, text=True, timeout=60)

    return run


@pytest.mark.parametrize("name", ["services", "parameters", "passwords"])
def test_unreadable_file(stack, without_override, name):
    os.chmod(stack / f"group_vars/all/{name}.yml", 0)
    refused(without_override("plan", "--stack", stack), f"{name}.yml",
            "give yourself the right")


def test_unreadable_stack(stack, without_override):
    os.chmod(stack, 0)
    try:
        refused(without_override("plan", "--stack", stack), "lab",
                "give yourself the right")
    finally:
        os.chmod(stack, 0o700)


def test_stack_file_is_a_directory(stack, command):
    path = stack / "group_vars/all/services.yml"
    path.unlink()
    path.mkdir()
    refused(command("plan", "--stack", stack), "services.yml")


def test_new_does_not_overwrite(stack, command):
    refused(command("new", "lab", "--services", "keystone", "--rehearse"),
            "not empty")


def test_no_kubectl(stack, command, tmp_path):
    done = command("plan", "--stack", stack, "--context", "prod",
                   env={"PATH": str(tmp_path)})
    refused(done, "kubectl", status=3)


def test_api_unreachable(stack, command, tmp_path):
    config = tmp_path / "kubeconfig"
    config.write_text("""\
apiVersion: v1
kind: Config
current-context: away
clusters: [{name: away, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: away, context: {cluster: away, user: away}}]
users: [{name: away, user: {token: none}}]
""")
    done = command("plan", "--stack", stack, "--kubeconfig", config)
    refused(done, "127.0.0.1:1", status=3)


def test_not_a_terminal(stack, command):
    refused(command("--stack", stack), "terminal", status=64)


def test_unknown_terminal(stack, terminal):
    one = terminal("--stack", str(stack), term="nonsense-9")
    shown = one.wait(r"nonsense-9")
    assert one.exit_status() != 0
    assert "TERM" in shown


def test_terminal_too_small(stack, terminal):
    one = terminal("--stack", str(stack), columns=30, rows=8)
    one.wait(r"(?i)too small")
    one.resize(100, 30)
    one.wait(r"3 chosen")


def test_usage(command):
    refused(command("deploy", "--nonsense"), "nonsense", status=64)
    refused(command("role", "show", "/nowhere"), "/nowhere")
