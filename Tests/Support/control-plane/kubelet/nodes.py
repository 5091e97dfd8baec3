"""Nodes that answer the control plane as if kubelets ran on them."""
import os
import threading
import time

from api import ApiError, log, stamp

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


class Nodes:
    def __init__(self, api, names, rules, options):
        self.api, self.rules, self.options = api, rules, options
        self.names = list(names)
        self.uids, self.since = {}, {}

    def start(self):
        for index, name in enumerate(self.names):
            self.since[name] = stamp()
            self.uids[name] = self.register(index, name)
        self.beat(full=True)
        threading.Thread(target=self.beat_on, daemon=True).start()

    def register(self, index, name):
        body = {
            "apiVersion": "v1", "kind": "Node", "spec": {},
            "metadata": {
                "name": name,
                "labels": {
                    "kubernetes.io/hostname": name,
                    "kubernetes.io/os": "linux",
                    "kubernetes.io/arch": "amd64",
                    "topology.kubernetes.io/zone": f"zone-{index % 3}",
                },
            },
        }
        try:
            node = self.api.post("/api/v1/nodes", body)
        except ApiError as error:
            if error.status != 409:
                raise
            node = self.api.get(f"/api/v1/nodes/{name}")
        return node["metadata"]["uid"]

    def beat_on(self):
        count = 0
        while True:
            time.sleep(10)
            count += 1
            self.beat(full=count % 6 == 0)

    def beat(self, full=False):
        for name in self.names:
            if self.rules.is_down(name):
                continue
            try:
                if full:
                    self.api.merge(
                        f"/api/v1/nodes/{name}/status",
                        {"status": self.status(name)})
                self.renew(name)
            except Exception as error:
                log("heartbeat", name, repr(error))

    def renew(self, name):
        spec = {
            "holderIdentity": name, "leaseDurationSeconds": 40,
            "renewTime": stamp(fraction=True),
        }
        try:
            self.api.merge(f"{LEASES}/{name}", {"spec": spec})
        except ApiError as error:
            if error.status != 404:
                raise
            owner = {
                "apiVersion": "v1", "kind": "Node", "name": name,
                "uid": self.uids[name],
            }
            self.api.post(LEASES, {
                "spec": spec,
                "metadata": {"name": name, "ownerReferences": [owner]},
            })

    def status(self, name):
        def condition(kind, value, reason, message):
            return {
                "type": kind, "status": value, "reason": reason,
                "message": message, "lastHeartbeatTime": stamp(),
                "lastTransitionTime": self.since[name],
            }

        room = {
            "cpu": "64", "memory": "256Gi", "ephemeral-storage": "100Gi",
            "pods": str(self.options.max_pods),
        }
        return {
            "capacity": room, "allocatable": room,
            "addresses": [
                {"type": "InternalIP", "address": "127.0.0.1"},
                {"type": "Hostname", "address": name},
            ],
            "daemonEndpoints": {
                "kubeletEndpoint": {"Port": self.options.kubelet_port}},
            "conditions": [
                condition(
                    "MemoryPressure", "False", "KubeletHasSufficientMemory",
                    "kubelet has sufficient memory available"),
                condition(
                    "DiskPressure", "False", "KubeletHasNoDiskPressure",
                    "kubelet has no disk pressure"),
                condition(
                    "PIDPressure", "False", "KubeletHasSufficientPID",
                    "kubelet has sufficient PID available"),
                condition(
                    "Ready", "True", "KubeletReady",
                    "kubelet is posting ready status"),
            ],
            "nodeInfo": {
                "architecture": "amd64", "operatingSystem": "linux",
                "osImage": "fake", "kernelVersion": os.uname().release,
                "containerRuntimeVersion": "fake://0",
                "kubeletVersion": "v1.20.2", "kubeProxyVersion": "v1.20.2",
                "machineID": name, "systemUUID": name, "bootID": name,
            },
        }
