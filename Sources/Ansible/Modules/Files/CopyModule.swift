// `copy`: a file, a directory or a given content put in a place on this
// machine.

import Jinja
import OrderedCollections

struct CopyModule: Module {
  let names = ["ansible.builtin.copy"]
  let refusedArguments = Set(FileAttributes.refused)
  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        ("src", .init("path")), ("content", .init("raw")),
        ("dest", .init("path")),
        ("backup", .init("bool", default: false)),
        ("force", .init("bool", default: true)),
        ("directory_mode", .init("raw")), ("remote_src", .init("bool")),
        ("local_follow", .init("bool")), ("follow", .init("bool")),
        ("checksum", .init("str")), ("decrypt", .init("bool", default: true)),
        ("validate", .init("str")),
      ] + FileAttributes.options))

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    let isContent = arguments["content"]?.isNone == false
    guard isContent || arguments["src"]?.text?.isEmpty == false else {
      return .failure("src (or content) is required")
    }
    let given = arguments["dest"]?.text ?? ""
    if given.isEmpty { return .failure("dest is required") }
    var result: ModuleResult
    do {
      result = try await copy(to: call.local(given), arguments, call)
    } catch var failure as ModuleFailure {
      failure.result.describeFile(call)
      failure.result.namePaths(as: given, call)
      throw failure
    }
    result.namePaths(as: given, call)
    return result
  }

  private func copy(
    to place: String, _ arguments: Parameters, _ call: ModuleCall
  ) async throws -> ModuleResult {
    let files = call.search.files
    let name = arguments["src"]?.text ?? ""
    let isBare = arguments["dest"]?.text?.contains("/") == false
    let follows = arguments["follow"]?.boolean ?? false
    if let content = arguments["content"], !content.isNone {
      if !name.isEmpty {
        return .failure("src and content are mutually exclusive")
      }
      if place.hasSuffix("/") {
        return .failure("can not use content with a dir as dest")
      }
      let isText = content.isString || content.integer != nil
      let text =
        isText ? PlainText.of(content) : try JSONText.python(content)
      return try await one(
        FileCopy(
          content: Array(text.utf8), source: place, name: Paths.name(of: place),
          isGiven: true, follows: follows, isBare: isBare,
          arguments: arguments),
        to: place, call)
    }
    if arguments["remote_src"]?.boolean == true {
      var result = try await RemoteCopy(
        source: call.local(name), shown: name, place: place,
        arguments: arguments
      ).perform(call)
      if isBare { result.nameBarePaths(call) }
      return result
    }
    let path: String
    do {
      path = try call.find(name, kind: "files")
    } catch let missing as FileNotFound {
      return .failure(PlayRunner.unexpectedFailure + "\(missing)")
    }
    guard files.isDirectory(path) else {
      return try await one(
        FileCopy(
          content: try Self.bytes(path, arguments, call), source: path,
          name: Paths.name(of: path), sourceMode: files.stamp(path)?.mode,
          follows: follows, isBare: isBare, arguments: arguments),
        to: place, call)
    }
    return try await DirectoryCopy(
      source: path, contentsOnly: name.hasSuffix("/"), place: place,
      arguments: arguments
    ).perform(call)
  }

  private func one(
    _ copy: FileCopy, to place: String, _ call: ModuleCall
  ) async throws -> ModuleResult {
    guard var result = try await copy.perform(to: place, call) else {
      return ModuleResult([
        "changed": false, "dest": Value(place), "src": Value(copy.source),
      ])
    }
    if !result.isFailed, result.values["dest"] == nil {
      result.values["dest"] = result.values["path"]
    }
    return result
  }

  /// The content of a source, opened where it is a vault file, unless the task
  /// says otherwise.
  static func bytes(
    _ path: String, _ arguments: Parameters, _ call: ModuleCall
  ) throws -> [UInt8] {
    arguments["decrypt"]?.boolean != false
      ? try call.project.bytes(path) : try call.search.files.read(path)
  }
}
