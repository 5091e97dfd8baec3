// The arguments that the modules of kubernetes.core share.

import Ansible
import Jinja
import Kubernetes
import OrderedCollections

/// Options of kubernetes.core's modules, by its args_common.py.
enum ModuleArguments {
  typealias Options = OrderedDictionary<String, ValidationSpec.Option>

  /// How to reach a cluster: the engine's own cluster is used instead.
  static let connection: Options = [
    "kubeconfig": .init("raw", secret: true), "context": .init(),
    "host": .init(), "api_key": .init(secret: true), "username": .init(),
    "password": .init(secret: true),
    "validate_certs": .init("bool", aliases: ["verify_ssl"]),
    "ca_cert": .init("path", aliases: ["ssl_ca_cert"]),
    "client_cert": .init("path", aliases: ["cert_file"]),
    "client_key": .init("path", aliases: ["key_file"]),
    "proxy": .init("str"), "no_proxy": .init("str"),
    "proxy_headers": .init("dict"), "persist_config": .init("bool"),
    "impersonate_user": .init(),
    "impersonate_groups": .init("list", elements: "str"),
  ]

  static let waiting: Options = [
    "wait": .init("bool", default: false),
    "wait_sleep": .init("int", default: 5),
    "wait_timeout": .init("int", default: 120),
    "wait_condition": .init(
      "dict",
      options: [
        "type": .init(),
        "status": .init(
          nil, default: true, choices: [true, false, "Unknown"]),
        "reason": .init(),
      ]),
  ]

  static let naming: Options = [
    "kind": .init(), "name": .init(), "namespace": .init(),
    "api_version": .init(default: "v1", aliases: ["api", "version"]),
  ]

  static let resource: Options = [
    "resource_definition": .init("raw", aliases: ["definition", "inline"]),
    "src": .init("path"),
  ]

  /// Options of several groups together; a later one wins.
  static func joined(_ groups: Options...) -> Options {
    groups.reduce(into: [:]) { all, group in
      all.merge(group) { $1 }
    }
  }

  /// The names of the arguments that lead to another cluster than the engine's,
  /// aliases among them.
  static let ofOtherClusters = Set(
    connection.flatMap { name, option in
      ["validate_certs", "persist_config"].contains(name)
        ? [] : [name] + option.aliases
    })

  /// Says that an argument which leads to another cluster is not taken.
  static func refusal(of name: String, at place: SourcePlace) -> Refusal {
    Refusal(
      .argument, name, at: place,
      what: "the argument \"\(name)\" chooses a cluster, and the one of the "
        + "stack is used",
      remedy: "leave it out, or let the real ansible-playbook run it (deploy "
        + "--engine ansible)")
  }

  /// Refuses arguments that lead to another cluster than the engine's.
  ///
  /// Throws ``Ansible/Refusal``.
  static func refuseOtherCluster(_ call: ModuleCall) throws {
    for name in ofOtherClusters.sorted() {
      guard let value = call.arguments[name], !value.isNone,
        value.text != ""
      else { continue }
      throw refusal(of: name, at: call.task.place)
    }
  }
}

/// A module that reaches the cluster of the stack and no other.
protocol ClusterModule: Module {}

extension ClusterModule {
  var refusedArguments: Set<String> { ModuleArguments.ofOtherClusters }

  func refusal(of argument: String, at place: SourcePlace) -> Refusal {
    ModuleArguments.refusal(of: argument, at: place)
  }
}

/// Checked arguments with accessors by type.
struct CheckedArguments: Sendable {
  let values: Parameters

  /// The text of an argument; nil where it is not given.
  func text(_ name: String) -> String? {
    guard let value = values[name], !value.isNone else { return nil }
    return value.text ?? (try? value.str())
  }

  func flag(_ name: String) -> Bool { values[name]?.boolean ?? false }

  func number(_ name: String) -> Int? { values[name]?.integer }

  /// The texts of a list argument; empty where it is not given.
  func texts(_ name: String) throws -> [String] {
    try values[name]?.sequence()?.map { try $0.text ?? $0.str() } ?? []
  }

  /// A value as given; nil where it is not, or is null.
  subscript(_ name: String) -> Value? {
    guard let value = values[name], !value.isNone else { return nil }
    return value
  }

  /// What the task waits for; nil where it does not wait.
  func gate(_ objects: [ObjectReference], absent: Bool = false) throws -> Gate?
  {
    guard flag("wait") else { return nil }
    return Gate(
      absent ? .absent : try presence(), objects: objects,
      timeoutSeconds: number("wait_timeout") ?? 120,
      intervalSeconds: number("wait_sleep") ?? 5)
  }

  /// The condition that `wait_condition` names, else readiness.
  private func presence() throws -> Gate.Condition {
    guard let wanted = self["wait_condition"],
      let type = try wanted.member("type")?.text
    else { return .ready }
    let reason = try wanted.member("reason")?.text
    guard let status = try wanted.member("status") else {
      return .condition(type: type, status: "True", reason: reason)
    }
    let word: String
    if let flag = status.boolean {
      word = flag ? "True" : "False"
    } else {
      word = status.text ?? "True"
    }
    return .condition(type: type, status: word, reason: reason)
  }
}

extension ModuleCall {
  /// The arguments checked by a module's options.
  ///
  /// Throws ``Ansible/AnsibleFailure`` and ``Ansible/Refusal``.
  func checked(
    _ options: ModuleArguments.Options, mutuallyExclusive: [[String]] = []
  ) throws -> CheckedArguments {
    try ModuleArguments.refuseOtherCluster(self)
    return CheckedArguments(
      values: try validated(
        by: ValidationSpec(options, mutuallyExclusive: mutuallyExclusive)))
  }
}
