// `kubernetes.core.k8s_taint` and `k8s_drain`: which pods a node takes, and
// which leave it.

import Ansible
import Jinja
import Kubernetes

extension ObjectReference {
  fileprivate static func node(_ name: String) -> ObjectReference {
    ObjectReference(ObjectKind.node, namespace: nil, name: name)
  }
}

struct K8sTaintModule: ClusterModule {
  let names = ["kubernetes.core.k8s_taint", "k8s_taint"]
  let port: ClusterPort

  private static let options = ModuleArguments.joined(
    ModuleArguments.connection,
    [
      "state": .init(
        "str", default: "present", choices: ["present", "absent"]),
      "name": .init("str", required: true),
      "taints": .init("list", elements: "dict", required: true),
      "replace": .init("bool", default: false),
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.checked(Self.options)
    let name = arguments.text("name") ?? ""
    let given = try Manifest(arguments["taints"] ?? .list([]))
    if given.unknown.isEmpty == false {
      call.reportDecidedDuringRun("the taints are not known before the run")
      return .undecided
    }
    guard let node = try await port.reader.find(.node(name)) else {
      return .failure("Node '\(name)' has not been found.")
    }
    let taints = given.json.array ?? []
    if taints.contains(where: { $0["key"] == nil }) {
      return .failure("each taint needs a key")
    }
    let before = node.spec["taints"]?.array ?? []
    let missing = Self.difference(taints, before)
    let kept = Self.difference(before, taints)
    let after: [JSON]
    if arguments.text("state") == "absent" {
      guard missing.count < taints.count || taints.isEmpty else {
        return result(false, before.isEmpty ? node : nil)
      }
      after = kept
    } else {
      let moves = before.contains { old in
        taints.contains {
          Self.isSame(old, $0) && old["value"] != $0["value"]
        }
      }
      guard !missing.isEmpty || moves else { return result(false, node) }
      after =
        missing.isEmpty || !arguments.flag("replace") ? kept + taints : taints
    }
    if call.isCheckMode { return result(true, nil) }
    let patched = try await port.perform(
      RenderedWrite(
        .patch(.strategic), .node(name),
        object: ["spec": ["taints": .array(after)]], task: call.task,
        isCertain: !call.isUncertain))
    return result(true, arguments.text("state") == "absent" ? nil : patched)
  }

  private func result(
    _ isChanged: Bool, _ node: KubernetesObject?
  ) -> ModuleResult {
    ModuleResult([
      "changed": Value(isChanged),
      "result": (node?.json ?? .object([:])).templateValue(),
    ])
  }

  /// Whether two taints are one: of the same key and, where both have one, the
  /// same effect.
  private static func isSame(_ a: JSON, _ b: JSON) -> Bool {
    a["key"] == b["key"]
      && (a["effect"] == nil || b["effect"] == nil
        || a["effect"] == b["effect"])
  }

  private static func difference(_ a: [JSON], _ b: [JSON]) -> [JSON] {
    a.filter { item in !b.contains { isSame(item, $0) } }
  }
}

struct K8sDrainModule: ClusterModule {
  let names = ["kubernetes.core.k8s_drain", "k8s_drain"]
  let port: ClusterPort
  var supportsCheckMode: Bool { false }

