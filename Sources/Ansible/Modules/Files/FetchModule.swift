// `fetch`: a file copied from the host to the controller, which here are one
// machine.

import Jinja

struct FetchModule: Module {
  let names = ["ansible.builtin.fetch"]

  private static let spec = ValidationSpec([
    "src": .init("str", required: true), "dest": .init("str", required: true),
    "flat": .init("bool", default: false),
    "fail_on_missing": .init("bool", default: true),
    "validate_checksum": .init("bool", default: true),
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    if call.isCheckMode {
      var result = ModuleResult(
        changed: false,
        message: "check mode not (yet) supported for this module")
      result.values["skipped"] = true
      return result
    }
    let files = call.search.files
    let name = PlainText.of(arguments["src"] ?? "")
    let source = call.local(PathExpansion.expand(name))
    let mustBe = arguments["fail_on_missing"]?.boolean ?? true
    if files.isDirectory(source) {
      let message =
        "remote file is a directory, fetch cannot work on "
        + "directories"
      return mustBe
        ? .failure(message)
        : ModuleResult([
          "msg": Value(message + ", not transferring, ignored")
        ])
    }
    guard files.exists(source) else {
      // A task before it may make the file during the run.
      if call.isPreview {
        call.reportDecidedDuringRun("it copies a file that is not there yet")
        return .unknown
      }
      let message = "the remote file does not exist, not transferring, ignored"
      if mustBe { return .failure(message) }
      return ModuleResult([
        "changed": false, "msg": Value(message), "file": Value(name),
      ])
    }
    let goal: String
    do {
      goal = try destination(arguments, name, call)
    } catch let failure as AnsibleFailure {
      return .failure(failure.message)
    }
    let content = try files.read(source)
    let digest = Digest.hex(content, .sha1)
    let old = files.isFile(goal) ? try files.read(goal) : nil
    var result = ModuleResult(changed: old != content)
    result.values["dest"] = Value(goal)
    result.values["checksum"] = Value(digest)
    result.values["md5sum"] = Value(Digest.hex(content, .md5))
    guard old != content else {
      result.values["file"] = Value(name)
      return result
    }
    result.values["remote_checksum"] = Value(digest)
    result.values["remote_md5sum"] = Value.none
    if call.isPreview {
      call.reportLocal(.write(path: goal, bytes: content.count))
      return result
    }
    let parent = Paths.directory(of: goal)
    if !files.isDirectory(parent) {
      try call.machine.makeDirectory(parent, mode: nil)
    }
    try call.machine.write(goal, content, mode: files.stamp(source)?.mode)
    return result
  }

  /// Where the file goes: below a directory for the host, or flat.
  private func destination(
    _ arguments: Parameters, _ source: String, _ call: ModuleCall
  ) throws -> String {
    let written = PathExpansion.expand(
      PlainText.of(arguments["dest"] ?? ""))
    let folder = call.local(written)
    let files = call.search.files
    guard arguments["flat"]?.boolean == true else {
      let host =
        try call.scope.value(of: "inventory_hostname")?.text ?? "localhost"
      return Paths.normalize("\(folder)/\(host)/\(source)")
    }
    guard written.hasSuffix("/") else {
      guard !files.isDirectory(folder) else {
        throw AnsibleFailure(
          "dest is an existing directory, use a trailing slash if you want to "
            + "fetch src into that directory")
      }
      return Paths.normalize(folder)
    }
    let goal = Paths.join(folder, Paths.name(of: source))
    guard !files.isDirectory(goal) else {
      throw AnsibleFailure(
        "calculated dest '\(goal)' is an existing directory, use another path "
          + "that does not point to an existing directory")
    }
    return Paths.normalize(goal)
  }
}
