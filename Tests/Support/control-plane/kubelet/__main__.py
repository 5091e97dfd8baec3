"""Pretends to be the kubelets of some nodes against a real API server.

No container is ever started. Nodes are registered and kept Ready, pods that
are bound to them move through their states with the events that a kubelet
posts, claims are bound, and `kubectl logs` is answered. There is no exec, no
port-forward and no metrics. What becomes of a pod: see behaviour.py.
"""
import argparse
import threading
import time

import logs
from api import Api
from behaviour import Rules
from claims import Claims
from events import Events
from nodes import Nodes
from pods import Pods


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--server", required=True)
    add("--authority", required=True, help="certificate of the server's CA")
    add("--token-file", required=True)
    add("--kubelet-port", type=int, required=True)
    add("--tls-cert", required=True)
    add("--tls-key", required=True)
    add("--nodes", type=int, default=3)
    add("--max-pods", type=int, default=110, help="on each node")
    add("--control", help="file with rules, see behaviour.py")
    add("--rule", action="append", default=[])
    add("--start-delay", type=float, default=0)
    add("--ready-delay", type=float, default=0.1,
        help="for pods with a readiness probe")
    add("--stop-delay", type=float, default=0.05)
    add("--job-seconds", type=float, default=0.2)
    add("--backoff", type=float, default=10)
    add("--log-lines", type=int, default=20)
    add("--events", choices=("all", "warnings", "none"), default="all")
    add("--workers", type=int, default=4)
    return parser.parse_args()


def main():
    chosen = options()
    with open(chosen.token_file) as file:
        api = Api(chosen.server, file.read().strip(), chosen.authority)
    rules = Rules(chosen.rule, chosen.control)
    rules.reload()
    names = [f"node-{index}" for index in range(chosen.nodes)]
    nodes = Nodes(api, names, rules, chosen)
    pods = Pods(api, nodes, rules, Events(api, chosen.events), chosen)
    claims = Claims(api)
    claims.make_class()
    nodes.start()
    logs.serve(pods, chosen)
    for follow in (pods.follow, claims.follow_claims, claims.follow_volumes):
        threading.Thread(target=follow, daemon=True).start()
    while True:
        time.sleep(0.1)
        if rules.reload():
            nodes.beat(full=True)
            pods.node_is_back()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
