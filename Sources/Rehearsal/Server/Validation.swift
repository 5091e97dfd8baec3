// What an API server refuses with 422: the common mistakes of manifests, with
// the field and the API's reason for each (kubernetes/pkg/apis/*/validation).

import Kubernetes

struct Validation {
  private(set) var causes: [ClusterError.StatusCause] = []

  /// What is wrong with an object; empty when nothing is.
  static func causes(in object: KubernetesObject)
    -> [ClusterError.StatusCause]
  {
    var validation = Validation()
    validation.metadata(object)
    switch (object.objectKind.group, object.kind) {
    case ("apps", "Deployment"), ("apps", "ReplicaSet"),
      ("apps", "StatefulSet"), ("apps", "DaemonSet"):
      validation.workload(object)
    case ("batch", "Job"):
      validation.podTemplate(
        object.spec["template"], "spec.template",
        policies: ["OnFailure", "Never"])
      validation.count(object.spec["backoffLimit"], "spec.backoffLimit")
    case ("batch", "CronJob"):
      if (object.spec["schedule"]?.string ?? "").isEmpty {
        validation.required("spec.schedule")
      }
      validation.podTemplate(
        object.spec.value(at: "jobTemplate", "spec", "template"),
        "spec.jobTemplate.spec.template", policies: ["OnFailure", "Never"])
    case ("", "Pod"): validation.podSpec(object.spec, "spec")
    case ("", "Service"): validation.service(object.spec)
    case ("", "ConfigMap"): validation.keys(object.json["data"], "data")
    case ("", "Secret"):
      validation.keys(object.json["data"], "data")
    case ("", "PersistentVolumeClaim"): validation.claim(object.spec, "spec")
    case ("policy", "PodDisruptionBudget"):
      if object.spec["minAvailable"] != nil,
        object.spec["maxUnavailable"] != nil
      {
        validation.invalid(
          "spec", "minAvailable and maxUnavailable cannot be both set")
      }
    default: break
    }
    return validation.causes
  }

  /// Refuses what the server could not even read.
  /// - Throws: `ClusterError` with code 400.
  static func checkReadable(_ object: KubernetesObject) throws {
    guard object.objectKind == .secret else { return }
    for (key, value) in object.json["data"]?.object ?? [:]
    where !Base64.isValid(value.string ?? "") {
      throw ClusterError(
        code: 400, reason: "BadRequest",
        message: "Secret in version \"v1\" cannot be handled as a Secret: "
          + "data.\(key): illegal base64 data")
    }
  }

  static func error(
    _ object: KubernetesObject, _ causes: [ClusterError.StatusCause]
  ) -> ClusterError {
    let list = causes.map { "\($0.field): \($0.message)" }
      .joined(separator: ", ")
    return ClusterError(
      code: 422, reason: "Invalid",
      message: "\(object.kind) \"\(object.name)\" is invalid: \(list)",
      causes: causes)
  }

