"""The same on a real API server, checked with kubectl and held to the real
ansible-playbook."""

import json
import re
import subprocess

import guide


def kubectl(kubeconfig, *words):
    done = subprocess.run(
        ["kubectl", "--kubeconfig", kubeconfig, *words], text=True,
        capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def items(kubeconfig, kind, namespace):
    return json.loads(
        kubectl(kubeconfig, "-n", namespace, "get", kind, "-o", "json")
    )["items"]


def all_available(kubeconfig, namespace):
    for kind in ("deployments", "statefulsets"):
        found = items(kubeconfig, kind, namespace)
        assert found, f"no {kind}"
        for workload in found:
            wanted = workload["spec"]["replicas"]
            assert workload["status"].get("readyReplicas", 0) == wanted
    for job in items(kubeconfig, "jobs", namespace):
        conditions = {c["type"]: c["status"]
                      for c in job["status"].get("conditions", [])}
        assert conditions.get("Complete") == "True", job["metadata"]["name"]


def changes(command, stack, env):
    done = command("plan", "--stack", stack, "--output", "json", env=env,
                   seconds=180)
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    different = [
        (o["reference"]["kind"], o["reference"]["name"], o["outcome"])
        for stage in plan["stages"] for component in stage["components"]
        for o in component["objects"] if o["outcome"] != "unchanged"]
    return plan["changes"], different


def test_guided_deployment_on_a_cluster(
        terminal, command, tmp_path, control_plane, ansible_playbook):
    kubeconfig = control_plane["KUBECONFIG"]
    one = terminal("--stack", "lab", env=control_plane, columns=120, rows=36)
    review = guide.walk(one, "test", 120)
    assert "REHEARSAL" not in review
    names = json.loads(kubectl(kubeconfig, "get", "namespaces", "-o", "json"))
    assert "openstack" not in [
        n["metadata"]["name"] for n in names["items"]], "applied before g"
    one.keys("g")
    one.wait(r"\[6 Rollout\]", 60)
    one.wait(r":5000/v3", 300)
    all_available(kubeconfig, "openstack")
    one.keys("q")
    stack = tmp_path / "lab"
    assert changes(command, stack, control_plane) == (0, [])
    played = ansible_playbook(stack, "site.yml", kubeconfig)
    assert played.returncode == 0, played.stdout[-3000:] + played.stderr[-2000:]
    recap = re.search(r"localhost\s*:.*changed=(\d+)", played.stdout)
    assert recap and recap[1] == "0", played.stdout[-3000:]


def test_after_ansible_review_shows_no_change(
        command, tmp_path, control_plane, ansible_playbook):
    kubeconfig = control_plane["KUBECONFIG"]
    done = command("new", "other", "--services", "memcached", "--namespace",
                   "elsewhere", env=control_plane)
    assert done.returncode == 0, done.stderr
    stack = tmp_path / "other"
    command("set", "openstack_policy_api_version=policy/v1beta1", "--stack",
            stack, env=control_plane)
    played = ansible_playbook(stack, "site.yml", kubeconfig)
    assert played.returncode == 0, played.stdout[-3000:] + played.stderr[-2000:]
    assert changes(command, stack, control_plane) == (0, [])
