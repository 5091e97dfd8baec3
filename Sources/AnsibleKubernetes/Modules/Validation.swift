// `validate` of `kubernetes.core.k8s`: objects held to the schemas of their
// kinds before they are sent.

import Ansible
import Jinja
import Kubernetes

/// What a task's `validate` asks for.
///
/// The rules are those of kubernetes.core's runner.py and of DynamicClient in
/// the Python client, which ask kubernetes-validate. That library brings the
/// schemas of many releases; here those of the cluster count, so that a task
/// that asks for another release is refused.
struct Validation {
  let failsOnError: Bool
  private let isStrict: Bool
  private let port: ClusterPort

  /// One thing that was found.
  struct Finding {
    var isError: Bool
    /// One sentence for the operator.
    var sentence: String
  }

  /// Nil where the task does not ask for it.
  ///
  /// Throws ``Ansible/Refusal``.
  init?(
    _ arguments: CheckedArguments, _ port: ClusterPort, _ call: ModuleCall
  ) async throws {
    guard let given = arguments["validate"] else { return nil }
    self.port = port
    failsOnError = try given.member("fail_on_error")?.boolean ?? false
    isStrict = try given.member("strict")?.boolean ?? true
    guard let asked = try given.member("version")?.text, !asked.isEmpty else {
      return
    }
    let own = try await port.reader.version()
    let numbers = asked.drop { $0 == "v" }.split(separator: ".").map { Int($0) }
    guard numbers.count > 1, numbers[0] == own.major, numbers[1] == own.minor
    else {
      throw Refusal(
        .argument, "validate.version: \(asked)", at: call.task.place,
        what: "\"validate\" asks for the schemas of Kubernetes \(asked), and "
          + "only those of the cluster, \(own.gitVersion.printable), are known",
        remedy: "leave the version out, or let the real ansible-playbook run "
          + "it (deploy --engine ansible)")
    }
  }

  /// What in an object does not keep the schema of its kind.
  func faults(in manifest: Manifest) async throws -> [Finding] {
    let object = KubernetesObject(manifest.json)
    let name =
      "\(object.kind.printable) "
      + "\(manifest.json["metadata"]?["name"]?.string ?? "")".printable
    guard
      let faults = try await port.schemas(of: object.apiVersion)?
        .faults(in: object, isStrict: isStrict)
    else {
      return [
        Finding(
          isError: false,
          sentence: "\(name): Could not find schema for object kind "
            + "\(object.kind.printable) with API version "
            + "\(object.apiVersion.printable) in this cluster (possibly Custom "
            + "Resource?)")
      ]
    }
    // What only the run will know cannot be wrong yet.
    let known = faults.filter { fault in
      !manifest.unknown.contains {
        fault.pointer == $0 || fault.pointer.hasPrefix($0 + "/")
      }
    }
    guard let first = known.min(by: { $0.path.count < $1.path.count }) else {
      return []
    }
    return [
      Finding(
        isError: true,
        sentence: "\(name): resource definition validation error at "
          + "\(first.path.joined(separator: ".").printable): "
          + first.message.printable)
    ]
  }
}
