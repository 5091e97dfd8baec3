"""The real ansible-playbook as the engine, and beside ours: what ours turns
down is refused with its place before anything is applied, and the real one
does it, told in the same journal and on the same screen."""

import base64
import gzip
import json
import os
import subprocess

import clusters
import keys
import pytest

META = """\
service: x
title: X
description: The operator's own
group: Own
stage: own
requires: [memcached]
"""
SPECS = """\
argument_specs:
  main:
    short_description: Keeps a note
    options:
      openstack_namespace: {type: str, default: openstack}
      x_secret: {type: str, required: true, no_log: true}
"""
# What administers a machine is no part of ours.
REFUSED = """\
- name: Keep a note on this machine
  community.general.sudoers:
    sudoers_path: "{{ playbook_dir }}"
    name: note.txt
    user: noted
    commands: /bin/true
    validation: absent
"""
SERVED = """\
- name: Keep a note in the cluster
  kubernetes.core.k8s:
    apply: true
    server_side_apply: {field_manager: quarterdeck}
    definition:
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: x-note, namespace: "{{ openstack_namespace }}"}
      data: {note: "noted"}

- name: Keep a secret in the cluster
  kubernetes.core.k8s:
    apply: true
    server_side_apply: {field_manager: quarterdeck}
    definition:
      apiVersion: v1
      kind: Secret
      metadata: {name: x-secret, namespace: "{{ openstack_namespace }}"}
      data: {secret: "{{ x_secret | b64encode }}"}
  no_log: true
"""
SECRET = "a-secret-of-the-operators-role"
PLACE = "roles/x/tasks/main.yml:3"
MODULE = "community.general.sudoers"


@pytest.fixture
def environment_with_ansible(control_plane, ansible_folder):
    return {"KUBECONFIG": control_plane["KUBECONFIG"],
            "PATH": f"{ansible_folder}:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8"}


@pytest.fixture
def stack_with_role(command, tmp_path, environment_with_ansible):
    """Makes a stack of memcached and a role of the operator's own."""

    def make(name):
        done = command("new", name, "--services", "memcached", "--namespace",
                       name, env=environment_with_ansible)
        assert done.returncode == 0, done.stderr
        stack = tmp_path / name
        role = stack / "roles" / "x"
        for folder in ("meta", "tasks"):
            (role / folder).mkdir(parents=True)
        (role / "meta/service.yml").write_text(META)
        (role / "meta/argument_specs.yml").write_text(SPECS)
        (role / "tasks/main.yml").write_text("---\n" + REFUSED + SERVED)
        passwords = stack / "group_vars/all/passwords.yml"
        passwords.write_text(
            passwords.read_text() + f"x_secret: {SECRET}\n")
        done = command("services", "--add", "x", "--stack", stack,
                       env=environment_with_ansible)
        assert done.returncode == 0, done.stderr
        return stack

    return make


def journal(stack, run=1):
    path = stack / f".quarterdeck/runs/{run}/journal.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def written(stack, run=1):
    """The objects that a run's journal tells of, by kind and name."""
    return {(one["object"]["kind"], one["object"]["name"])
            for entry in journal(stack, run)
            for name, one in entry["event"].items() if name == "wrote"}


def inventory(kubeconfig, namespace):
    """What the newest release owns, by kind and name, and whether it is
    complete."""
    found = [one for one in clusters.items(kubeconfig, "secrets", namespace)
             if one["type"] == "quarterdeck.io/release"]
    newest = max(found, key=lambda one: int(
        one["metadata"]["labels"]["quarterdeck.io/release"]))
    release = json.loads(gzip.decompress(
        base64.b64decode(newest["data"]["release"])))
    return {(one["reference"]["kind"], one["reference"]["name"])
            for component in release["components"].values()
            for one in component}, release["isComplete"]


