"""Fills a cluster with pods of about 9 KB that nobody schedules.

Usage: make_pods.py COUNT     The cluster is that of $CONTROL_PLANE_RUN.
"""
import concurrent.futures
import os
import re
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../Support/control-plane/kubelet"))
from api import Api  # noqa: E402

run = os.environ["CONTROL_PLANE_RUN"]
with open(f"{run}/token.kubeconfig") as file:
    config = file.read()
api = Api(
    re.search(r'server: "([^"]+)"', config).group(1),
    re.search(r"token: (\w+)", config).group(1), f"{run}/pki/ca.crt")
# As in a real pod, most of the text is environment and mounts.
environment = [
    {"name": f"OPTION_{number}", "value": "x" * 40} for number in range(25)]


def make(number):
    name = f"pod-{number:05}"
    container = {
        "name": "main", "image": "registry.example/service:1",
        "env": environment,
        "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
    }
    api.post("/api/v1/namespaces/load/pods", {
        "metadata": {"name": name, "labels": {"app": f"app-{number % 50}"}},
        "spec": {
            "schedulerName": "nobody",
            "containers": [container, {**container, "name": "side"}],
        },
    })


api.post("/api/v1/namespaces", {"metadata": {"name": "load"}})
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    while True:
        try:
            make(0)
            break
        except Exception:
            # The namespace's service account is not there at once.
            continue
    for _ in pool.map(make, range(1, int(sys.argv[1]))):
        pass
