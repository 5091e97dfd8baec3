// The container statuses that a kubelet reports.

import Kubernetes

extension World {
  func terminated(
    _ pod: KubernetesObject, _ name: String, _ exitCode: Int
  ) -> JSON {
    let started =
      pod.containerStatus(name)?["state"]?["running"]?["startedAt"]
      ?? .string(now.timestamp)
    return [
      "terminated": [
        "exitCode": .integer(exitCode),
        "reason": exitCode == 0 ? "Completed" : "Error",
        "startedAt": started, "finishedAt": .string(now.timestamp),
      ]
    ]
  }

  mutating func setState(
    _ pod: KubernetesObject, _ name: String, _ state: JSON,
    isStarted: Bool = false, isReady: Bool = false, last: JSON? = nil
  ) {
    change(pod.reference) { pod in
      for list in ["initContainerStatuses", "containerStatuses"] {
        guard var statuses = pod.status[list]?.array else { continue }
        for index in statuses.indices
        where statuses[index]["name"]?.string == name {
          statuses[index]["state"] = state
          statuses[index]["started"] = .bool(isStarted)
          statuses[index]["ready"] = .bool(isReady)
          if let last { statuses[index]["lastState"] = last }
          if isStarted {
            statuses[index]["imageID"] = .string(
              "rehearsal://\(statuses[index]["image"]?.string ?? "")")
          }
        }
        pod.status[list] = .array(statuses)
      }
    }
  }

  mutating func setReady(_ pod: KubernetesObject, _ name: String) {
    setState(
      pod, name, ["running": ["startedAt": .string(now.timestamp)]],
      isStarted: true, isReady: true)
  }
}

extension KubernetesObject {
  func containerStatus(_ name: String) -> JSON? {
    for list in ["containerStatuses", "initContainerStatuses"] {
      for status in self.json["status"]?[list]?.array ?? []
      where status["name"]?.string == name {
        return status
      }
    }
    return nil
  }

  /// When the first running main container began.
  var containerStart: Instant? {
    (json["status"]?["containerStatuses"]?.array ?? []).lazy
      .compactMap { $0.value(at: "state", "running", "startedAt")?.string }
      .compactMap(Instant.init).first
  }

  /// Dates a condition anew without changing it.
  mutating func touchCondition(_ type: String, _ now: Instant) {
    var list = status["conditions"]?.array ?? []
    for index in list.indices where list[index]["type"]?.string == type {
      list[index]["lastTransitionTime"] = .string(now.timestamp)
    }
    status["conditions"] = .array(list)
  }
}
