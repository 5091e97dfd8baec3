// The defaults that an API server writes into objects (kubernetes/pkg/apis/*/
// v1/defaults.go), as far as anybody reads them.

import Kubernetes

enum Defaults {
  /// An object with the defaults of its kind.
  static func applied(to object: KubernetesObject) -> KubernetesObject {
    var object = object
    if isBuiltIn(object.objectKind) {
      for part in ["metadata", "spec", "data", "binaryData", "stringData"] {
        object.json[part] = object.json[part].flatMap { withoutEmpty($0, part) }
      }
    }
    switch (object.objectKind.group, object.kind) {
    case ("apps", "Deployment"):
      fill(&object.spec, "replicas", 1)
      fill(&object.spec, "progressDeadlineSeconds", 600)
      fill(&object.spec, "revisionHistoryLimit", 10)
      fill(&object.spec, "strategy", ["type": "RollingUpdate"])
      if object.spec["strategy"]?["type"] == nil {
        object.spec.set("RollingUpdate", at: "strategy", "type")
      }
      if object.spec["strategy"]?["type"] == "RollingUpdate" {
        for name in ["maxSurge", "maxUnavailable"]
        where object.spec.value(at: "strategy", "rollingUpdate", name) == nil {
          object.spec.set("25%", at: "strategy", "rollingUpdate", name)
        }
      } else {
        object.spec.set(nil, at: "strategy", "rollingUpdate")
      }
      template(&object.spec)
    case ("apps", "ReplicaSet"):
      fill(&object.spec, "replicas", 1)
      template(&object.spec)
    case ("apps", "StatefulSet"):
      fill(&object.spec, "replicas", 1)
      fill(&object.spec, "podManagementPolicy", "OrderedReady")
      fill(&object.spec, "revisionHistoryLimit", 10)
      fill(
        &object.spec, "updateStrategy",
        ["type": "RollingUpdate", "rollingUpdate": ["partition": 0]])
      fill(
        &object.spec, "persistentVolumeClaimRetentionPolicy",
        ["whenDeleted": "Retain", "whenScaled": "Retain"])
      if let claims = object.spec["volumeClaimTemplates"]?.array {
        object.spec["volumeClaimTemplates"] = .array(
          claims.map { claim in
            var claim = claim
            fill(&claim, "apiVersion", "v1")
            fill(&claim, "kind", "PersistentVolumeClaim")
            if claim["spec"]?["volumeMode"] == nil {
              claim.set("Filesystem", at: "spec", "volumeMode")
            }
            fill(&claim, "status", ["phase": "Pending"])
            return claim
          })
      }
      template(&object.spec)
    case ("apps", "DaemonSet"):
      fill(&object.spec, "revisionHistoryLimit", 10)
      fill(
        &object.spec, "updateStrategy",
        [
          "type": "RollingUpdate",
          "rollingUpdate": ["maxSurge": 0, "maxUnavailable": 1],
        ])
      template(&object.spec)
    case ("batch", "Job"): job(&object.spec)
    case ("batch", "CronJob"):
      fill(&object.spec, "concurrencyPolicy", "Allow")
      fill(&object.spec, "suspend", false)
      fill(&object.spec, "successfulJobsHistoryLimit", 3)
      fill(&object.spec, "failedJobsHistoryLimit", 1)
      template(&object.spec, at: ["jobTemplate", "spec", "template"])
    case ("", "Pod"): object.spec = pod(object.spec)
    case ("", "Service"): service(&object.spec)
    case ("", "Secret"): secret(&object)
    case ("", "PersistentVolumeClaim"):
      fill(&object.spec, "volumeMode", "Filesystem")
    case ("", "PersistentVolume"):
      fill(&object.spec, "volumeMode", "Filesystem")
      fill(&object.spec, "persistentVolumeReclaimPolicy", "Retain")
    case ("", "Namespace"):
      object.metadata.set(
        .string(object.name), at: "labels", "kubernetes.io/metadata.name")
      fill(&object.spec, "finalizers", ["kubernetes"])
    case ("storage.k8s.io", "StorageClass"):
      fill(&object.json, "reclaimPolicy", "Delete")
      fill(&object.json, "volumeBindingMode", "Immediate")
    default: break
    }
    return object
  }

  private static func isBuiltIn(_ kind: ObjectKind) -> Bool {
    ServedKinds.builtIn.contains { $0.group == kind.group }
  }

  /// The maps that the server leaves out when they are empty; other empty
  /// objects, such as `emptyDir: {}`, mean something.
  private static let omittedMaps: Set<String> = [
    "labels", "annotations", "nodeSelector", "matchLabels", "limits",
    "requests", "data", "binaryData", "stringData", "parameters",
  ]

  /// What the server would keep of a value; nil when nothing.
  ///
  /// Its typed objects have no place for null, nor for empty lists.
  private static func withoutEmpty(_ json: JSON, _ name: String) -> JSON? {
    switch json {
    case .null: return nil
    case .array(let elements):
      if elements.isEmpty { return nil }
      return .array(elements.map { withoutEmpty($0, "") ?? $0 })
    case .object(let members):
      if members.isEmpty { return omittedMaps.contains(name) ? nil : json }
      var kept: [String: JSON] = [:]
      kept.reserveCapacity(members.count)
      for (key, value) in members { kept[key] = withoutEmpty(value, key) }
      return .object(kept)
    default: return json
    }
  }

