// Events about objects, counted up as the API's clients do, and gone after an
// hour.

import Kubernetes

extension World {
  /// Notes an event; the same one again raises the count of the first.
  mutating func note(
    _ object: KubernetesObject, _ reason: String, _ message: String,
    isWarning: Bool = false, from component: String
  ) {
    let name =
      object.name + "."
      + Self.hash([
        .string(object.uid ?? ""), .string(reason), .string(message),
      ])
    let reference = ObjectReference(
      .event, namespace: object.namespace ?? "default", name: name)
    if objects[reference] != nil {
      change(reference) { [now] in
        $0.json["count"] = .integer(($0.json["count"]?.integer ?? 1) + 1)
        $0.json["lastTimestamp"] = .string(now.timestamp)
      }
      return
    }
    var about: JSON = [
      "apiVersion": .string(object.apiVersion), "kind": .string(object.kind),
      "name": .string(object.name), "uid": .string(object.uid ?? ""),
    ]
    about["namespace"] = object.namespace.map(JSON.string)
    var event = KubernetesObject([
      "apiVersion": "v1", "kind": "Event",
      "metadata": [
        "name": .string(name), "namespace": .string(reference.namespace ?? ""),
      ],
      "involvedObject": about, "type": isWarning ? "Warning" : "Normal",
      "reason": .string(reason), "message": .string(message), "count": 1,
      "firstTimestamp": .string(now.timestamp),
      "lastTimestamp": .string(now.timestamp),
      "source": ["component": .string(component)],
    ])
    stampCreated(&event)
    put(event)
    wake(.event, reference, after: .seconds(3_600))
  }
}
