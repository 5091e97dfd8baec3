"""Tells where the pinned Ansible finds plugins, and what it cannot load.

One question a line: {"plugins": [[kind, name], ...], "tasks": [paths]} with
the kinds module, filter, test and lookup. One answer a line: {"found": [full
name or null, ...], "errors": [message or null, ...]}: the name under which the
packages of requirements/ansible.txt have each plugin, and why Ansible's own
parser does not load a tasks file.
"""
import json
import os
import sys

OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

from ansible.errors import AnsibleError  # noqa: E402
from ansible.inventory.manager import InventoryManager  # noqa: E402
from ansible.parsing.dataloader import DataLoader  # noqa: E402
from ansible.playbook import helpers, play  # noqa: E402
from ansible.plugins import loader as plugins  # noqa: E402
from ansible.vars.manager import VariableManager  # noqa: E402

LOADERS = {
    "module": plugins.module_loader, "filter": plugins.filter_loader,
    "test": plugins.test_loader, "lookup": plugins.lookup_loader,
}


def find(kind, name):
    """The full name of a plugin, as Ansible resolves it."""
    try:
        if kind in ("filter", "test"):
            found = LOADERS[kind].get(name)
            return found.ansible_name if found else None
        found = LOADERS[kind].find_plugin_with_context(name)
        return found.resolved_fqcn if found.resolved else None
    except (AnsibleError, KeyError):
        return None


def error(path):
    """What Ansible says of a tasks file that it does not load."""
    data = DataLoader()
    sources = InventoryManager(loader=data, sources=[])
    variables = VariableManager(loader=data, inventory=sources)
    try:
        tasks = data.load_from_file(path)
        if tasks is None:
            return None
        empty = play.Play.load(
            {"hosts": "localhost", "gather_facts": False},
            variable_manager=variables, loader=data)
        for task in tasks:
            # A module that is not installed is no error of the file.
            try:
                helpers.load_list_of_tasks(
                    [task], empty, variable_manager=variables, loader=data)
            except AnsibleError as problem:
                text = str(problem)
                if "couldn't resolve module/action" in text:
                    continue
                if "Could not find" in text or "Unable to retrieve" in text:
                    continue
                return text
    except AnsibleError as problem:
        return str(problem)
    return None


plugins.init_plugin_loader()
for line in sys.stdin:
    question = json.loads(line)
    OUT.write(json.dumps({
        "found": [find(*plugin) for plugin in question["plugins"]],
        "errors": [error(path) for path in question["tasks"]],
    }) + "\n")
    OUT.flush()
