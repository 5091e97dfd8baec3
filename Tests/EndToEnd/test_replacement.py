"""A parameter behind a field that cannot change: Review says that the object is
made anew, and the run does that and no more."""

import clusters


def members(kubeconfig):
    return {pod["metadata"]["name"]: pod["metadata"]["uid"]
            for pod in clusters.items(kubeconfig, "pods", "anew")
            if pod["metadata"]["name"].startswith("mariadb-")
            and "test" not in pod["metadata"]["name"]}


def test_a_larger_claim(place, command, tmp_path):
    env, words = place
    stack = tmp_path / "anew"
    done = command("new", "anew", "--services", "mariadb", "--namespace",
                   "anew", *words, env=env)
    assert done.returncode == 0, done.stderr
    done = command("deploy", "--yes", "--stack", stack, env=env, seconds=240)
    assert done.returncode == 0, done.stdout + done.stderr
    before = members(env["KUBECONFIG"]) if env else None
    command("set", "mariadb_storage_size=30Gi", "--stack", stack, env=env)
    assert clusters.changes(command, stack, env) == (
        1, [("StatefulSet", "mariadb", "replace")])
    by_ansible = command("plan", "--engine", "ansible", "--stack", stack,
                         env=env)
    if env:
        assert "ansible-playbook does not make it anew" in by_ansible.stdout
    done = command("deploy", "--yes", "--stack", stack, env=env, seconds=240)
    assert done.returncode == 0, done.stdout + done.stderr
    assert clusters.changes(command, stack, env) == (0, [])
    if env:
        assert members(env["KUBECONFIG"]) == before
        clusters.kubectl(env["KUBECONFIG"], "delete", "namespace", "anew")
