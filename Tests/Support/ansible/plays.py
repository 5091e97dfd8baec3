"""Runs small playbooks with the real ansible-core and tells what happened.

One question a line: {"project": directory, "playbook": YAML text, "extra":
{...}, "tags": [...], "skip": [...]}. The playbook is written into a copy of the
project. One answer a line: {"events": [{task, status, msg, results?}], "error":
message or null}.
"""
import json
import os
import pathlib
import shutil
import sys
import tempfile

os.environ.update(
    ANSIBLE_LOCALHOST_WARNING="false", ANSIBLE_DEPRECATION_WARNINGS="false",
    ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
    ANSIBLE_PYTHON_INTERPRETER=sys.executable,
    ANSIBLE_HOME=tempfile.mkdtemp())
OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

from ansible import context  # noqa: E402
from ansible.executor.playbook_executor import PlaybookExecutor  # noqa: E402
from ansible.inventory.manager import InventoryManager  # noqa: E402
from ansible.module_utils.common.collections import ImmutableDict  # noqa: E402
from ansible.parsing.dataloader import DataLoader  # noqa: E402
from ansible.plugins.callback import CallbackBase  # noqa: E402
from ansible.plugins.loader import init_plugin_loader  # noqa: E402
from ansible.vars.manager import VariableManager  # noqa: E402

init_plugin_loader()


class Events(CallbackBase):
    """Collects how tasks end."""

    def __init__(self):
        super().__init__()
        self.events = []

    def note(self, result, status):
        """Keeps one end of a task."""
        data = json.loads(json.dumps(result._result, default=str))
        if status == "ok" and data.get("changed"):
            status = "changed"
        event = {"task": result._task.get_name(), "status": status,
                 "msg": data.get("msg")}
        if "results" in data and isinstance(data["results"], list):
            event["results"] = [
                {"msg": item.get("msg"), "failed": bool(item.get("failed")),
                 "skipped": bool(item.get("skipped"))}
                for item in data["results"] if isinstance(item, dict)]
        self.events.append(event)

    def v2_runner_on_ok(self, result):
        self.note(result, "ok")

    def v2_runner_on_skipped(self, result):
        self.note(result, "skipped")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.note(result, "ignored" if ignore_errors else "failed")


def answer(question):
    """Runs one playbook."""
    with tempfile.TemporaryDirectory() as work:
        project = pathlib.Path(work) / "project"
        shutil.copytree(question["project"], project)
        playbook = project / "site.yml"
        playbook.write_text(question["playbook"])
        context.CLIARGS = ImmutableDict(
            tags=question.get("tags") or ["all"],
            skip_tags=question.get("skip") or [], listtags=False,
            listtasks=False, listhosts=False, syntax=False, forks=1,
            connection="local", verbosity=0, check=False, diff=False,
            become=None, become_method=None, become_user=None,
            remote_user=None, start_at_task=None, force_handlers=False,
            subset=None, extra_vars=[json.dumps(question.get("extra") or {})])
        loader = DataLoader()
        loader.set_basedir(str(project))
        inventory = InventoryManager(loader=loader, sources=[])
        variables = VariableManager(loader=loader, inventory=inventory)
        events = Events()
        events._init_callback_methods()
        error = None
        executor = PlaybookExecutor(
            [str(playbook)], inventory, variables, loader, {})
        executor._tqm._callback_plugins = [events]
        executor._tqm.load_callbacks = lambda: None
        try:
            executor.run()
        except Exception as problem:
            error = str(problem)
        finally:
            executor._tqm.cleanup()
        return {"events": events.events, "error": error}


for line in sys.stdin:
    OUT.write(json.dumps(answer(json.loads(line))) + "\n")
    OUT.flush()
