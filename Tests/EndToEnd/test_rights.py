"""A cluster that is not the stack's, and one that does not let us."""

import json
import pathlib

import clusters
import keys
import pytest

ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: limited, namespace: {namespace}}}
rules:
- apiGroups: ["", apps, batch, policy, coordination.k8s.io, discovery.k8s.io]
  resources: [{resources}]
  verbs: [get, list, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: limited, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: limited}}
subjects:
- {{apiGroup: rbac.authorization.k8s.io, kind: User, name: viewer}}
"""
MOST = ["pods", "pods/log", "services", "endpoints", "configmaps", "secrets",
        "serviceaccounts", "deployments", "replicasets", "statefulsets",
        "daemonsets", "jobs", "poddisruptionbudgets", "leases",
        "persistentvolumeclaims"]


@pytest.fixture
def viewer(control_plane):
    """A user who was given no rights."""
    return {"KUBECONFIG": str(
        pathlib.Path(control_plane["RUN"]) / "viewer.kubeconfig")}


def test_nothing_is_applied_without_the_rights(
        command, terminal, tmp_path, viewer, control_plane):
    done = command("new", "fenced", "--services", "memcached", "--namespace",
                   "fenced", env=viewer)
    assert done.returncode == 0, done.stderr
    stack = tmp_path / "fenced"
    found = clusters.plan(command, stack, viewer)
    rights = [one for one in found["preflight"] if one["title"] == "Rights"]
    assert rights[0]["state"] == "fail"
    sentence = rights[0]["sentence"]
    # Which rights, each of them.
    for words in ("create, delete, get, list, patch, watch "
                  "statefulsets in fenced", "namespaces", "secrets in fenced",
                  "leases in fenced", "administrator"):
        assert words in sentence, sentence
    refused = command("deploy", "--yes", "--stack", stack, env=viewer)
    assert refused.returncode == 1
    assert "you may not" in refused.stderr
    one = terminal("--stack", "fenced", env=viewer)
    one.wait(r"1 chosen")
    keys.review(one, r"you may not")
    one.keys("g")
    one.wait(r"Not started: .*you may not")
    one.keys("3")
    one.wait(r"(?i)forbidden|cannot list|may not")
    one.keys("1")
    one.wait(r"1 chosen")
    one.keys("q")
    assert one.exit_status() == 0
    assert keys.frozen_runs(stack) == []
    assert not clusters.has_namespace(control_plane["KUBECONFIG"], "fenced")


def test_a_kind_that_may_not_be_listed_leaves_the_rest(
        command, terminal, tmp_path, viewer, control_plane):
    admin = {"KUBECONFIG": control_plane["KUBECONFIG"]}
    done = command("new", "seen", "--services", "memcached", "--namespace",
                   "seen", env=admin)
    assert done.returncode == 0, done.stderr
    stack = tmp_path / "seen"
    done = command("deploy", "--yes", "--stack", stack, env=admin, seconds=180)
    assert done.returncode == 0, done.stdout + done.stderr
    # All but events and what has no namespace.
    clusters.kubectl(
        admin["KUBECONFIG"], "apply", "-f", "-",
        input=ROLE.format(namespace="seen", resources=", ".join(MOST)))
    one = terminal("--stack", "seen", env=viewer)
    one.wait(r"memcached +✓")
    one.keys("5")
    one.wait(r"run 1")
    # Of the kinds that may not be listed nothing is known: no row is wrong.
    one.wait(r"Every test has passed")
    one.keys("c")
    shown = one.wait(r"✓ memcached")
    assert "does not exist" not in shown
    one.keys("4")
    one.wait(r"you may not", 60)
    one.keys("q")
    assert one.exit_status() == 0


def test_another_cluster(command, terminal, tmp_path, control_plane):
    env = {"KUBECONFIG": control_plane["KUBECONFIG"]}
    done = command("new", "moved", "--services", "memcached", "--namespace",
                   "moved", env=env)
    assert done.returncode == 0, done.stderr
    stack = tmp_path / "moved"
    path = stack / "group_vars/all/services.yml"
    path.write_text(
        path.read_text()
        + "quarterdeck_cluster_uid: 7d8a5d4e-0000-4000-8000-2f0c11d6c0de\n")
    done = command("deploy", "--yes", "--stack", stack, env=env)
    assert done.returncode == 5, done.stdout + done.stderr
    assert "another cluster" in done.stderr
    assert "choose the right context" in done.stderr
    one = terminal("--stack", "moved", env=env)
    one.wait(r"1 chosen")
    keys.review(one, r"another cluster")
    one.keys("g")
    one.wait(r"Not started: .*another cluster")
    one.keys("q")
    assert one.exit_status() == 0
    assert keys.frozen_runs(stack) == []
    assert not clusters.has_namespace(env["KUBECONFIG"], "moved")
    # The same stack may still rehearse.
    done = command("plan", "--rehearse", "--stack", stack)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_recorded_cluster_is_recognized(command, tmp_path, control_plane):
    env = {"KUBECONFIG": control_plane["KUBECONFIG"]}
    stack = tmp_path / "kept"
    command("new", "kept", "--services", "memcached", "--namespace", "kept",
            env=env)
    first = clusters.plan(command, stack, env)
    assert "the run records it" in json.dumps(first["preflight"])
    done = command("deploy", "--yes", "--stack", stack, env=env, seconds=180)
    assert done.returncode == 0, done.stdout + done.stderr
    uid = clusters.kubectl(
        env["KUBECONFIG"], "get", "namespace", "kube-system", "-o",
        "jsonpath={.metadata.uid}")
    assert uid in (stack / "group_vars/all/services.yml").read_text()
    again = clusters.plan(command, stack, env)
    assert "belongs to" in json.dumps(again["preflight"])
