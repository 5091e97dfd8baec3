"""A kubectl whose cluster has thousands of pods that never rest, for the
benchmark of watching: `proxy` serves lists and watches on a socket.

$WATCHING_OWNER is the JSON of the Deployment that the pods belong to,
$WATCHING_PODS how many there are, $WATCHING_RATE how many change a second.
"""
import json
import os
import re
import socketserver
import sys
import time

PODS = int(os.environ["WATCHING_PODS"])
RATE = int(os.environ["WATCHING_RATE"])
owner = json.loads(os.environ["WATCHING_OWNER"])
STARTED = "2026-01-01T00:00:00Z"
RESOURCES = {
    "/api/v1": [
        ("pods", "Pod", True), ("events", "Event", True),
        ("services", "Service", True), ("endpoints", "Endpoints", True),
        ("persistentvolumeclaims", "PersistentVolumeClaim", True),
        ("configmaps", "ConfigMap", True), ("secrets", "Secret", True),
        ("serviceaccounts", "ServiceAccount", True),
        ("namespaces", "Namespace", False), ("nodes", "Node", False)],
    "/apis/apps/v1": [
        ("deployments", "Deployment", True),
        ("replicasets", "ReplicaSet", True),
        ("statefulsets", "StatefulSet", True),
        ("daemonsets", "DaemonSet", True)],
    "/apis/batch/v1": [("jobs", "Job", True)],
    "/apis/policy/v1": [("poddisruptionbudgets", "PodDisruptionBudget", True)],
}
# As in a real pod, most of the text is environment and bookkeeping.
environment = [
    {"name": f"OPTION_{number}", "value": "x" * 40} for number in range(50)]
managed = [{
    "manager": "kubelet", "operation": "Update", "fieldsType": "FieldsV1",
    "fieldsV1": {"f:spec": {"f:env": {
        f'k:{{"name":"OPTION_{number}"}}': {".": {}, "f:name": {},
                                            "f:value": {}}
        for number in range(50)}}}}]


def meta(name, uid, parent=None):
    about = {"name": name, "namespace": owner["metadata"]["namespace"],
             "uid": uid, "resourceVersion": "1", "creationTimestamp": STARTED,
             "generation": 1, "labels": {"app.kubernetes.io/name": "keystone",
                                         "pod-template-hash": "6f7d9"}}
    if parent:
        about["ownerReferences"] = [
            {"apiVersion": "apps/v1", "kind": parent[0], "name": parent[1],
             "uid": parent[2], "controller": True,
             "blockOwnerDeletion": True}]
    return about


def pod(number, restarts):
    name = f"{owner['metadata']['name']}-6f7d9-{number:05}"
    about = meta(name, f"0b8bd9a0-1f0f-4b7a-9d3c-{number:012}",
                 ("ReplicaSet", "set-6f7d9", "set-uid"))
    return {
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {**about, "managedFields": managed},
        "spec": {"nodeName": f"node-{number % 40}", "containers": [
            {"name": "api", "image": "quay.io/openstack.kolla/keystone:2025.2",
             "env": environment,
             "readinessProbe": {"httpGet": {"path": "/v3", "port": 5000}}}]},
        "status": {
            "phase": "Running", "startTime": STARTED, "conditions": [
                {"type": kind, "status": "True",
                 "lastTransitionTime": STARTED}
                for kind in ("PodScheduled", "Initialized", "Ready")],
            "containerStatuses": [
                {"name": "api", "restartCount": restarts, "started": True,
                 "ready": True,
                 "state": {"running": {"startedAt": STARTED}}}]}}


def items(plural):
    name = owner["metadata"]["name"]
    if plural == "deployments":
        return [owner]
    if plural == "replicasets":
        return [{"metadata": meta("set-6f7d9", "set-uid", (
            "Deployment", name, owner["metadata"]["uid"])),
            "spec": {"replicas": PODS}, "status": {"replicas": PODS}}]
    if plural == "pods":
        return (pod(number, 0) for number in range(PODS))
    return []


class Proxy(socketserver.StreamRequestHandler):
    def handle(self):
        while self.one():
            pass

    def one(self):
        words = self.rfile.readline().decode().split()
        if len(words) < 3:
            return False
        length = 0
        while header := self.rfile.readline().decode().strip():
            if header.lower().startswith("content-length:"):
                length = int(header.split(":")[1])
        self.rfile.read(length)
        path, _, query = words[1].partition("?")
        if path == "/version":
            return self.body({"major": "1", "minor": "31",
                              "gitVersion": "v1.31.0"})
        if path == "/api":
            return self.body({"versions": ["v1"]})
        if path == "/apis":
            return self.body({"groups": [
                {"preferredVersion": {"groupVersion": name[6:]}}
                for name in RESOURCES if name.startswith("/apis/")]})
        if path in RESOURCES:
            return self.body({"resources": [
                {"name": name, "kind": kind, "namespaced": namespaced,
                 "verbs": ["get", "list", "watch"]}
                for name, kind, namespaced in RESOURCES[path]]})
        plural = path.rsplit("/", 1)[-1]
        if re.search(r"(^|/)(" + "|".join(
                name for names in RESOURCES.values() for name, _, _ in names)
                + r")$", path):
            return (self.watch if "watch=1" in query else self.list)(plural)
        return self.body({"kind": "Status", "code": 404, "reason": "NotFound",
                          "message": "not here"}, "404 Not Found")

    def head(self, status="200 OK"):
        now = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
        self.wfile.write(
            f"HTTP/1.1 {status}\r\nDate: {now}\r\nContent-Type: "
            "application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode())

    def chunk(self, text):
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def body(self, value, status="200 OK"):
        self.head(status)
        self.chunk(json.dumps(value))
        self.wfile.write(b"0\r\n\r\n")
        return True

    def list(self, plural):
        self.head()
        self.chunk('{"metadata":{"resourceVersion":"1"},"items":[')
        for index, item in enumerate(items(plural)):
            self.chunk(("," if index else "")
                       + json.dumps(item, separators=(",", ":")))
        self.chunk("]}")
        self.wfile.write(b"0\r\n\r\n")
        return True

    def watch(self, plural):
        self.head()
        restarts = 0
        while plural == "pods" and RATE:
            restarts += 1
            for number in range(0, PODS, 7):
                began = time.monotonic()
                self.chunk(json.dumps(
                    {"type": "MODIFIED", "object": pod(number, restarts)},
                    separators=(",", ":")) + "\n")
                time.sleep(max(0, 1 / RATE - (time.monotonic() - began)))
        time.sleep(3600)
        return False


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


words = sys.argv[1:]
if "proxy" in words:
    path = next(word for word in words if word.startswith("--unix-socket="))
    with Server(path.partition("=")[2], Proxy) as server:
        print(f"Starting to serve on {path}", flush=True)
        server.serve_forever()
elif "config" in words:
    print(json.dumps({
        "current-context": "bench",
        "clusters": [{"name": "c", "cluster": {"server": "https://c:6443"}}],
        "contexts": [{"name": "bench", "context": {"cluster": "c",
                                                   "user": "u"}}]}))
else:
    print(json.dumps({"clientVersion": {"gitVersion": "v1.31.0"}}))
