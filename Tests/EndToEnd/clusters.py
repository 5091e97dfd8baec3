"""What tests ask a cluster, and the program about it."""

import json
import subprocess
import time


def kubectl(kubeconfig, *words, input=None):
    done = subprocess.run(
        ["kubectl", "--kubeconfig", kubeconfig, *words], text=True,
        capture_output=True, timeout=60, input=input)
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


def plan(command, stack, env=None, *words):
    done = command("plan", "--stack", stack, "--output", "json", *words,
                   env=env, seconds=180)
    return json.loads(done.stdout)


def changes(command, stack, env=None):
    """How many changes a plan has, and which objects are not unchanged."""
    found = plan(command, stack, env)
    assert found["obstacles"] == [], found["obstacles"]
    different = [
        (o["reference"]["kind"], o["reference"]["name"], o["outcome"])
        for stage in found["stages"] for component in stage["components"]
        for o in component["objects"] if o["outcome"] != "unchanged"]
    return found["changes"], different


def status(command, stack, env=None):
    done = command("status", "--stack", stack, "--output", "json", env=env)
    return json.loads(done.stdout)


def components(state):
    return {c["name"]: c["state"] for stage in state.get("stages", [])
            for c in stage["components"]}


def wait_for(look, wanted, seconds=120):
    """Waits until `wanted` of what `look` gives is true; returns that."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if wanted(seen):
            return seen
        assert time.monotonic() < end, seen
        time.sleep(0.2)


def wait_for_state(command, stack, wanted, env=None, seconds=180):
    """Waits until the newest run is in a state; returns its status."""
    return wait_for(
        lambda: status(command, stack, env),
        lambda seen: seen.get("state") == wanted, seconds)


def has_namespace(kubeconfig, name):
    names = json.loads(kubectl(kubeconfig, "get", "namespaces", "-o", "json"))
    return name in [n["metadata"]["name"] for n in names["items"]]
