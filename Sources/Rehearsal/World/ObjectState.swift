// What controllers and nodes ask of an object's status, and set in it.

import Kubernetes

extension KubernetesObject {
  /// Whether the pod's Ready condition is true.
  var isReadyPod: Bool { condition("Ready")?.isTrue ?? false }

  /// Whether the pod has ended, well or badly.
  var isFinishedPod: Bool {
    ["Succeeded", "Failed"].contains(json["status"]?["phase"]?.string)
  }

  var phase: String { json["status"]?["phase"]?.string ?? "" }

  /// Sets a condition; the time of its last change only when its status is new.
  mutating func setCondition(
    _ type: String, _ status: String, _ reason: String = "",
    _ message: String = "", _ now: Instant
  ) {
    var list = json["status"]?["conditions"]?.array ?? []
    let index = list.firstIndex { $0["type"]?.string == type }
    var entry: JSON = ["type": .string(type), "status": .string(status)]
    if !reason.isEmpty { entry["reason"] = .string(reason) }
    if !message.isEmpty { entry["message"] = .string(message) }
    entry["lastTransitionTime"] = .string(now.timestamp)
    if let index {
      if list[index]["status"]?.string == status {
        entry["lastTransitionTime"] = list[index]["lastTransitionTime"]
      }
      list[index] = entry
    } else {
      list.append(entry)
    }
    self.status["conditions"] = .array(list)
  }
}
