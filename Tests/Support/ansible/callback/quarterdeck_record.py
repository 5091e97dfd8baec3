# Stands in for the cluster while a real ansible-playbook runs: everything that
# Ansible does up to the call of a kubernetes.core module is real; the call
# itself is written down and answered from a cluster in a file.
"""Records what ansible-playbook hands to the kubernetes.core modules.

QUARTERDECK_RECORD        file that gets one JSON line for each call
QUARTERDECK_RECORD_STATE  file with the objects of the stand-in cluster, a list;
                          read before and written after each call
"""
import copy
import fcntl
import hashlib
import json
import os
import re

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: quarterdeck_record
type: aggregate
short_description: Records calls of kubernetes.core modules
description: See the first lines of this file.
"""

PREFIX = "kubernetes.core."
CREATED = "2026-01-01T00:00:00Z"


def plain(value):
    """The value without Ansible's own types."""
    return json.loads(json.dumps(value, default=str))


def write(line):
    """Appends one line to the record."""
    with open(os.environ["QUARTERDECK_RECORD"], "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(line, sort_keys=True) + "\n")


class Cluster:
    """Objects in a file, as a cluster without controllers keeps them."""

    def __init__(self):
        self.path = os.environ["QUARTERDECK_RECORD_STATE"]
        with open(self.path, encoding="utf-8") as file:
            self.objects = json.load(file)

    def save(self):
        """Writes the objects back."""
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(self.objects, file)

    @staticmethod
    def key(manifest):
        """What tells one object from another; versions of a kind are one."""
        meta = manifest.get("metadata", {})
        return [manifest["apiVersion"].rpartition("/")[0], manifest["kind"],
                meta.get("namespace") or "", meta.get("name")]

    def find(self, manifest):
        """The object that a manifest names, or None."""
        for found in self.objects:
            if self.key(found) == self.key(manifest):
                return found
        return None

    def apply(self, manifest, wait_condition):
        """Creates or replaces; returns (changed, object)."""
        found = self.find(manifest)
        if found is not None and found.get("_applied") == manifest:
            return False, self.shown(found)
        new = copy.deepcopy(manifest)
        new["_applied"] = copy.deepcopy(manifest)
        text = json.dumps(self.key(manifest))
        digest = hashlib.sha256(text.encode()).hexdigest()
        meta = new.setdefault("metadata", {})
        meta["uid"] = "%s-%s-4%s-8%s-%s" % (
            digest[:8], digest[8:12], digest[13:16], digest[17:20],
            digest[20:32])
        meta["creationTimestamp"] = CREATED
        version = 1 + max(
            [int(o["metadata"].get("resourceVersion", 0))
             for o in self.objects] or [0])
        meta["resourceVersion"] = str(version)
        meta["generation"] = 1 + (
            found["metadata"].get("generation", 0) if found else 0)
        if wait_condition:
            new["status"] = {"conditions": [
                {"type": wait_condition["type"],
                 "status": wait_condition.get("status", "True")}]}
        elif found and "status" in found:
            new["status"] = found["status"]
        if found is not None:
            self.objects.remove(found)
        self.objects.append(new)
        return True, self.shown(new)

    @staticmethod
    def shown(found):
        """An object as a module returns it."""
        return {k: v for k, v in found.items() if k != "_applied"}


def matches(labels, selector):
    """Whether labels satisfy one label selector, as kubectl writes them."""
    selector = selector.strip()
    if m := re.fullmatch(r"([^\s=!]+)\s*(==|=|!=)\s*(\S*)", selector):
        same = labels.get(m[1]) == m[3]
        return not same if m[2] == "!=" else same
    if m := re.fullmatch(r"(\S+)\s+(in|notin)\s+\(([^)]*)\)", selector):
        inside = labels.get(m[1]) in [v.strip() for v in m[3].split(",")]
        return inside == (m[2] == "in")
    if selector.startswith("!"):
        return selector[1:] not in labels
    return selector in labels


def split_selectors(selectors):
    """Single requirements from a list whose items may join several."""
    return [part for item in selectors or []
            for part in re.split(r",(?![^(]*\))", item)]


def look_up(cluster, params):
    """What k8s_info answers."""
    group = (params.get("api_version") or "v1").rpartition("/")[0]
    found = []
    for item in cluster.objects:
        meta = item.get("metadata", {})
        if [item["apiVersion"].rpartition("/")[0], item["kind"]] != [
                group, params["kind"]]:
            continue
        if params.get("namespace") and meta.get(
                "namespace", params["namespace"]) != params["namespace"]:
            continue
        if params.get("name") and meta.get("name") != params["name"]:
            continue
        labels = meta.get("labels") or {}
        if all(matches(labels, s)
               for s in split_selectors(params.get("label_selectors"))):
            found.append(cluster.shown(item))
    return {"changed": False, "api_found": True, "resources": found}


def write_objects(cluster, params, definitions, check_mode):
    """What k8s answers, and the objects that it deletes."""
    results = []
    deleted = []
    for manifest in definitions:
        if params.get("state") == "absent":
            selectors = split_selectors(params.get("label_selectors"))
            name = manifest.get("metadata", {}).get("name")
            gone = [o for o in cluster.objects
                    if cluster.key(o)[:3] == cluster.key(manifest)[:3]
                    and (not name or o["metadata"]["name"] == name)
                    and all(matches(o["metadata"].get("labels") or {}, s)
                            for s in selectors)]
            for item in gone:
                cluster.objects.remove(item)
            deleted += [cluster.shown(o) for o in gone]
            results.append({"changed": bool(gone), "method": "delete",
                            "result": {}})
            continue
        changed, result = cluster.apply(
            manifest, params.get("wait") and params.get("wait_condition"))
        results.append({"changed": changed, "result": result,
                        "method": "apply" if params.get("apply") else "update"})
    if not check_mode:
        cluster.save()
    if len(results) == 1:
        return results[0], deleted
    return {"changed": any(r["changed"] for r in results),
            "result": {"results": results}}, deleted


def checked(module_name, args):
    """The arguments as the module's own argument spec reads them.

    Returns (parameters, error messages).
    """
    core = "ansible_collections.kubernetes.core.plugins"
    module = __import__(core + ".modules." + module_name[len(PREFIX):],
                        fromlist=["argspec"])
    if hasattr(module, "argspec"):
        spec = module.argspec()
    else:
        return plain(args), []
    result = ArgumentSpecValidator(spec).validate(copy.deepcopy(args))
    return plain(result.validated_parameters), list(result.error_messages)


def answer(action, module_name, args, task_vars):
    """Records one call and answers it."""
    line = {
        "event": "module", "module": module_name, "args": plain(args),
        "task": action._task.get_name(), "path": action._task.get_path(),
        "role": action._task._role.get_name() if action._task._role else None,
        "no_log": bool(action._task.no_log),
        "check_mode": bool(action._task.check_mode),
    }
    params, errors = checked(module_name, line["args"])
    if errors:
        result = {"failed": True, "msg": "; ".join(errors)}
    elif module_name == PREFIX + "k8s":
        from ansible_collections.kubernetes.core.plugins.module_utils.k8s \
            import resource
        definitions = [
            plain(d) for d in resource.create_definitions(params)]
        line["definitions"] = definitions
        result, deleted = write_objects(
            Cluster(), params, definitions, line["check_mode"])
        line["deleted"] = [
            {"apiVersion": o["apiVersion"], "kind": o["kind"],
             "namespace": o["metadata"].get("namespace"),
             "name": o["metadata"]["name"]} for o in deleted]
    elif module_name == PREFIX + "k8s_info":
        result = look_up(Cluster(), params)
    else:
        result = {"failed": True,
                  "msg": "the recorder cannot answer " + module_name}
    line["changed"] = bool(result.get("changed"))
    write(line)
    return result


real_execute = ActionBase._execute_module


def execute(self, module_name=None, module_args=None, tmp=None,
            task_vars=None, *more, **others):
    """Replaces the start of a module where it is one of kubernetes.core."""
    name = str(module_name or self._task.action)
    if not name.startswith(PREFIX):
        return real_execute(self, module_name, module_args, tmp, task_vars,
                            *more, **others)
    args = self._task.args if module_args is None else module_args
    return answer(self, name, args, task_vars)


ActionBase._execute_module = execute


class CallbackModule(CallbackBase):
    """Writes down failed tasks and what a play came to."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "quarterdeck_record"

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """Records a failure that ends the host's play."""
        if not ignore_errors:
            data = plain(result._result)
            write({"event": "failed", "task": result._task.get_name(),
                   "path": result._task.get_path(),
                   "msg": data.get("msg"),
                   "errors": data.get("argument_errors", []),
                   "assertion": data.get("assertion")})

    def v2_playbook_on_stats(self, stats):
        """Records the sums."""
        total = {"ok": 0, "changed": 0, "failures": 0, "skipped": 0}
        for host in stats.processed:
            for key, value in stats.summarize(host).items():
                if key in total:
                    total[key] += value
        write({"event": "stats", **total})
