// The configuration of a rehearsal as JSON: it is kept with the cluster, so
// that every process rehearses the same one.

import Kubernetes

extension RehearsalConfiguration {
  var json: JSON {
    [
      "seed": .integer(Int(bitPattern: UInt(seed))),
      "version": [
        "major": .string(String(version.major)),
        "minor": .string(String(version.minor)),
        "gitVersion": .string(version.gitVersion),
      ],
      "nodes": .array(
        nodes.map {
          [
            "name": .string($0.name), "labels": JSON($0.labels),
            "capacity": .integer($0.capacity),
          ]
        }),
      "denials": .array(
        denials.map {
          var json: JSON = [
            "verb": .string($0.verb), "group": .string($0.group),
            "resource": .string($0.resource),
          ]
          json["namespace"] = $0.namespace.map(JSON.string)
          return json
        }),
      "timings": .object(
        Self.timingNames.mapValues {
          .integer(Int(timings[keyPath: $0].microseconds))
        }),
      "resources": .array(
        additionalResources.map {
          [
            "group": .string($0.group), "version": .string($0.version),
            "kind": .string($0.kind), "plural": .string($0.plural),
            "namespaced": .bool($0.isNamespaced),
          ]
        }),
    ]
  }

  /// Reads what `json` wrote; what is missing keeps its standard.
  init(_ json: JSON) {
    self.init()
    if let seed = json["seed"]?.integer {
      self.seed = UInt64(UInt(bitPattern: seed))
    }
    if let version = json["version"].flatMap(ClusterVersion.init) {
      self.version = version
    }
    if let nodes = json["nodes"]?.array {
      self.nodes = nodes.compactMap { node in
        node["name"]?.string.map {
          Node(
            name: $0, labels: node["labels"]?.strings ?? [:],
            capacity: node["capacity"]?.integer ?? 250)
        }
      }
    }
    denials = (json["denials"]?.array ?? []).compactMap { denial in
      denial["resource"]?.string.map {
        Denial(
          verb: denial["verb"]?.string ?? "*",
          group: denial["group"]?.string ?? "*", resource: $0,
          namespace: denial["namespace"]?.string)
      }
    }
    for (name, path) in Self.timingNames {
      if let value = json["timings"]?[name]?.integer {
        timings[keyPath: path] = .microseconds(value)
      }
    }
    additionalResources = (json["resources"]?.array ?? []).compactMap {
      guard let kind = $0["kind"]?.string, let plural = $0["plural"]?.string
      else { return nil }
      return APIResource(
        group: $0["group"]?.string ?? "",
        version: $0["version"]?.string ?? "v1",
        kind: kind, plural: plural,
        isNamespaced: $0["namespaced"]?.bool ?? true)
    }
  }

  private static var timingNames: [String: WritableKeyPath<Timings, Duration>] {
    [
      "schedule": \.schedule, "pull": \.pull,
      "initialContainer": \.initialContainer, "ready": \.ready,
      "slowness": \.slowness, "job": \.job, "stop": \.stop, "bind": \.bind,
    ]
  }
}