def test_deploy_with_the_real_ansible(
        command, stack_with_role, environment_with_ansible, tmp_path,
        ansible_folder):
    env = environment_with_ansible
    kubeconfig = env["KUBECONFIG"]
    stack = stack_with_role("engine")
    refused = command("deploy", "--yes", "--stack", stack, env=env)
    said = refused.stdout + refused.stderr
    assert refused.returncode == 4, said
    assert PLACE in said and "--engine ansible" in said
    assert said.count(MODULE) == 1, said
    assert str(stack) not in said, "the place is as the operator knows it"
    assert not clusters.has_namespace(kubeconfig, "engine")
    assert keys.frozen_runs(stack) == []
    # The vault's password reaches ansible-playbook too.
    password = tmp_path / "vault-password"
    password.write_text("correct horse\n")
    subprocess.run(
        [ansible_folder / "ansible-vault", "encrypt", "--vault-password-file",
         password, stack / "group_vars/all/passwords.yml"],
        check=True, capture_output=True, timeout=120)
    done = command(
        "deploy", "--yes", "--stack", stack, "--engine", "ansible",
        "--vault-password-file", password, env=env, seconds=600)
    assert done.returncode == 0, done.stdout + done.stderr
    # Its tasks were told as they ended.
    for task in ("memcached : Apply the caches", "x : Keep a note on this",
                 "x : Keep a secret"):
        assert task in done.stdout, done.stdout
    assert SECRET not in done.stdout + done.stderr
    assert "noted" in (stack / "note.txt").read_text()
    state = clusters.status(
        command, stack, {**env, "ANSIBLE_VAULT_PASSWORD_FILE": str(password)})
    assert state["state"] == "succeeded"
    assert clusters.components(state) == {"memcached": "done", "x": "done"}
    # The journal is whole, with what the plan could not know as well.
    objects = {("StatefulSet", "memcached"), ("Service", "memcached"),
               ("Job", "memcached-test"), ("ConfigMap", "x-note")}
    assert objects <= written(stack), written(stack)
    ended = journal(stack)[-1]["event"]
    assert ended["finished"]["succeeded"] is True
    # The release owns it.
    owned, is_complete = inventory(kubeconfig, "engine")
    assert is_complete
    assert objects <= owned, owned
    # Our engine finds nothing to change in it.
    (stack / "roles/x/tasks/main.yml").write_text("---\n" + SERVED)
    env = {**env, "ANSIBLE_VAULT_PASSWORD_FILE": str(password)}
    assert clusters.changes(command, stack, env) == (0, [])


def test_review_offers_the_real_ansible(
        terminal, command, stack_with_role, environment_with_ansible):
    env = environment_with_ansible
    stack = stack_with_role("offer")
    one = terminal("--stack", "offer", env=env)
    one.wait(r"2 chosen")
    shown = keys.review(one, r"e lets\s+ansible-playbook")
    assert PLACE in shown and MODULE in shown
    one.keys("g")
    one.wait(r"Not started")
    assert not clusters.has_namespace(env["KUBECONFIG"], "offer")
    one.keys("e")
    one.wait(r"by ansible-playbook")
    one.wait(r"g starts", 60)
    keys.go(one)
    one.wait(r"memcached")
    clusters.wait_for_state(command, stack, "succeeded", env, seconds=600)
    # The run's steps are Ansible's tasks.
    one.keys("t")
    one.wait(r"changed +x +(x : )?Keep a secret in the cluster")
    one.keys("Escape")
    one.keys("6")
    one.wait(r"deploy +\S+ done")


def test_in_rehearsal_there_is_no_ansible(command, tmp_path):
    command("new", "lab", "--services", "memcached", "--rehearse")
    done = command("deploy", "--yes", "--engine", "ansible", "--stack",
                   tmp_path / "lab")
    assert done.returncode == 1
    assert "a rehearsal is in this program's memory" in done.stderr
    assert "choose a cluster" in done.stderr
    assert keys.frozen_runs(tmp_path / "lab") == []


def test_what_a_failed_playbook_wrote_is_owned(
        command, stack_with_role, environment_with_ansible):
    env = environment_with_ansible
    stack = stack_with_role("broken")
    (stack / "roles/x/tasks/main.yml").write_text(
        "---\n" + SERVED + """
- name: Fail in the end
  ansible.builtin.command: {cmd: /bin/false}
  changed_when: false
""")
    done = command(
        "deploy", "--yes", "--stack", stack, "--engine", "ansible", env=env,
        seconds=600)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Fail in the end: non-zero return code" in done.stdout
    state = clusters.status(command, stack, env)
    assert clusters.components(state)["x"] == "failed"
    owned, is_complete = inventory(env["KUBECONFIG"], "broken")
    assert not is_complete
    assert {("ConfigMap", "x-note"), ("StatefulSet", "memcached")} <= owned
