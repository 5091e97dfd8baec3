"""The pods of our nodes, each moved through its life as a kubelet would."""
import itertools
import threading
import traceback
import zlib

from api import ApiError, log, stamp
from timers import Timers

YES = ("True", None, None)


class Pod:
    """What is remembered of one pod."""

    def __init__(self, pod, behaviour, address):
        meta, spec, status = pod["metadata"], pod["spec"], pod["status"]
        self.uid, self.name = meta["uid"], meta["name"]
        self.namespace, self.node = meta["namespace"], spec["nodeName"]
        self.containers = spec["containers"]
        self.init_containers = spec.get("initContainers", [])
        self.restart_policy = spec.get("restartPolicy", "Always")
        self.behaviour = behaviour
        self.address = status.get("podIP") or address
        self.created = self.started = stamp()
        self.conditions, self.last = {}, {}
        self.restarts = self.failures = 0
        self.grace, self.leaving = 30, False
        self.lock = threading.Lock()

    @property
    def path(self):
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"

    @property
    def has_probe(self):
        return any("readinessProbe" in c for c in self.containers)

    def waits(self):
        """The conditions Ready and ContainersReady while they are false."""
        names = " ".join(c["name"] for c in self.containers)
        return (
            "False", "ContainersNotReady",
            f"containers with unready status: [{names}]")

    def conditions_with(self, **wanted):
        """All conditions, with those that are given; times of change kept."""
        result = []
        for kind in ("Initialized", "Ready", "ContainersReady",
                     "PodScheduled"):
            known = self.conditions.get(kind)
            state = wanted.get(kind, known[1] if known else YES)
            since = known[0] if known and known[1][0] == state[0] else stamp()
            self.conditions[kind] = (since, state)
            value, reason, message = state
            condition = {
                "type": kind, "status": value, "lastProbeTime": None,
                "lastTransitionTime": since,
            }
            if reason:
                condition["reason"] = reason
            if message:
                condition["message"] = message
            result.append(condition)
        return result

    def container_statuses(self, state, ready=False):
        ran = "running" in state or "terminated" in state
        result = []
        for container in self.containers:
            name, image = container["name"], container["image"]
            status = {
                "name": name, "image": image, "imageID": "", "ready": ready,
                "started": "running" in state, "state": state,
                "lastState": self.last, "restartCount": self.restarts,
            }
            if ran:
                status["imageID"] = f"{image.split(':')[0]}@sha256:" \
                    + f"{zlib.crc32(image.encode()):08x}" * 8
                status["containerID"] = "containerd://" \
                    + self.uid.replace("-", "") \
                    + f"{zlib.crc32(name.encode()):08x}" * 4
            result.append(status)
        return result

    def init_statuses(self, done):
        if done:
            state = {"terminated": {
                "exitCode": 0, "reason": "Completed",
                "startedAt": self.created, "finishedAt": stamp(),
            }}
        else:
            state = {"waiting": {"reason": "PodInitializing"}}
        return [
            {
                "name": container["name"], "image": container["image"],
                "imageID": "", "ready": done, "restartCount": 0,
                "state": state, "lastState": {},
            }
            for container in self.init_containers
        ]


