// Which kubectl, and which cluster it is to lead to.

import Platform

/// What the operator chose about kubectl; nil means kubectl's own default.
public struct KubectlOptions: Hashable, Sendable {
  /// The program: a name in `PATH`, or a path.
  public var executable: String
  public var kubeconfig: String?
  public var context: String?
  /// Where objects belong that name no namespace.
  public var namespace: String?

  public init(
    executable: String = "kubectl", kubeconfig: String? = nil,
    context: String? = nil, namespace: String? = nil
  ) {
    self.executable = executable
    self.kubeconfig = kubeconfig
    self.context = context
    self.namespace = namespace
  }

  /// The options that every kubectl of ours is started with.
  var arguments: [String] {
    var result: [String] = []
    if let kubeconfig { result += ["--kubeconfig", kubeconfig] }
    if let context { result += ["--context", context] }
    return result
  }

  func command(_ arguments: [String], input: [UInt8]? = nil) -> ChildCommand {
    ChildCommand(
      executable, self.arguments + arguments,
      input: input.map(ChildCommand.Input.bytes) ?? .none)
  }
}
