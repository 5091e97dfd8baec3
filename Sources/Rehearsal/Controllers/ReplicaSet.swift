// The ReplicaSet controller: as many pods as wanted.

import Kubernetes

extension World {
  mutating func reconcileReplicaSet(_ reference: ObjectReference) {
    guard let set = objects[reference] else { return }
    if !set.isTerminating { adopt(.pod, by: set) }
    let wanted = set.spec["replicas"]?.integer ?? 1
    let active = controlled(by: set.uid, .pod)
      .filter { !$0.isFinishedPod && !$0.isTerminating }
    if !set.isTerminating {
      if active.count < wanted {
        for _ in active.count..<wanted {
          makePod(set.spec["template"] ?? [:], named: nil, owner: set)
        }
      } else if active.count > wanted {
        let surplus = active.enumerated().sorted {
          let left = ($0.element.usefulness, -$0.offset)
          return left < ($1.element.usefulness, -$1.offset)
        }
        .prefix(active.count - wanted)
        for pod in surplus { dropPod(pod.element, of: set) }
      }
    }
    let pods =
      active.count == wanted || set.isTerminating
      ? active
      : controlled(by: set.uid, .pod)
        .filter { !$0.isFinishedPod && !$0.isTerminating }
    let seconds = set.spec["minReadySeconds"]?.integer ?? 0
    wakeWhenAvailable(.replicaSet, set, pods, seconds)
    let labels = set.spec.value(at: "template", "metadata", "labels")
    var status: JSON = [
      "observedGeneration": .integer(set.generation ?? 1),
      "replicas": .integer(pods.count),
    ]
    for (name, count) in [
      ("readyReplicas", pods.count(where: \.isReadyPod)),
      ("availableReplicas", pods.count { isAvailable($0, seconds) }),
      (
        "fullyLabeledReplicas",
        pods.count {
          LabelSelector(labels: labels?.strings ?? [:]).matches($0.labels)
        }
      ),
    ] where count > 0 {
      status[name] = .integer(count)
    }
    change(reference) { $0.json["status"] = status }
  }
}
