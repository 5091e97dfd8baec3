// The arguments that all modules that write files share.

import Jinja

enum FileAttributes {
  /// Arguments about attributes that this engine does not change, and about
  /// labels where this machine has any.
  static let refused =
    ["attributes", "attr"] + (hasLabels ? labels : [])

  /// Arguments about SELinux, which Ansible ignores on a machine without it.
  static let labels = ["selevel", "serole", "setype", "seuser"]

  /// Whether SELinux is on, by the place where its state stands.
  private static let hasLabels = DiskSources().exists("/sys/fs/selinux/enforce")

  /// The shared arguments, for the specs of modules.
  static let options: [(String, ValidationSpec.Option)] =
    [
      ("mode", .init("raw")), ("unsafe_writes", .init("bool")),
      ("owner", .init("str")), ("group", .init("str")),
      ("attributes", .init("raw", aliases: ["attr"])),
    ] + labels.map { ($0, .init("raw")) }

  /// Refuses arguments that the engine does not do.
  ///
  /// Throws ``Refusal``.
  static func check(_ call: ModuleCall) throws {
    for name in refused where call.arguments[name]?.isNone == false {
      throw Refusal(.argument, name, at: call.task.place)
    }
  }

  /// Refuses to read a file as anything but UTF-8.
  ///
  /// Throws ``Refusal``.
  static func checkEncoding(_ encoding: Value?, _ call: ModuleCall) throws {
    guard let name = encoding?.text,
      !["utf-8", "utf8"].contains(name.lowercased())
    else { return }
    throw Refusal(.argument, "encoding: \(name)", at: call.task.place)
  }
}
