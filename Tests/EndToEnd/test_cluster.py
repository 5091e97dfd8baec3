"""The same on a real API server, checked with kubectl and held to the real
ansible-playbook."""

import re

import guide
import keys
from clusters import (
    all_available, changes, has_namespace, items, wait_for_state)


def test_guided_deployment_on_a_cluster(
        terminal, command, tmp_path, control_plane, ansible_playbook):
    kubeconfig = control_plane["KUBECONFIG"]
    one = terminal("--stack", "lab", env=control_plane, columns=120, rows=36)
    review = guide.walk(one, "test", 120)
    assert "REHEARSAL" not in review
    assert not has_namespace(kubeconfig, "openstack"), "applied before g"
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
        terminal, command, tmp_path, control_plane, ansible_playbook):
    kubeconfig = control_plane["KUBECONFIG"]
    done = command("new", "other", "--services", "keystone", "--namespace",
                   "elsewhere", env=control_plane)
    assert done.returncode == 0, done.stderr
    stack = tmp_path / "other"
    # What Quarterdeck finds out by discovery, plain Ansible has to be told.
    command("set", "openstack_policy_api_version=policy/v1beta1", "--stack",
            stack, env=control_plane)
    played = ansible_playbook(stack, "site.yml", kubeconfig)
    assert played.returncode == 0, played.stdout[-3000:] + played.stderr[-2000:]
    all_available(kubeconfig, "elsewhere")
    assert changes(command, stack, control_plane) == (0, [])
    one = terminal("--stack", "other", env=control_plane)
    one.wait(r"3 chosen")
    keys.review(one, r"Nothing to do: the cluster is as the stack says")
    one.keys("q")
    assert one.exit_status() == 0


def test_a_dropped_service_is_removed_by_its_role(
        terminal, command, tmp_path, control_plane):
    """Its objects go; the keys that cannot be made again stay."""
    kubeconfig = control_plane["KUBECONFIG"]
    stack = tmp_path / "less"
    done = command("new", "less", "--services", "keystone", "--namespace",
                   "less", env=control_plane)
    assert done.returncode == 0, done.stderr
    done = command("deploy", "--yes", "--stack", stack, env=control_plane,
                   seconds=300)
    assert done.returncode == 0, done.stdout + done.stderr
    one = terminal("--stack", "less", env=control_plane)
    one.wait(r"3 chosen")
    guide.select(one, r"\[x\] Keystone ")
    one.keys("Space")
    one.wait(r"2 chosen")
    guide.select(one, r"\[.\] MariaDB ")
    one.keys("Space")
    one.wait(r"1 chosen")
    keys.review(one, r"g starts")
    one.keys("g")
    shown = one.wait(r"Delete\?")
    assert "This run deletes" in shown
    one.keys("y")
    one.wait(r"run 2  ", 60)
    wait_for_state(command, stack, "succeeded", control_plane)
    left = {(kind, one["metadata"]["name"])
            for kind in ("deployments", "statefulsets", "services", "jobs",
                         "configmaps", "persistentvolumeclaims")
            for one in items(kubeconfig, kind, "less")}
    assert {name for kind, name in left if kind == "statefulsets"} == {
        "memcached"}
    assert not [name for _, name in left if "keystone" in name]
    # Data: the claims of the databases, and the keys.
    claims = [name for kind, name in left if kind == "persistentvolumeclaims"]
    assert len(claims) == 3 and all("mariadb" in name for name in claims)
    secrets = {one["metadata"]["name"]
               for one in items(kubeconfig, "secrets", "less")}
    assert {"keystone-fernet", "keystone-credential"} <= secrets
    assert "keystone-secrets" not in secrets
    assert "mariadb-root" not in secrets
    assert changes(command, stack, control_plane) == (0, [])
    one.keys("q")
    assert one.exit_status() == 0
