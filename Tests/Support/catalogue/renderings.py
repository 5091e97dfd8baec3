#!/usr/bin/env python3
"""What a real ansible-playbook renders of the catalogue's roles.

    renderings.py [ROLE...]

For the parameters' defaults and for every set of parameter_sets.py all entry
points of a role are run in turn, in one play, against the recorder's stand-in
cluster. One JSON line for each: {"role", "set", "playbook": text, "fixture":
objects of the cluster at first, "status": exit status, "output": Ansible's own,
"lines": the record}. Run with the python of `Tests/Support/venv ansible`.
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from parameter_sets import load, options_of, required, roles, sets

HERE = pathlib.Path(__file__).resolve().parent
ENTRIES = ("check", "main", "test", "remove")
NODES = [{"apiVersion": "v1", "kind": "Node", "metadata": {
    "name": "node-%d" % n, "labels": {
        "quarterdeck.io/control-plane": "enabled"}}} for n in range(15)]


def play(plays, fixture):
    """Records a playbook; returns (lines, exit status and output)."""
    with tempfile.TemporaryDirectory() as work:
        playbook = pathlib.Path(work) / "play.yml"
        playbook.write_text(plays)
        objects = pathlib.Path(work) / "fixture.json"
        objects.write_text(json.dumps(fixture))
        done = subprocess.run(
            [HERE.parent / "ansible" / "record", "--fixture", objects,
             playbook], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()], done


def playbook_of(role, values):
    """A play that runs all entry points of a role."""
    return json.dumps([{
        "hosts": "localhost", "connection": "local", "gather_facts": False,
        "vars": values, "tasks": [{"ansible.builtin.include_role": {
            "name": role, "tasks_from": entry}} for entry in ENTRIES]}])


def fixture_of(values):
    """What the roles' checks ask of a cluster."""
    storage = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
               "metadata": {"name": values.get("openstack_storage_class")
                            or "standard", "annotations": {
                   "storageclass.kubernetes.io/is-default-class": "true"}}}
    return NODES + [storage]


def rendering(role, values):
    """One set through all entry points; as `play` returns it."""
    return play(playbook_of(role, values), fixture_of(values))


def named_sets(role):
    """The defaults and every generated set of a role, with names."""
    specs, service = load(role)
    yield "defaults", required(specs, service, role)
    for number, values in enumerate(sets(role)):
        yield "set %d" % number, values


def main():
    """Prints the renderings; as many at once as there are processors."""
    cases = [(role, name, values) for role in sys.argv[1:] or roles()
             for name, values in named_sets(role)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = pool.map(lambda case: rendering(case[0], case[2]), cases)
        for (role, name, values), (lines, done) in zip(cases, found):
            print(json.dumps({
                "role": role, "set": name,
                "playbook": playbook_of(role, values),
                "fixture": fixture_of(values), "status": done.returncode,
                "output": done.stderr, "lines": lines}), flush=True)


if __name__ == "__main__":
    main()
