"""A bad image: its reason is on the screen, the rest goes on or waits, and
mending the parameter and deploying again finishes the job. By keys."""

import json
import pathlib

import clusters
import keys
import pytest


def repair(one, command, stack, env, parameter, good):
    """From a run that fails to one that is through, by keys."""
    keys.review(one)
    keys.go(one)
    # The reason, and what it does to the others.
    one.wait(r"image \S*memcached:\S* does not exist", 120)
    one.wait(r"keystone +waits", 240)
    assert ":5000/v3" not in one.screen()
    state = clusters.wait_for_state(command, stack, "failed", env)
    assert clusters.components(state) == {
        "mariadb": "done", "memcached": "failed", "keystone": "held"}
    assert "does not exist" in json.dumps(state)
    keys.set_parameter(one, parameter, good)
    shown = keys.review(one, r"g starts run 2")
    assert "StatefulSet memcached" in shown
    keys.go(one)
    # Everything is tested, and the closing page says where it is.
    one.wait(r":5000/v3", 300)
    state = clusters.status(command, stack, env)
    assert state["state"] == "succeeded"
    assert set(clusters.components(state).values()) == {"done"}
    one.keys("q")
    assert one.exit_status() == 0
    assert clusters.changes(command, stack, env) == (0, [])


def test_a_bad_image_in_rehearsal(terminal, command, tmp_path):
    done = command("new", "lab", "--services", "keystone", "--rehearse")
    assert done.returncode == 0, done.stderr
    one = terminal("--stack", "lab", "--fault", "image:memcached")
    one.wait(r"3 chosen")
    repair(one, command, tmp_path / "lab", None, "memcached_image_tag",
           "2025.2-mended")


def test_a_wrong_image_tag_on_a_cluster(
        terminal, command, tmp_path, control_plane):
    rules = pathlib.Path(control_plane["RUN"]) / "control.json"
    rules.write_text(json.dumps({"rules": [["no-such-tag", "imagepull"]]}))
    env = {"KUBECONFIG": control_plane["KUBECONFIG"]}
    done = command("new", "typo", "--services", "keystone", "--namespace",
                   "typo", env=env)
    assert done.returncode == 0, done.stderr
    one = terminal("--stack", "typo", env=env)
    one.wait(r"3 chosen")
    keys.set_parameter(one, "memcached_image_tag", "no-such-tag")
    repair(one, command, tmp_path / "typo", env, "memcached_image_tag",
           "2025.2-debian-bookworm")
    clusters.all_available(env["KUBECONFIG"], "typo")


def test_a_fault_takes_the_place_of_the_one_before(command, tmp_path):
    command("new", "lab", "--services", "memcached", "--rehearse")
    stack = tmp_path / "lab"

    def deploy(*words):
        return command("deploy", "--yes", "--stack", stack, *words,
                       seconds=180)

    bad = deploy("--fault", "image:memcached")
    assert bad.returncode == 1
    assert "does not exist" in bad.stdout
    # Without --fault it is still there.
    again = deploy()
    assert again.returncode == 1, again.stdout
    # The pods come good by themselves, when their kubelets look again.
    clusters.wait_for(
        lambda: deploy("--fault", "slow:another"),
        lambda other: other.returncode == 0)
    command("set", "memcached_image_tag=other", "--stack", stack)
    bad = deploy("--fault", "image:memcached")
    assert bad.returncode == 1, bad.stdout
    # The same command with another tag and no fault is through at once.
    command("set", "memcached_image_tag=third", "--stack", stack)
    mended = deploy("--fault", "none")
    assert mended.returncode == 0, mended.stdout


@pytest.mark.parametrize("fault", ["image", "image:", "nonsense:x"])
def test_a_fault_that_is_none(command, tmp_path, fault):
    command("new", "lab", "--services", "memcached", "--rehearse")
    done = command("plan", "--stack", tmp_path / "lab", "--fault", fault)
    assert done.returncode == 2
    assert "fault" in done.stderr
