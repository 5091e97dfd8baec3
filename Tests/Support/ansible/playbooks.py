"""Runs small playbooks with the real ansible-core, see plays.py."""
import contextlib
import importlib
import io
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile

os.environ.update(
    ANSIBLE_LOCALHOST_WARNING="false", ANSIBLE_DEPRECATION_WARNINGS="false",
    ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
    ANSIBLE_PYTHON_INTERPRETER=sys.executable,
    ANSIBLE_HOME=tempfile.mkdtemp())
# Whoever started this may block the signal that ends a task's time.
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})

from ansible import context  # noqa: E402
from ansible.executor.playbook_executor import PlaybookExecutor  # noqa: E402
from ansible.inventory.manager import InventoryManager  # noqa: E402
from ansible.module_utils import basic  # noqa: E402
from ansible.module_utils.common.collections import ImmutableDict  # noqa: E402
from ansible.parsing.dataloader import DataLoader  # noqa: E402
from ansible.plugins.action import ActionBase  # noqa: E402
from ansible.plugins.callback import CallbackBase  # noqa: E402
from ansible.plugins.loader import init_plugin_loader  # noqa: E402
from ansible.utils.vars import load_extra_vars, load_options_vars  # noqa: E402
from ansible.vars.manager import VariableManager  # noqa: E402

init_plugin_loader()


class KubernetesModules:
    """Runs the modules of kubernetes.core in the process that would start them."""

    PREFIX = "kubernetes.core."
    NAMES = ("k8s", "k8s_info", "k8s_scale", "k8s_log", "k8s_json_patch",
             "k8s_rollback")

    def __init__(self, kubeconfig):
        os.environ["K8S_AUTH_KUBECONFIG"] = kubeconfig
        # Loaded once, before the processes of the tasks part from this one.
        self.modules = {
            self.PREFIX + name: importlib.import_module(
                "ansible_collections.kubernetes.core.plugins.modules." + name)
            for name in self.NAMES}
        importlib.import_module("kubernetes.dynamic")
        self.real = ActionBase._execute_module
        ActionBase._execute_module = lambda *args, **others: self.execute(
            *args, **others)

    def execute(self, action, module_name=None, module_args=None, tmp=None,
                task_vars=None, *more, **others):
        """Does what ActionBase._execute_module does."""
        name = str(module_name or action._task.action)
        name = next((full for full in self.modules
                     if name in (full, full[len(self.PREFIX):])), None)
        if name is None:
            return self.real(action, module_name, module_args, tmp, task_vars,
                             *more, **others)
        args = dict(action._task.args if module_args is None else module_args)
        action._update_module_args(name, args, task_vars)
        basic._ANSIBLE_ARGS = json.dumps(
            {"ANSIBLE_MODULE_ARGS": args}, default=str).encode()
        basic._ANSIBLE_PROFILE = "legacy"
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            try:
                self.modules[name].main()
            except SystemExit:
                pass
        return json.loads(said.getvalue().splitlines()[-1])


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
        if result._task.action in ("gather_facts", "ansible.builtin.gather_facts"):
            # All of a machine, its environment too: not to be kept.
            data.pop("ansible_facts", None)
        self.events.append({
            "task": result._task.get_name(), "status": status,
            "result": data})

    def v2_runner_on_ok(self, result):
        self.note(result, "ok")

    def v2_runner_on_skipped(self, result):
        self.note(result, "skipped")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.note(result, "ignored" if ignore_errors else "failed")


KUBERNETES = []


def answer(question):
    """Runs one playbook."""
    if question.get("kubeconfig") and not KUBERNETES:
        KUBERNETES.append(KubernetesModules(question["kubeconfig"]))
    with tempfile.TemporaryDirectory() as work:
        project = pathlib.Path(work) / "project"
        shutil.copytree(question["project"], project)
        playbook = project / "site.yml"
        playbook.write_text(question["playbook"])
        for name, text in (question.get("files") or {}).items():
            path = project / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        context.CLIARGS = ImmutableDict(
            tags=question.get("tags") or ["all"],
            skip_tags=question.get("skip") or [], listtags=False,
            listtasks=False, listhosts=False, syntax=False, forks=1,
            connection="local", verbosity=0,
            check=bool(question.get("check")), diff=bool(question.get("diff")),
            become=None, become_method=None, become_user=None,
            remote_user=None, start_at_task=None, force_handlers=False,
            subset=None, extra_vars=[json.dumps(question.get("extra") or {})])
        # They keep the first run's answers.
        vars(load_extra_vars).pop("extra_vars", None)
        vars(load_options_vars).pop("options_vars", None)
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
