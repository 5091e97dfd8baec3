"""What becomes of a pod: by annotation, by rules about images, by its owner.

The first that says something wins:
 1. the pod's annotation `fake-kubelet/behaviour: NAME[,key=value...]`
 2. the control file, read again whenever it changes:
    {"rules": [["IMAGE-REGEX", "crashloop,backoff=2"]], "nodes_down": ["node-1"]}
 3. `--rule IMAGE-REGEX=NAME[,key=value...]`
 4. pods of Jobs succeed, all others run.

Names:
  run          becomes Ready and stays
  succeed      ends well; for pods that are restarted, again and again
  fail         ends with an error
  crashloop    the same, under CrashLoopBackOff
  oom          crashloop, killed for lack of memory
  imagepull    the image cannot be pulled
  configerror  a ConfigMap or Secret that it names is missing
  stuck        a volume cannot be mounted: ContainerCreating for ever
  neverready   runs, but its readiness probe fails
  flap         Ready and not, in turn
Keys, in seconds where they are times:
  start (until it runs), ready (from running to Ready), run (until it ends),
  backoff (before the first restart), exit (code), log (text)
"""
import json
import os
import re

from api import log

NAMES = {
    "run", "succeed", "fail", "crashloop", "oom", "imagepull", "configerror",
    "stuck", "neverready", "flap",
}
ANNOTATION = "fake-kubelet/behaviour"


class Behaviour:
    """One behaviour with its keys."""

    def __init__(self, text):
        self.name, *pairs = text.split(",")
        if self.name not in NAMES:
            log("unknown behaviour", text)
            self.name = "run"
        self.keys = dict(pair.split("=", 1) for pair in pairs)

    def number(self, key, otherwise):
        return float(self.keys.get(key, otherwise))

    def text(self, key, otherwise):
        return self.keys.get(key, otherwise)

    @property
    def crashes(self):
        return self.name in ("crashloop", "oom")


class Rules:
    """Finds the behaviour of a pod, and knows which nodes are down."""

    def __init__(self, rules, control):
        self.fixed = [rule.split("=", 1) for rule in rules]
        self.path, self.seen = control, None
        self.control = {}

    def reload(self):
        """Reads the control file if it changed; whether it did."""
        if not self.path:
            return False
        try:
            status = os.stat(self.path)
            mark = (status.st_mtime_ns, status.st_ino, status.st_size)
            if mark == self.seen:
                return False
            with open(self.path) as file:
                self.control = json.load(file)
            self.seen = mark
            log("control", self.control)
            return True
        except FileNotFoundError:
            return False
        except ValueError as error:
            # Half written: the next look sees the rest.
            log("control", error)
            return False

    def is_down(self, node):
        return node in self.control.get("nodes_down", [])

    def of(self, pod):
        return Behaviour(self.text(pod))

    def text(self, pod):
        meta = pod["metadata"]
        said = meta.get("annotations", {}).get(ANNOTATION)
        if said:
            return said
        spec = pod["spec"]
        images = [
            container["image"] for container in
            spec.get("initContainers", []) + spec["containers"]]
        for pattern, text in self.control.get("rules", []) + self.fixed:
            if any(re.search(pattern, image) for image in images):
                return text
        owners = [owner["kind"] for owner in meta.get("ownerReferences", [])]
        return "succeed" if "Job" in owners else "run"
