// `copy`: a file or a given content put in a place on this machine.

import Jinja
import OrderedCollections

struct CopyModule: Module {
  let names = ["ansible.builtin.copy"]
  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        ("src", .init("path")), ("content", .init("raw")),
        ("dest", .init("path", required: true)),
        ("backup", .init("bool", default: false)),
        ("force", .init("bool", default: true)),
        ("directory_mode", .init("raw")), ("remote_src", .init("bool")),
        ("local_follow", .init("bool")), ("follow", .init("bool")),
        ("checksum", .init("str")), ("decrypt", .init("bool", default: true)),
      ] + FileAttributes.options))

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    let files = call.search.files
    var target = call.local(PlainText.of(arguments["dest"] ?? ""))
    let content: [UInt8]
    var source: String?
    if let given = arguments["content"], !given.isNone {
      if target.hasSuffix("/") {
        return .failure("can not use content with a dir as dest")
      }
      let isText = given.isString || given.integer != nil
      content = Array(
        (isText ? PlainText.of(given) : try JSONText.python(given)).utf8)
    } else if let name = arguments["src"]?.text {
      let path =
        arguments["remote_src"]?.boolean == true
        ? call.local(name) : try call.find(name, kind: "files")
      if files.isDirectory(path) {
        return try copyDirectory(
          path, contentsOnly: name.hasSuffix("/"), to: target, arguments, call)
      }
      source = path
      content = try call.project.bytes(path)
    } else {
      return .failure("src (or content) is required")
    }
    if let source, target.hasSuffix("/") || files.isDirectory(target) {
      target = Paths.join(target, Paths.name(of: source))
    }
    return try FileWrite(
      path: target, content: content, mode: arguments["mode"],
      force: arguments["force"]?.boolean ?? true, source: source
    ).perform(call)
  }

  private func copyDirectory(
    _ source: String, contentsOnly: Bool, to target: String,
    _ arguments: Parameters, _ call: ModuleCall
  ) throws -> ModuleResult {
    let base =
      contentsOnly ? target : Paths.join(target, Paths.name(of: source))
    var isChanged = false
    func walk(_ directory: String, _ place: String) throws {
      for name in try call.search.files.names(in: directory) {
        let path = Paths.join(directory, name)
        let goal = Paths.join(place, name)
        if call.search.files.isDirectory(path) {
          try walk(path, goal)
          continue
        }
        let result = try FileWrite(
          path: goal, content: try call.search.files.read(path),
          mode: arguments["mode"], force: true, source: path
        ).perform(call)
        if result.changed ?? true { isChanged = true }
      }
    }
    try walk(source, base)
    return ModuleResult([
      "changed": Value(isChanged), "dest": Value(base), "src": Value(source),
    ])
  }
}

/// A file that a task wants to have a content.
struct FileWrite {
  var path: String
  var content: [UInt8]
  var mode: Value?
  var force = true
  var source: String?

  /// Writes the file where it differs; in a preview only tells of it.
  ///
  /// Throws ``AnsibleFailure`` and what the machine throws.
  func perform(_ call: ModuleCall) throws -> ModuleResult {
    let files = call.search.files
    let before = files.stamp(path)
    let old = before == nil ? nil : try? files.read(path)
    let parent = Paths.directory(of: path)
    if before == nil, !parent.isEmpty, !files.isDirectory(parent),
      !call.isPreview
    {
      return .failure("Destination directory \(parent) does not exist")
    }
    let wanted = try FileAttributes.mode(mode, of: before?.mode)
    let differs = old != content && (force || before == nil)
    let changesMode = wanted.map { $0 != before?.mode } ?? false
    var result = ModuleResult(changed: differs || changesMode)
    result.values["dest"] = Value(path)
    result.values["checksum"] = Value(Digest.hex(content, .sha1))
    if let source { result.values["src"] = Value(source) }
    guard differs || changesMode else {
      for (name, value) in FileAttributes.describe(path, files) {
        result.values[name] = value
      }
      return result
    }
    if call.isPreview {
      call.reportLocal(.write(path: path, bytes: content.count))
      return result
    }
    if !call.isCheckMode {
      if differs {
        try call.machine.write(path, content, mode: wanted)
      } else if let wanted {
        try call.machine.setMode(path, wanted)
      }
    }
    for (name, value) in FileAttributes.describe(path, files) {
      result.values[name] = value
    }
    return result
  }
}