  private static let options = ModuleArguments.joined(
    ModuleArguments.connection,
    [
      "state": .init(
        default: "drain", choices: ["cordon", "drain", "uncordon"]),
      "name": .init(required: true),
      "delete_options": .init(
        "dict", default: .dictionary([]),
        options: [
          "terminate_grace_period": .init("int"),
          "force": .init("bool", default: false),
          "ignore_daemonsets": .init("bool", default: false),
          "delete_emptydir_data": .init("bool", default: false),
          "disable_eviction": .init("bool", default: false),
          "wait_timeout": .init("int"),
          "wait_sleep": .init("int", default: 5),
        ]),
      "pod_selectors": .init(
        "list", elements: "str", aliases: ["label_selectors"]),
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.checked(Self.options)
    let name = arguments.text("name") ?? ""
    guard let node = try await port.reader.find(.node(name)) else {
      return .failure("Node \(name) not found.")
    }
    let isClosed = node.spec["unschedulable"]?.bool ?? false
    switch arguments.text("state") {
    case "cordon":
      if isClosed { return told("node \(name) already marked unschedulable.") }
      try await mark(name, closed: true, call)
      return told("node \(name) marked unschedulable.", isChanged: true)
    case "uncordon":
      if !isClosed { return told("node \(name) already marked schedulable.") }
      try await mark(name, closed: false, call)
      return told("node \(name) marked schedulable.", isChanged: true)
    default:
      if !isClosed { try await mark(name, closed: true, call) }
      if call.isPreview {
        call.reportDecidedDuringRun(
          "which pods leave the node \(name) is not known before the run")
        return .undecided
      }
      return try await drain(name, isClosed, arguments, call)
    }
  }

  private func told(_ text: String, isChanged: Bool = false) -> ModuleResult {
    ModuleResult(["changed": Value(isChanged), "result": Value(text)])
  }

  private func mark(
    _ name: String, closed: Bool, _ call: ModuleCall
  ) async throws {
    _ = try await port.perform(
      RenderedWrite(
        .patch(.strategic), .node(name),
        object: ["spec": ["unschedulable": .bool(closed)]], task: call.task,
        isCertain: !call.isUncertain))
  }

  private func drain(
    _ name: String, _ wasClosed: Bool, _ arguments: CheckedArguments,
    _ call: ModuleCall
  ) async throws -> ModuleResult {
    var given: Parameters = [:]
    for entry in try arguments["delete_options"]?.dictionary?.entries() ?? [] {
      if let key = entry.key.text { given[key] = entry.value }
    }
    let options = CheckedArguments(values: given)
    let selectors = try arguments.texts("pod_selectors")
    let pods = try await port.reader.listAll(
      ListQuery(
        .pod,
        labelSelector: selectors.isEmpty
          ? nil : selectors.joined(separator: ","),
        fieldSelector: "spec.nodeName=\(name)"))
    let choice = LeavingPods(pods.items, options)
    guard choice.errors.isEmpty else {
      if !wasClosed { try await mark(name, closed: false, call) }
      return .failure(
        "Pod deletion errors: \(choice.errors.joined(separator: " "))")
    }
    var sentences = [
      "node \(name) "
        + (wasClosed
          ? "already marked unschedulable." : "marked unschedulable.")
    ]
    var isChanged = !wasClosed
    var warnings = choice.warnings
    for pod in choice.leaving {
      if try await remove(pod, options) { isChanged = true }
    }
    if !choice.leaving.isEmpty {
      if let seconds = options.number("wait_timeout"),
        try await !haveLeft(
          choice.leaving, name, seconds, options.number("wait_sleep") ?? 5)
      {
        warnings.append("timeout reached while pods were still running.")
      }
      sentences.append("\(choice.leaving.count) Pod(s) deleted from node.")
    }
    var result = told(
      sentences.joined(separator: " "), isChanged: isChanged)
    result.warnings = warnings
    if !warnings.isEmpty {
      result.values["warnings"] = .list(warnings.map { Value($0) })
    }
    return result
  }

  /// Has a pod leave; false where it is gone already.
  private func remove(
    _ pod: ObjectReference, _ options: CheckedArguments
  ) async throws -> Bool {
    let grace = options.number("terminate_grace_period").flatMap {
      $0 == 0 ? nil : $0
    }
    do {
      if options.flag("disable_eviction") {
        _ = try await port.writer.delete(
          pod, DeleteOptions(gracePeriodSeconds: grace))
      } else {
        try await evict(pod, grace)
      }
      return true
    } catch let error as ClusterError {
      if case .cancelled = error.cause { throw CancellationError() }
      if error.isNotFound { return false }
      throw AnsibleFailure(
        "Failed to delete pod \(pod.namespace ?? "")/\(pod.name) due to: "
          + error.message.printable)
    }
  }

  /// Asks for a pod to leave, which a disruption budget may forbid.
  private func evict(_ pod: ObjectReference, _ grace: Int?) async throws {
    let version = try await port.reader.version()
    let isNew = (version.major, version.minor) >= (1, 22)
    var eviction: JSON = [
      "apiVersion": isNew ? "policy/v1" : "policy/v1beta1",
      "kind": "Eviction",
      "metadata": [
        "name": .string(pod.name),
        "namespace": .string(pod.namespace ?? ""),
      ],
    ]
    if let grace {
      eviction["deleteOptions"] = ["gracePeriodSeconds": .integer(grace)]
    }
    _ = try await port.writer.create(
      KubernetesObject(eviction), WriteOptions(subresource: "eviction"))
  }

  private func haveLeft(
    _ pods: [ObjectReference], _ node: String, _ seconds: Int, _ pause: Int
  ) async throws -> Bool {
    var left = pods
    var waited = 0
    while let pod = left.last {
      let now = try await port.reader.find(pod)
      if now?.spec["nodeName"]?.string != node {
        left.removeLast()
        continue
      }
      guard seconds == 0 || waited < seconds else { return false }
      try await port.time.sleep(seconds: Double(pause))
      waited += max(pause, 1)
    }
    return true
  }
}

/// Which pods of a node may leave it, by the rules of `kubectl drain`.
private struct LeavingPods {
  private(set) var leaving: [ObjectReference] = []
  private(set) var warnings: [String] = []
  private(set) var errors: [String] = []