  static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isLowerAlphanumeric(byte) || (0x41...0x5A).contains(byte)
  }

  private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
  }

  /// A DNS-1123 label: lower case letters, digits and `-`, at most 63.
  static func isLabel(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard (1...63).contains(bytes.count), let first = bytes.first,
      let last = bytes.last
    else { return false }
    return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
      && bytes.allSatisfy { isLowerAlphanumeric($0) || $0 == 0x2D }
  }

  /// A DNS-1123 subdomain: labels joined by dots, at most 253.
  static func isSubdomain(_ text: String) -> Bool {
    text.utf8.count <= 253
      && text.split(separator: ".", omittingEmptySubsequences: false)
        .allSatisfy(isLabel)
  }

  private static func isLabelValue(_ text: some StringProtocol) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last else { return true }
    return bytes.count <= 63 && isAlphanumeric(first) && isAlphanumeric(last)
      && bytes.allSatisfy {
        isAlphanumeric($0) || [0x2D, 0x2E, 0x5F].contains($0)
      }
  }

  private static func isQualifiedName(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    switch parts.count {
    case 1: return !text.isEmpty && isLabelValue(text)
    case 2:
      return isSubdomain(String(parts[0])) && !parts[1].isEmpty
        && isLabelValue(parts[1])
    default: return false
    }
  }

  private mutating func invalid(_ field: String, _ message: String) {
    causes.append(
      ClusterError.StatusCause(
        reason: "FieldValueInvalid", field: field,
        message: "Invalid value: \(message)"))
  }

  private mutating func required(_ field: String) {
    causes.append(
      ClusterError.StatusCause(
        reason: "FieldValueRequired", field: field, message: "Required value"))
  }

  private mutating func notSupported(
    _ field: String, _ value: String, _ supported: [String]
  ) {
    causes.append(
      ClusterError.StatusCause(
        reason: "FieldValueNotSupported", field: field,
        message: "Unsupported value: \"\(value)\": supported values: "
          + supported.map { "\"\($0)\"" }.joined(separator: ", ")))
  }

  private mutating func metadata(_ object: KubernetesObject) {
    if object.name.isEmpty {
      required("metadata.name")
    } else {
      switch object.kind {
      case "Service", "Namespace":
        if !Self.isLabel(object.name) {
          invalid(
            "metadata.name", "\"\(object.name)\": a DNS-1123 label is wanted")
        }
      case "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding":
        if object.name.contains("/") || object.name.contains("%") {
          invalid("metadata.name", "\"\(object.name)\": no path segment")
        }
      default:
        if !Self.isSubdomain(object.name) {
          invalid(
            "metadata.name",
            "\"\(object.name)\": a lowercase RFC 1123 subdomain is wanted")
        }
      }
    }
    labels(object.metadata["labels"], "metadata.labels")
    for key in (object.metadata["annotations"]?.object ?? [:]).keys.sorted()
    where !Self.isQualifiedName(key.lowercased()) {
      invalid("metadata.annotations", "\"\(key)\": no qualified name")
    }
  }

  private mutating func labels(_ json: JSON?, _ field: String) {
    let sorted = (json?.object ?? [:]).sorted { $0.key < $1.key }
    for (key, value) in sorted {
      if !Self.isQualifiedName(key) {
        invalid(field, "\"\(key)\": no qualified name")
      }
      guard let text = value.string, Self.isLabelValue(text) else {
        invalid(field, "\(value.text()): no label value")
        continue
      }
    }
  }

  private mutating func keys(_ json: JSON?, _ field: String) {
    for key in (json?.object ?? [:]).keys.sorted()
    where key.isEmpty || key.utf8.count > 253
      || !key.utf8.allSatisfy({
        Self.isAlphanumeric($0) || [0x2D, 0x2E, 0x5F].contains($0)
      })
    {
      invalid("\(field)[\(key)]", "\"\(key)\": no valid key")
    }
  }

  private mutating func count(_ json: JSON?, _ field: String) {
    if let json, let value = json.integer, value < 0 {
      invalid(field, "\(value): must be greater than or equal to 0")
    }
  }

  private mutating func workload(_ object: KubernetesObject) {
    count(object.spec["replicas"], "spec.replicas")
    guard let selector = object.spec["selector"], selector != [:] else {
      required("spec.selector")
      return
    }
    let labels =
      object.spec.value(at: "template", "metadata", "labels")?.strings ?? [:]
    if let matcher = LabelSelector(selector) {
      if !matcher.matches(labels) {
        invalid(
          "spec.template.metadata.labels",
          "\(JSON(labels).text()): `selector` does not match template `labels`")
      }
    } else {
      invalid("spec.selector", "not a valid selector operator")
    }
    podTemplate(
      object.spec["template"], "spec.template", policies: ["Always"],
      mayHaveClaims: object.kind == "StatefulSet")
    for (index, claim) in (object.spec["volumeClaimTemplates"]?.array ?? [])
      .enumerated()
    {
      self.claim(
        claim["spec"] ?? .null, "spec.volumeClaimTemplates[\(index)].spec")
    }
  }

  private mutating func podTemplate(
    _ template: JSON?, _ field: String, policies: [String],
    mayHaveClaims: Bool = false
  ) {
    labels(template?["metadata"]?["labels"], "\(field).labels")
    let spec = template?["spec"] ?? .null
    podSpec(spec, "\(field).spec", mayHaveClaims: mayHaveClaims)
    let policy = spec["restartPolicy"]?.string ?? "Always"
    if !policies.contains(policy) {
      notSupported("\(field).spec.restartPolicy", policy, policies)
    }
  }

  /// Checks a pod; the claims of a StatefulSet are volumes in its pods only.
  private mutating func podSpec(
    _ spec: JSON, _ field: String, mayHaveClaims: Bool = false
  ) {
    let containers = spec["containers"]?.array ?? []
    if containers.isEmpty { required("\(field).containers") }
    var volumes = Set<String>()
    for (index, volume) in (spec["volumes"]?.array ?? []).enumerated() {
      let place = "\(field).volumes[\(index)].name"
      guard let name = volume["name"]?.string, !name.isEmpty else {
        required(place)
        continue
      }
      if !Self.isLabel(name) { invalid(place, "\"\(name)\": no DNS label") }
      if !volumes.insert(name).inserted { duplicate(place, name) }
    }
    var names = Set<String>()
    for list in ["initContainers", "containers"] {
      for (index, container) in (spec[list]?.array ?? []).enumerated() {
        let place = "\(field).\(list)[\(index)]"
        self.container(container, place, volumes, mayHaveClaims)
        if let name = container["name"]?.string, !names.insert(name).inserted {
          duplicate("\(place).name", name)
        }
      }
    }
  }

  private mutating func duplicate(_ field: String, _ value: String) {
    causes.append(
      ClusterError.StatusCause(
        reason: "FieldValueDuplicate", field: field,
        message: "Duplicate value: \"\(value)\""))
  }

  private mutating func container(
    _ container: JSON, _ field: String, _ volumes: Set<String>,
    _ mayHaveClaims: Bool
  ) {
    let name = container["name"]?.string ?? ""
    if name.isEmpty {
      required("\(field).name")
    } else if !Self.isLabel(name) {
      invalid("\(field).name", "\"\(name)\": no DNS label")
    }
    let image = container["image"]?.string ?? ""
    if image.isEmpty {
      required("\(field).image")
    } else if image.contains(where: { $0.isWhitespace }) {
      invalid(
        "\(field).image",
        "\"\(image)\": must not have leading or trailing whitespace")
    }
    for (index, port) in (container["ports"]?.array ?? []).enumerated() {
      self.port(
        port["containerPort"], "\(field).ports[\(index)].containerPort")
    }
    for (index, variable) in (container["env"]?.array ?? []).enumerated()
    where (variable["name"]?.string ?? "").isEmpty {
      required("\(field).env[\(index)].name")
    }
    for (index, mount) in (container["volumeMounts"]?.array ?? []).enumerated()
    {
      let place = "\(field).volumeMounts[\(index)]"
      if (mount["mountPath"]?.string ?? "").isEmpty {
        required("\(place).mountPath")
      }
      let volume = mount["name"]?.string ?? ""
      if volume.isEmpty {
        required("\(place).name")
      } else if !volumes.contains(volume), !mayHaveClaims {
        causes.append(
          ClusterError.StatusCause(
            reason: "FieldValueNotFound", field: "\(place).name",
            message: "Not found: \"\(volume)\""))
      }
    }
  }

  private mutating func port(_ json: JSON?, _ field: String) {
    guard let json else {
      required(field)
      return
    }
    guard let number = json.integer, (1...65_535).contains(number) else {
      invalid(field, "\(json.text()): must be between 1 and 65535, inclusive")
      return
    }
  }

  private mutating func service(_ spec: JSON) {
    let type = spec["type"]?.string ?? "ClusterIP"
    let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
    if !types.contains(type) { notSupported("spec.type", type, types) }
    let ports = spec["ports"]?.array ?? []
    if ports.isEmpty, type != "ExternalName", spec["clusterIP"] != "None" {
      required("spec.ports")
    }
    if type == "ExternalName", (spec["externalName"]?.string ?? "").isEmpty {
      required("spec.externalName")
    }
    var seen = Set<String>()
    for (index, port) in ports.enumerated() {
      self.port(port["port"], "spec.ports[\(index)].port")
      let name = port["name"]?.string ?? ""
      if name.isEmpty, ports.count > 1 {
        required("spec.ports[\(index)].name")
      }
      if !name.isEmpty, !seen.insert(name).inserted {
        duplicate("spec.ports[\(index)].name", name)
      }
    }
  }

  private mutating func claim(_ spec: JSON, _ field: String) {
    if (spec["accessModes"]?.array ?? []).isEmpty {
      required("\(field).accessModes")
    }
    if spec.value(at: "resources", "requests", "storage") == nil {
      required("\(field).resources[storage]")
    }
  }
}