class Pods:
    """Watches the pods of our nodes and takes each from step to step."""

    def __init__(self, api, nodes, rules, events, options):
        self.api, self.nodes, self.rules = api, nodes, rules
        self.events, self.options = events, options
        self.by_uid, self.unseen = {}, {}
        self.addresses = itertools.count(2)
        self.timers = Timers(self.step, options.workers)

    def named(self, namespace, name):
        for pod in list(self.by_uid.values()):
            if (pod.namespace, pod.name) == (namespace, name):
                return pod
        return None

    def follow(self):
        self.api.follow("/api/v1/pods", self.see_all, self.see)

    # What the API server says

    def see_all(self, items):
        alive = {item["metadata"]["uid"] for item in items}
        for uid in list(self.by_uid):
            if uid not in alive:
                del self.by_uid[uid]
        for item in items:
            self.see("ADDED", item)

    def see(self, kind, item):
        meta, node = item["metadata"], item["spec"].get("nodeName")
        if node not in self.nodes.names:
            return
        uid = meta["uid"]
        if kind == "DELETED":
            self.by_uid.pop(uid, None)
            self.unseen.pop(uid, None)
            return
        if self.rules.is_down(node):
            # A dead kubelet sees nothing until it is back.
            self.unseen[uid] = item
            return
        pod = self.by_uid.get(uid)
        leaving = bool(meta.get("deletionTimestamp"))
        if pod is None:
            pod = self.by_uid[uid] = Pod(
                item, self.rules.of(item), self.next_address())
            self.take_over(pod, item, leaving)
        if leaving and not pod.leaving:
            pod.leaving = True
            pod.grace = meta.get("deletionGracePeriodSeconds") or 0
            self.later(0, pod, "stop")

    def take_over(self, pod, item, leaving):
        phase = item["status"].get("phase", "Pending")
        if phase == "Running":
            # We were started again: go on where the pod stands.
            statuses = item["status"].get("containerStatuses") or [{}]
            pod.restarts = statuses[0].get("restartCount", 0)
            if pod.behaviour.crashes:
                self.later(1, pod, "start")
        elif phase == "Pending" and not leaving:
            self.later(0, pod, "create")

    def next_address(self):
        number = next(self.addresses)
        return f"10.{128 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"

    def node_is_back(self):
        """Shows pods of nodes that are up what they missed."""
        for uid, item in list(self.unseen.items()):
            if not self.rules.is_down(item["spec"]["nodeName"]):
                del self.unseen[uid]
                self.see("MODIFIED", item)

    # Steps

    def later(self, delay, pod, name):
        self.timers.later(delay, pod.uid, name)

    def step(self, uid, name):
        pod = self.by_uid.get(uid)
        if pod is None:
            return
        # Once it is told to stop, nothing else happens to a pod.
        if pod.leaving and name not in ("stop", "remove"):
            return
        if self.rules.is_down(pod.node):
            self.later(1, pod, name)
            return
        with pod.lock:
            try:
                getattr(self, "step_" + name)(pod)
            except ApiError as error:
                if error.status in (404, 409):
                    return
                log(name, pod.namespace, pod.name, error)
                if error.status in (429, 500, 503, 504):
                    self.later(1, pod, name)
            except Exception as error:
                log(name, pod.namespace, pod.name, repr(error))
                traceback.print_exc()
                self.later(1, pod, name)

    def patch(self, pod, status):
        status.setdefault("hostIP", "127.0.0.1")
        if pod.init_containers:
            status["initContainerStatuses"] = pod.init_statuses(
                status.get("phase") != "Pending"
                or pod.behaviour.name == "imagepull")
        self.api.merge(f"{pod.path}/status", {"status": status})

    def shown(self, pod, phase, state, ready=False, **conditions):
        """Patches phase, conditions and containers; unready unless `ready`."""
        value = YES if ready else pod.waits()
        wanted = {"Ready": value, "ContainersReady": value, **conditions}
        status = {
            "phase": phase, "startTime": pod.created,
            "conditions": pod.conditions_with(**wanted),
            "containerStatuses": pod.container_statuses(state, ready),
        }
        if phase != "Pending":
            status["podIP"] = pod.address
            status["podIPs"] = [{"ip": pod.address}]
        self.patch(pod, status)

    def say(self, pod, reason, message):
        self.events.add(pod, "Normal", reason, message)

    def warn(self, pod, reason, message):
        self.events.add(pod, "Warning", reason, message)

    def step_create(self, pod):
        pod.created = stamp()
        name = pod.behaviour.name
        delay = pod.behaviour.number("start", self.options.start_delay)
        waiting = {"reason": "ContainerCreating"}
        if name == "configerror":
            waiting = {
                "reason": "CreateContainerConfigError",
                "message": pod.behaviour.text(
                    "log", 'configmap "missing" not found'),
            }
        if delay > 0 or name in ("stuck", "configerror", "imagepull"):
            self.shown(pod, "Pending", {"waiting": waiting}, Initialized=YES)
        if name == "stuck":
            self.warn(
                pod, "FailedMount", "Unable to attach or mount volumes: "
                "timed out waiting for the condition")
            return
        if name == "configerror":
            self.warn(pod, "Failed", "Error: " + waiting["message"])
            return
        for container in pod.containers:
            self.say(
                pod, "Pulling", f'Pulling image "{container["image"]}"')
        self.later(delay, pod, "pull" if name == "imagepull" else "start")

    def step_pull(self, pod):
        """An image that cannot be pulled: error and back-off in turn."""
        image = pod.containers[0]["image"]
        pod.failures += 1
        failed = pod.failures % 2 == 1
        if failed:
            reason = "ErrImagePull"
            message = "rpc error: code = NotFound desc = failed to pull and " \
                f'unpack image "{image}": not found'
            self.warn(
                pod, "Failed", f'Failed to pull image "{image}": {message}')
        else:
            reason = "ImagePullBackOff"
            message = f'Back-off pulling image "{image}"'
            self.say(pod, "BackOff", message)
        self.warn(pod, "Failed", f"Error: {reason}")
        self.shown(
            pod, "Pending",
            {"waiting": {"reason": reason, "message": message}})
        rounds = min(2 ** (pod.failures // 2), 30)
        self.later(
            1 if failed else rounds * pod.behaviour.number(
                "backoff", self.options.backoff), pod, "pull")

    def step_start(self, pod):
        pod.started = stamp()
        for container in pod.containers:
            self.say(
                pod, "Pulled",
                f'Successfully pulled image "{container["image"]}"')
            self.say(pod, "Created", f"Created container {container['name']}")
            self.say(pod, "Started", f"Started container {container['name']}")
        behaviour, options = pod.behaviour, self.options
        wait = behaviour.number(
            "ready", options.ready_delay if pod.has_probe else 0)
        ready = wait <= 0 and behaviour.name != "neverready"
        self.shown(
            pod, "Running", {"running": {"startedAt": pod.started}}, ready,
            Initialized=YES)
        if behaviour.name == "succeed":
            self.later(
                behaviour.number("run", options.job_seconds), pod, "exit")
        elif behaviour.name == "fail" or behaviour.crashes:
            self.later(behaviour.number("run", 1), pod, "exit")
        elif behaviour.name == "neverready":
            self.later(1, pod, "probe")
        elif not ready:
            self.later(wait, pod, "ready")
        elif behaviour.name == "flap":
            self.later(behaviour.number("run", 5), pod, "unready")

    def step_ready(self, pod):
        self.shown(
            pod, "Running", {"running": {"startedAt": pod.started}}, True)
        if pod.behaviour.name == "flap":
            self.later(pod.behaviour.number("run", 5), pod, "unready")

    def step_unready(self, pod):
        self.shown(pod, "Running", {"running": {"startedAt": pod.started}})
        self.probe_failed(pod)
        self.later(pod.behaviour.number("run", 5), pod, "ready")

    def step_probe(self, pod):
        self.probe_failed(pod)
        self.later(10, pod, "probe")

    def probe_failed(self, pod):
        self.warn(
            pod, "Unhealthy",
            "Readiness probe failed: HTTP probe failed with statuscode: 503")

    def step_exit(self, pod):
        name = pod.behaviour.name
        usual = {"succeed": 0, "oom": 137}.get(name, 1)
        code = int(pod.behaviour.number("exit", usual))
        reason = "OOMKilled" if name == "oom" else \
            "Error" if code else "Completed"
        ended = {"terminated": {
            "exitCode": code, "reason": reason, "startedAt": pod.started,
            "finishedAt": stamp(),
        }}
        policy = pod.restart_policy
        if policy == "Never" or policy == "OnFailure" and code == 0:
            done = ("False", "PodCompleted", None)
            conditions = {} if code else {
                "Initialized": ("True", "PodCompleted", None),
                "Ready": done, "ContainersReady": done,
            }
            self.shown(
                pod, "Failed" if code else "Succeeded", ended, **conditions)
            return
        self.shown(pod, "Running", ended)
        pod.last = ended
        self.later(0.3, pod, "backoff")

    def step_backoff(self, pod):
        pod.failures += 1
        wait = pod.behaviour.number("backoff", self.options.backoff) \
            * min(2 ** (pod.failures - 1), 30)
        name = pod.containers[0]["name"]
        message = f"back-off {int(wait)}s restarting failed " \
            f"container={name} pod={pod.name}_{pod.namespace}({pod.uid})"
        self.shown(pod, "Running", {"waiting": {
            "reason": "CrashLoopBackOff", "message": message}})
        self.warn(pod, "BackOff", "Back-off restarting failed container")
        self.later(wait, pod, "restart")

    def step_restart(self, pod):
        pod.restarts += 1
        self.step_start(pod)

    def step_stop(self, pod):
        for container in pod.containers:
            self.say(
                pod, "Killing", f"Stopping container {container['name']}")
        self.later(min(self.options.stop_delay, pod.grace), pod, "remove")

    def step_remove(self, pod):
        self.api.delete(pod.path, {
            "gracePeriodSeconds": 0, "preconditions": {"uid": pod.uid}})
        self.by_uid.pop(pod.uid, None)