  private static func fill(_ json: inout JSON, _ key: String, _ value: JSON) {
    if json[key] == nil || json[key] == .null { json[key] = value }
  }

  private static func template(
    _ spec: inout JSON, at path: [String] = ["template"]
  ) {
    guard let old = spec.value(at: path + ["spec"]) else { return }
    spec.set(pod(old), at: (path + ["spec"])[...])
  }

  private static func job(_ spec: inout JSON) {
    fill(&spec, "parallelism", 1)
    if spec["completions"] == nil { fill(&spec, "completions", 1) }
    fill(&spec, "backoffLimit", 6)
    fill(&spec, "completionMode", "NonIndexed")
    fill(&spec, "suspend", false)
    template(&spec)
  }

  private static func pod(_ spec: JSON) -> JSON {
    var spec = spec
    fill(&spec, "restartPolicy", "Always")
    fill(&spec, "terminationGracePeriodSeconds", 30)
    fill(&spec, "dnsPolicy", "ClusterFirst")
    fill(&spec, "schedulerName", "default-scheduler")
    fill(&spec, "securityContext", [:])
    if let account = spec["serviceAccountName"] {
      spec["serviceAccount"] = account
    }
    for list in ["containers", "initContainers"] {
      guard let containers = spec[list]?.array else { continue }
      spec[list] = .array(containers.map(container))
    }
    if let volumes = spec["volumes"]?.array {
      spec["volumes"] = .array(volumes.map(volume))
    }
    return spec
  }

  private static func container(_ json: JSON) -> JSON {
    var json = json
    let image = json["image"]?.string ?? ""
    let name = image.split(separator: "/").last ?? ""
    let isLatest = !name.contains(":") || name.hasSuffix(":latest")
    fill(
      &json, "imagePullPolicy",
      isLatest && !image.contains("@") ? "Always" : "IfNotPresent")
    fill(&json, "resources", [:])
    fill(&json, "terminationMessagePath", "/dev/termination-log")
    fill(&json, "terminationMessagePolicy", "File")
    if let ports = json["ports"]?.array {
      json["ports"] = .array(
        ports.map {
          var port = $0
          fill(&port, "protocol", "TCP")
          return port
        })
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
      guard var probe = json[name] else { continue }
      fill(&probe, "timeoutSeconds", 1)
      fill(&probe, "periodSeconds", 10)
      fill(&probe, "successThreshold", 1)
      fill(&probe, "failureThreshold", 3)
      if probe["httpGet"] != nil, probe["httpGet"]?["scheme"] == nil {
        probe.set("HTTP", at: "httpGet", "scheme")
      }
      if probe["httpGet"] != nil, probe["httpGet"]?["path"] == nil {
        probe.set("/", at: "httpGet", "path")
      }
      json[name] = probe
    }
    if let variables = json["env"]?.array {
      json["env"] = .array(
        variables.map {
          var variable = $0
          if variable["valueFrom"]?["fieldRef"] != nil,
            variable.value(at: "valueFrom", "fieldRef", "apiVersion") == nil
          {
            variable.set("v1", at: "valueFrom", "fieldRef", "apiVersion")
          }
          return variable
        })
    }
    return json
  }

  private static func volume(_ json: JSON) -> JSON {
    var json = json
    for name in ["configMap", "secret", "projected", "downwardAPI"]
    where json[name] != nil && json[name]?["defaultMode"] == nil {
      json.set(420, at: name, "defaultMode")
    }
    if json["hostPath"] != nil, json["hostPath"]?["type"] == nil {
      json.set("", at: "hostPath", "type")
    }
    return json
  }

  private static func service(_ spec: inout JSON) {
    if spec["selector"] == [:] { spec["selector"] = nil }
    fill(&spec, "type", "ClusterIP")
    fill(&spec, "sessionAffinity", "None")
    if spec["type"] != "ExternalName" {
      fill(&spec, "internalTrafficPolicy", "Cluster")
    }
    if ["NodePort", "LoadBalancer"].contains(spec["type"]?.string) {
      fill(&spec, "externalTrafficPolicy", "Cluster")
    }
    if let ports = spec["ports"]?.array {
      spec["ports"] = .array(
        ports.map {
          var port = $0
          fill(&port, "protocol", "TCP")
          if let number = port["port"] { fill(&port, "targetPort", number) }
          return port
        })
    }
  }

  /// `stringData` is written only; the server turns it into `data`.
  private static func secret(_ object: inout KubernetesObject) {
    fill(&object.json, "type", "Opaque")
    guard let plain = object.json["stringData"]?.strings else { return }
    for (key, value) in plain {
      object.json.set(
        .string(Base64.encoded(Array(value.utf8))), at: "data", key)
    }
    object.json["stringData"] = nil
  }
}

/// Base64 as Secrets hold their values (RFC 4648, with padding).
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encoded(_ bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits: UInt32 = 0
      for byte in group { bits = bits << 8 | UInt32(byte) }
      bits <<= UInt32(8 * (3 - group.count))
      for place in 0..<4 {
        output.append(
          place <= group.count
            ? alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)]
            : UInt8(ascii: "="))
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// Whether text is Base64 as the API server takes it.
  static func isValid(_ text: String) -> Bool {
    let bytes = Array(text.utf8).filter { $0 != 0x0A && $0 != 0x0D }
    guard bytes.count % 4 == 0 else { return false }
    let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    return padding <= 2
      && bytes.dropLast(padding).allSatisfy(alphabet.contains)
  }
}
