"""Writes what ansible-playbook does as JSON lines, for Quarterdeck's journal.

Quarterdeck selects it with ANSIBLE_STDOUT_CALLBACK when it runs a stack's
playbooks with the real Ansible. Each line that is ours holds "quarterdeck": 1.
"""

import json
import sys

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: quarterdeck
type: stdout
short_description: JSON lines for Quarterdeck
description:
  - Prints one JSON object for each task that ended.
"""


class CallbackModule(CallbackBase):
    """One line for each task that ended."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "quarterdeck"

    def _tell(self, result, status, ignored=False):
        task = result._task
        role = task._role
        # A role that another one includes works for the outermost one.
        while role is not None and getattr(role, "_parents", None):
            role = role._parents[0]
        line = {
            "quarterdeck": 1,
            "task": task.get_name().strip(),
            "role": role.get_name() if role is not None else "",
            "path": task.get_path() or "",
            "status": status,
            "ignored": bool(ignored),
        }
        if status == "failed":
            line["message"] = self._message(result)
        objects = self._objects(result)
        if objects:
            line["objects"] = objects
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    @classmethod
    def _objects(cls, result):
        """The cluster's objects that a task wrote or deleted, by name alone."""
        data = result._result
        if result._task.no_log or data.get("_ansible_no_log"):
            return []
        if not result._task.action.endswith(("k8s", "k8s_scale")):
            return []
        found = []
        for item in data.get("results", [data]):
            if isinstance(item, dict):
                deleted = item.get("method") == "delete"
                for one in cls._manifests(item.get("result")):
                    found.append(dict(one, deleted=deleted,
                                      changed=bool(item.get("changed"))))
        return found

    @staticmethod
    def _manifests(written):
        if not isinstance(written, dict):
            return
        # A task that writes several objects answers with one of each.
        several = written.get("results")
        for one in several if isinstance(several, list) else [written]:
            manifest = one.get("result", one) if isinstance(one, dict) else {}
            metadata = manifest.get("metadata")
            if not isinstance(metadata, dict) or "name" not in metadata:
                continue
            yield {
                "apiVersion": manifest.get("apiVersion"),
                "kind": manifest.get("kind"),
                "namespace": metadata.get("namespace"),
                "name": metadata["name"],
                "uid": metadata.get("uid"),
            }

    @staticmethod
    def _message(result):
        """What went wrong; nothing of a task that keeps its result to itself."""
        data = result._result
        if result._task.no_log or data.get("_ansible_no_log"):
            return "the task keeps its output to itself (no_log)"
        for item in data.get("results", []):
            if isinstance(item, dict) and item.get("failed"):
                return str(item.get("msg", ""))
        return str(data.get("msg", ""))

    def v2_runner_on_ok(self, result):
        changed = result._result.get("changed", False)
        self._tell(result, "changed" if changed else "ok")

    def v2_runner_on_skipped(self, result):
        self._tell(result, "skipped")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._tell(result, "failed", ignore_errors)

    def v2_runner_on_unreachable(self, result):
        self._tell(result, "failed")