  init(_ pods: [KubernetesObject], _ options: CheckedArguments) {
    var alone: [ObjectReference] = []
    var mirrors: [ObjectReference] = []
    var withData: [ObjectReference] = []
    var daemons: [ObjectReference] = []
    for pod in pods {
      let reference = ObjectReference(
        ObjectKind.pod, namespace: pod.namespace, name: pod.name)
      if pod.annotations["kubernetes.io/config.mirror"] != nil {
        mirrors.append(reference)
      } else if ["Succeeded", "Failed"].contains(
        pod.json["status"]?["phase"]?.string)
      {
        leaving.append(reference)
      } else if pod.spec["volumes"]?.array?.contains(where: {
        $0["emptyDir"] != nil
      }) == true {
        withData.append(reference)
      } else if pod.ownerReferences.isEmpty {
        alone.append(reference)
      } else {
        for owner in pod.ownerReferences {
          if owner.kind == "DaemonSet" {
            daemons.append(reference)
          } else {
            leaving.append(reference)
          }
        }
      }
    }
    func names(_ pods: [ObjectReference]) -> String {
      pods.map { "\($0.namespace ?? "")/\($0.name)" }.joined(separator: ",")
    }
    let managers =
      "ReplicationController, ReplicaSet, Job, DaemonSet or "
      + "StatefulSet"
    if !alone.isEmpty {
      if options.flag("force") {
        warnings.append(
          "Deleting Pods not managed by \(managers): \(names(alone)).")
        leaving += alone
      } else {
        errors.append(
          "cannot delete Pods not managed by \(managers) (use option force set "
            + "to yes): \(names(alone)).")
      }
    }
    if !mirrors.isEmpty {
      warnings.append(
        "cannot delete mirror Pods using API server: \(names(mirrors)).")
    }
    if !withData.isEmpty {
      if options.flag("delete_emptydir_data") {
        warnings.append("Deleting Pods with local storage: \(names(withData)).")
        leaving += withData
      } else {
        errors.append(
          "cannot delete Pods with local storage: \(names(withData)).")
      }
    }
    if !daemons.isEmpty {
      if options.flag("ignore_daemonsets") {
        warnings.append("Ignoring DaemonSet-managed Pods: \(names(daemons)).")
      } else {
        errors.append(
          "cannot delete DaemonSet-managed Pods (use option ignore_daemonset "
            + "set to yes): \(names(daemons)).")
      }
    }
  }
}
