// `git`: a repository's working copy on this machine, by the git program.

import Jinja
import OrderedCollections

struct GitModule: Module {
  let names = ["ansible.builtin.git"]
  /// What only some of git's subcommands for signing and packing do.
  let refusedArguments: Set<String> = [
    "archive", "archive_prefix", "separate_git_dir",
    "verify_commit", "gpg_allowlist", "gpg_whitelist", "umask",
  ]

  private static let spec = ValidationSpec(
    [
      "dest": .init("path"),
      "repo": .init("str", required: true, aliases: ["name"]),
      "version": .init("str", default: "HEAD"),
      "remote": .init("str", default: "origin"), "refspec": .init("str"),
      "reference": .init("str"), "force": .init("bool", default: false),
      "depth": .init("int"), "clone": .init("bool", default: true),
      "update": .init("bool", default: true),
      "accept_hostkey": .init("bool", default: false),
      "accept_newhostkey": .init("bool", default: false),
      "key_file": .init("path"), "ssh_opts": .init("str"),
      "executable": .init("path"), "bare": .init("bool", default: false),
      "recursive": .init("bool", default: true),
      "single_branch": .init("bool", default: false),
      "archive": .init("path"), "archive_prefix": .init("str"),
      "separate_git_dir": .init("path"),
      "track_submodules": .init("bool", default: false),
      "verify_commit": .init("bool"), "umask": .init("raw"),
      "gpg_allowlist": .init("list", aliases: ["gpg_whitelist"]),
    ],
    mutuallyExclusive: [["accept_hostkey", "accept_newhostkey"]])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    for name in refusedArguments.sorted() {
      guard let value = arguments[name], !value.isNone, try value.truth()
      else { continue }
      throw Refusal(.argument, name, at: call.task.place)
    }
    func text(_ name: String) -> String? {
      arguments[name].flatMap { $0.isNone ? nil : PlainText.of($0) }
    }
    let mayClone = arguments["clone"]?.boolean ?? true
    guard text("dest") != nil || !mayClone else {
      return .failure(
        "the destination directory must be specified unless clone=no")
    }
    var address = PathExpansion.expand(text("repo") ?? "")
    if address.hasPrefix("/") { address = "file://" + address }
    if call.isPreview {
      call.reportLocal(
        .request(
          method: "git clone", url: PlainText.masked(arguments["repo"] ?? "")))
      if let dest = text("dest") {
        call.reportLocal(
          .file(
            path: call.local(dest), state: "at \(text("version") ?? "HEAD")"))
      }
      return .unknown
    }
    let copy = GitCopy(
      call: call, program: text("executable") ?? "git",
      folder: text("dest").map { Paths.normalize(call.local($0)) },
      address: address, version: text("version") ?? "HEAD",
      remote: text("remote") ?? "origin", refspec: text("refspec"),
      reference: text("reference"), depth: arguments["depth"]?.integer,
      force: arguments["force"]?.boolean ?? false,
      isBare: arguments["bare"]?.boolean ?? false,
      isSingleBranch: arguments["single_branch"]?.boolean ?? false,
      isRecursive: arguments["recursive"]?.boolean ?? true,
      tracksSubmodules: arguments["track_submodules"]?.boolean ?? false,
      shell: Self.shell(arguments))
    return try await copy.bring(
      mayClone: mayClone, mayUpdate: arguments["update"]?.boolean ?? true)
  }

  /// The ssh command line of the task's key and options; nil for git's own.
  private static func shell(_ arguments: Parameters) -> String? {
    func flag(_ name: String) -> Bool { arguments[name]?.boolean ?? false }
    var words: [String] = []
    if let key = arguments["key_file"]?.text {
      words += ["-i", "'\(key.replacing("'", with: "'\\''"))'"]
      words += ["-o", "IdentitiesOnly=yes"]
    }
    if let options = arguments["ssh_opts"]?.text { words.append(options) }
    if flag("accept_hostkey") { words.append("-o StrictHostKeyChecking=no") }
    if flag("accept_newhostkey") {
      words.append("-o StrictHostKeyChecking=accept-new")
    }
    if words.isEmpty { return nil }
    return "ssh -o BatchMode=yes " + words.joined(separator: " ")
  }
}
