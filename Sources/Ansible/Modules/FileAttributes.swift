// The mode of a file as tasks write it, and the arguments that all modules
// that write files share.

import Jinja

enum FileAttributes {
  /// Arguments about attributes that this engine does not change, and about
  /// labels where this machine has any.
  static let refused =
    ["attributes", "attr", "validate"] + (hasLabels ? labels : [])

  /// Arguments about SELinux, which Ansible ignores on a machine without it.
  static let labels = ["selevel", "serole", "setype", "seuser"]

  /// Whether SELinux is on, by the place where its state stands.
  private static let hasLabels = DiskSources().exists("/sys/fs/selinux/enforce")

  /// The shared arguments, for the specs of modules.
  static let options: [(String, ValidationSpec.Option)] =
    [
      ("mode", .init("raw")), ("unsafe_writes", .init("bool")),
      ("owner", .init("str")), ("group", .init("str")),
    ]
    + (["attributes", "attr", "validate"] + labels).map { ($0, .init("raw")) }

  /// Refuses arguments that the engine does not do.
  ///
  /// Throws ``Refusal``.
  static func check(_ call: ModuleCall) throws {
    for name in refused where call.arguments[name]?.isNone == false {
      throw Refusal(.argument, name, at: call.task.place)
    }
  }

  /// What a task did to a file's text, and whether its mode changed too, in
  /// the words of ansible-core's check_file_attrs.
  static func message(
    _ change: String, _ mode: Value?, of stamp: SourceStamp?
  ) throws -> String {
    let before = stamp?.mode ?? 0o644
    guard let wanted = try self.mode(mode, of: before), wanted != before else {
      return change
    }
    return (change.isEmpty ? "" : change + " and ")
      + "ownership, perms or SE linux context changed"
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

  /// The mode of an argument; nil where it gives none.
  ///
  /// Throws ``AnsibleFailure`` for one that is no mode.
  static func mode(_ value: Value?, of current: UInt32?) throws -> UInt32? {
    guard let value, !value.isNone else { return nil }
    if let number = value.integer {
      guard let mode = UInt32(exactly: number), mode <= 0o7777 else {
        throw AnsibleFailure("mode must be in octal or symbolic form")
      }
      return mode
    }
    let text = PlainText.of(value)
    if let number = UInt32(text, radix: 8) { return number & 0o7777 }
    return try symbolic(text, from: current ?? 0o644)
  }

  /// `u=rw,g=r,o=` and the like.
  private static func symbolic(_ text: String, from: UInt32) throws -> UInt32 {
    var mode = from
    for part in text.split(separator: ",") {
      guard let at = part.firstIndex(where: { "=+-".contains($0) }) else {
        throw AnsibleFailure("mode must be in octal or symbolic form")
      }
      let who = part[..<at].isEmpty ? "a" : part[..<at]
      var bits: UInt32 = 0
      var special: UInt32 = 0
      for letter in part[part.index(after: at)...] {
        switch letter {
        case "r": bits |= 4
        case "w": bits |= 2
        case "x": bits |= 1
        case "X": bits |= mode & 0o111 != 0 ? 1 : 0
        case "s":
          if who.contains("u") || who.contains("a") { special |= 0o4000 }
          if who.contains("g") || who.contains("a") { special |= 0o2000 }
        case "t": special |= 0o1000
        default:
          throw AnsibleFailure("mode must be in octal or symbolic form")
        }
      }
      if part[at] == "-" { mode &= ~special } else { mode |= special }
      for (letter, shift) in [("u", UInt32(6)), ("g", 3), ("o", 0)]
      where who.contains(letter) || who.contains("a") {
        let mask = bits << shift
        switch part[at] {
        case "=": mode = mode & ~(7 << shift) | mask
        case "+": mode |= mask
        default: mode &= ~mask
        }
      }
    }
    return mode
  }

  /// The members that results about a file have in common.
  static func describe(
    _ path: String, _ files: any SourceFiles
  ) -> [(String, Value)] {
    guard let stamp = files.stamp(path) else { return [("state", "absent")] }
    let octal = String(stamp.mode, radix: 8)
    return [
      ("state", stamp.isDirectory ? "directory" : "file"),
      ("size", Value(stamp.size)),
      (
        "mode",
        Value(String(repeating: "0", count: max(4 - octal.count, 0)) + octal)
      ),
    ]
  }
}
