// `kubernetes.core.k8s_exec` and `k8s_log`: into pods.

import Ansible
import Jinja
import Kubernetes

struct K8sExecModule: ClusterModule {
  let names = [
    "kubernetes.core.k8s_exec", "community.kubernetes.k8s_exec", "k8s_exec",
  ]
  let port: ClusterPort

  private static let options = ModuleArguments.joined(
    ModuleArguments.connection,
    [
      "namespace": .init("str", required: true),
      "pod": .init("str", required: true), "container": .init("str"),
      "command": .init("str", required: true),
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.checked(Self.options)
    guard let pods = port.pods, !call.isPreview else {
      call.reportDecidedDuringRun("it runs a command in a pod")
      return .undecided
    }
    let namespace = arguments.text("namespace") ?? ""
    let pod = arguments.text("pod") ?? ""
    var container = arguments.text("container")
    if container == nil {
      let object = try await port.reader.find(
        ObjectReference(.pod, namespace: namespace, name: pod))
      container = object?.spec["containers"]?[0]?["name"]?.string
    }
    do {
      let ended = try await pods.exec(
        PodCommand(
          namespace: namespace, pod: pod, container: container,
          arguments: try ShellWords.split(arguments.text("command") ?? "")))
      var result = ModuleResult([
        "changed": true,
        "stdout": Value(String(decoding: ended.output, as: UTF8.self)),
        "stderr": Value(String(decoding: ended.errorOutput, as: UTF8.self)),
        "rc": Value(ended.exitCode), "return_code": Value(ended.exitCode),
      ])
      if ended.exitCode != 0 { result.values["failed"] = true }
      return result
    } catch let error as ClusterError {
      return .failure(
        "Failed to execute on pod \(pod) due to : \(error.message.printable)")
    }
  }
}

struct K8sLogModule: ClusterModule {
  let names = [
    "kubernetes.core.k8s_log", "community.kubernetes.k8s_log", "k8s_log",
  ]
  let port: ClusterPort

  private static let options = ModuleArguments.joined(
    ModuleArguments.connection, ModuleArguments.naming,
    [
      "kind": .init("str", default: "Pod"), "container": .init(),
      "since_seconds": .init(),
      "label_selectors": .init("list", elements: "str", default: .list([])),
      "previous": .init("bool", default: false), "tail_lines": .init("int"),
      "all_containers": .init("bool", default: false),
    ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.checked(
      Self.options, mutuallyExclusive: [["container", "all_containers"]])
    guard let pods = port.pods, !call.isPreview else {
      call.reportDecidedDuringRun("it reads the log of a pod")
      return .undecided
    }
    let namespace = arguments.text("namespace") ?? ""
    let pod = try await pod(arguments, namespace)
    var containers: [String?] = [arguments.text("container")]
    if arguments.flag("all_containers") {
      let object = try await port.reader.get(
        ObjectReference(.pod, namespace: namespace, name: pod))
      containers =
        object.spec["containers"]?.array?.map { $0["name"]?.string } ?? []
    }
    var log: [UInt8] = []
    for container in containers {
      var query = LogQuery(namespace: namespace, pod: pod, container: container)
      query.isPrevious = arguments.flag("previous")
      query.tailLines = arguments.number("tail_lines")
      if let seconds = arguments.text("since_seconds").flatMap({ Int($0) }) {
        query.since = try await port.reader.serverTime() - .seconds(seconds)
      }
      do {
        for try await piece in pods.logs(query) { log += piece }
      } catch let error as ClusterError {
        return .failure(
          error.isNotFound
            ? "Pod \(namespace)/\(pod) not found."
            : "Unable to retrieve log from Pod due to: "
              + error.message.printable)
      }
    }
    let text = String(decoding: log, as: UTF8.self)
    return ModuleResult([
      "changed": false, "log": Value(text),
      "log_lines": .list(
        text.split(separator: "\n", omittingEmptySubsequences: false).map {
          Value(String($0))
        }),
    ])
  }

  /// The pod that is meant: by name, by labels, or the first of a workload.
  private func pod(
    _ arguments: CheckedArguments, _ namespace: String
  ) async throws -> String {
    var labels = try arguments.texts("label_selectors")
    let name = arguments.text("name")
    if name != nil, !labels.isEmpty {
      throw AnsibleFailure(
        "Only one of name or label_selectors can be provided")
    }
    let kind = arguments.text("kind") ?? "Pod"
    if kind != "Pod" {
      guard let name else {
        throw AnsibleFailure(
          "name must be provided for resources that do not support the log "
            + "subresource")
      }
      let resource = try await port.resource(
        kind, arguments.text("api_version") ?? "v1")
      let object = try await port.reader.get(
        ObjectReference(
          resource.objectKind, namespace: namespace, name: name))
      labels =
        (object.spec["selector"]?["matchLabels"]?.strings
        ?? object.spec["selector"]?.strings ?? [:])
        .sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    } else if let name {
      return name
    }
    let found = try await port.reader.listAll(
      ListQuery(
        .pod, namespace: namespace, labelSelector: labels.joined(separator: ",")
      )
    )
    guard let first = found.items.first else {
      throw AnsibleFailure(
        "No pods in namespace \(namespace) matched selector "
          + labels.joined(separator: ","))
    }
    return first.name
  }
}
