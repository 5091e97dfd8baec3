// A working copy of a repository, brought to a version by the steps of
// ansible-core's git module.

import Jinja

struct GitCopy {
  let call: ModuleCall
  let program: String
  /// Nil where only the remote's version is asked for.
  let folder: String?
  let address: String
  let version: String
  let remote: String
  let refspec: String?
  let reference: String?
  let depth: Int?
  let force: Bool
  let isBare: Bool
  let isSingleBranch: Bool
  let isRecursive: Bool
  /// Whether submodules follow their own branches, not the commit.
  let tracksSubmodules: Bool
  let shell: String?

  /// Clones or updates, and checks the version out.
  ///
  /// Throws ``AnsibleFailure`` where git fails.
  func bring(mayClone: Bool, mayUpdate: Bool) async throws -> ModuleResult {
    var result = ModuleResult(changed: false)
    result.values["before"] = Value.none
    var before: String?
    var differs = false
    guard let folder, isThere || mayClone else {
      result.values["after"] = Value(try await remoteHead(of: address))
      result.values["changed"] = true
      return result
    }
    if !isThere {
      if call.isCheckMode {
        result.values["after"] = Value(try await remoteHead(of: address))
        result.values["changed"] = true
        return result
      }
      try await clone(to: folder)
    } else {
      before = try await head()
      result.values["before"] = before.map { Value($0) } ?? Value.none
      if !mayUpdate {
        result.values["after"] = before.map { Value($0) } ?? Value.none
        return result
      }
      if try await hasChanges() {
        let message = "Local modifications exist in the destination: \(folder)"
        guard force else {
          var failure = ModuleResult.failure(message + " (force=no).")
          failure.values["before"] = result.values["before"]
          return failure
        }
        differs = true
        result.values["msg"] = Value(message)
        if !call.isCheckMode { try await git(["reset", "--hard", "HEAD"]) }
      }
      let moved = try await setAddress()
      result.values["remote_url_changed"] = Value(moved)
      differs = differs || moved
      if call.isCheckMode {
        let after = try await remoteHead(of: remote)
        result.values["after"] = Value(after)
        result.values["changed"] = Value(differs || after != before)
        return result
      }
      try await fetch()
    }
    if !isBare { try await checkOut() }
    if isRecursive, !isBare, try await updateSubmodules(folder) {
      result.values["submodules_changed"] = true
      differs = true
    }
    let after = try await head()
    result.values["after"] = Value(after)
    result.values["changed"] = Value(differs || after != before)
    return result
  }

  // MARK: - git

  @discardableResult
  private func git(
    _ words: [String], in directory: String? = nil, mayFail: Bool = false
  ) async throws -> LocalCommandResult {
    var variables = call.environment
    for name in ["LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE"] {
      variables[name] = "C.UTF-8"
    }
    // Nobody is there to be asked.
    variables["GIT_TERMINAL_PROMPT"] = "0"
    if let shell { variables["GIT_SSH_COMMAND"] = shell }
    let ended = try await call.machine.run(
      LocalCommand(
        [program] + words, directory: directory ?? folder,
        environment: variables))
    guard ended.exitCode == 0 || mayFail else {
      throw AnsibleFailure(
        "Failed to \(words.first ?? ""): \(ended.errorText.stripped)")
    }
    return ended
  }

  private var store: String {
    guard let folder else { return "" }
    return isBare ? folder : Paths.join(folder, ".git")
  }

  private var isThere: Bool {
    folder != nil
      && call.search.files.exists(Paths.join(store, "config"))
  }

  private func head() async throws -> String {
    String(try await git(["rev-parse", "HEAD"], mayFail: true).text.stripped)
  }

  private func hasChanges() async throws -> Bool {
    if isBare { return false }
    return try await git(["status", "--porcelain"], mayFail: true).text
      .split(separator: "\n").contains { !$0.hasPrefix("??") }
  }

  private func isRemote(
    _ kind: String, of place: String, in directory: String? = nil
  ) async throws -> Bool {
    let flag = kind == "tags" ? "-t" : "-h"
    return try await git(
      ["ls-remote", place, flag, "refs/\(kind)/\(version)"], in: directory
    ).text.contains(version)
  }

  /// The commit that the version is at the remote.
  private func remoteHead(of place: String) async throws -> String {
    // Where there is no copy yet, git needs no directory of it.
    let directory = isThere ? folder : "/"
    let listed: String
    if version == "HEAD" {
      let name =
        place == address ? "HEAD" : "refs/heads/\(try await headBranch())"
      listed = try await git(["ls-remote", place, name], in: directory).text
    } else if try await isRemote("heads", of: place, in: directory) {
      listed = try await git(
        ["ls-remote", place, "-h", "refs/heads/\(version)"], in: directory
      ).text
    } else if try await isRemote("tags", of: place, in: directory) {
      let lines = try await git(
        ["ls-remote", place, "-t", "refs/tags/\(version)*"], in: directory
      ).text.split(separator: "\n").map(String.init)
      listed =
        lines.first { $0.hasSuffix("\(version)^{}") }
        ?? lines.first { $0.hasSuffix(version) } ?? ""
    } else {
      return version
    }
    guard let commit = listed.split(whereSeparator: \.isWhitespace).first else {
      throw AnsibleFailure(
        "Could not determine remote revision for \(version)")
    }
    return String(commit)
  }

  // MARK: - Steps

  private func clone(to folder: String) async throws {
    let parent = Paths.directory(of: folder)
    if !call.search.files.isDirectory(parent) {
      try call.machine.makeDirectory(parent, mode: nil)
    }
    var words = ["clone"] + (isBare ? ["--bare"] : ["--origin", remote])
    var isNamed = try await isRemote("heads", of: address, in: parent)
    if !isNamed {
      isNamed = try await isRemote("tags", of: address, in: parent)
    }
    if let depth {
      if version == "HEAD" || refspec != nil {
        words += ["--depth", String(depth)]
      } else if isNamed {
        words += ["--depth", String(depth), "--branch", version]
      } else {
        call.warn(
          "Ignoring depth argument. Shallow clones are only available for "
            + "HEAD, branches, tags or in combination with refspec.")
      }
    }
    if let reference { words += ["--reference", reference] }
    if isSingleBranch {
      words.append("--single-branch")
      if isNamed { words += ["--branch", version] }
    }
    try await git(words + [address, folder], in: parent)
    if isBare, remote != "origin" {
      try await git(["remote", "add", remote, address])
    }
    if let refspec {
      try await git(
        ["fetch"] + (depth.map { ["--depth", String($0)] } ?? [])
          + [remote, refspec])
    }
  }

  /// Makes the remote the task's; whether it was another.
  private func setAddress() async throws -> Bool {
    let ended = try await git(
      ["ls-remote", "--get-url", remote], mayFail: true)
    let now = String(ended.text.stripped)
    guard ended.exitCode == 0, now != address else { return false }
    func path(_ text: String) -> String {
      Paths.normalize(
        text.hasPrefix("file://") ? String(text.dropFirst(7)) : text)
    }
    if path(now) == path(address) { return false }
    if !call.isCheckMode {
      try await git(["remote", "set-url", remote, address])
    }
    return true
  }

  private func fetch() async throws {
    var words = ["fetch"]
    var refspecs: [String] = []
    if let depth {
      let current = try await headBranch()
      if let refspec {
        refspecs = [refspec]
      } else if version == "HEAD" {
        refspecs = [current]
      } else if try await isRemote("heads", of: address) {
        if current != version {
          refspecs.append("+refs/heads/\(version):refs/heads/\(version)")
        }
        refspecs.append(
          "+refs/heads/\(version):refs/remotes/\(remote)/\(version)")
      } else if try await isRemote("tags", of: address) {
        refspecs = ["+refs/tags/\(version):refs/tags/\(version)"]
      }
      if !refspecs.isEmpty { words += ["--depth", String(depth)] }
    }
    if refspecs.isEmpty {
      if isBare {
        refspecs = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
      } else {
        words.append("--tags")
      }
      if let refspec { refspecs.append(refspec) }
    }
    if force { words.append("--force") }
    try await git(words + [remote] + refspecs)
  }

  private func branches() async throws -> [String] {
    try await git(["branch", "--no-color", "-a"]).text.split(separator: "\n")
      .map { String(String($0).stripped) }
  }

  /// The branch of the copy, or that of the remote where none is checked out.
  private func headBranch() async throws -> String {
    let isDetached = try await branches().contains {
      $0.hasPrefix("* ")
        && ["no branch", "detached from", "detached at"].contains(
          where: $0.contains)
    }
    let name = isDetached ? "refs/remotes/\(remote)/HEAD" : "HEAD"
    let place = Paths.join(store, name)
    let line = (try? call.search.files.text(place)) ?? ""
    let parts = line.replacing("refs/remotes/\(remote)", with: "")
      .split(separator: " ").last?.split(
        separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    return String(String(parts?.last ?? "").stripped)
  }

  private func checkOut() async throws {
    if version == "HEAD" {
      let branch = try await headBranch()
      try await git(["checkout", "--force", branch])
      try await git(["reset", "--hard", "\(remote)/\(branch)", "--"])
      return
    }
    guard try await isRemote("heads", of: remote) else {
      try await git(["checkout", "--force", version])
      return
    }
    func isLocal() async throws -> Bool {
      let branches = try await branches()
      return branches.contains(version) || branches.contains("* \(version)")
    }
    if depth != nil, try await !isLocal() {
      try await git(["remote", "set-branches", "--add", remote, version])
      try await git(
        [
          "fetch", "--depth=\(depth ?? 1)", remote,
          "+refs/heads/\(version):refs/remotes/\(remote)/\(version)",
        ])
    }
    if try await isLocal() {
      try await git(["checkout", "--force", version])
      try await git(["reset", "--hard", "\(remote)/\(version)"])
    } else {
      try await git(
        ["checkout", "--track", "-b", version, "\(remote)/\(version)"])
    }
  }

  /// Brings the submodules to what the commit names; whether any moved.
  private func updateSubmodules(_ folder: String) async throws -> Bool {
    guard
      call.search.files.exists(Paths.join(folder, ".gitmodules"))
    else { return false }
    let paths = try call.search.files.text(Paths.join(folder, ".gitmodules"))
      .split(separator: "\n").map { String($0).stripped }
      .filter { $0.hasPrefix("path") }
      .map { String($0.drop { $0 != "=" }.dropFirst()).stripped }
    var moves = paths.contains {
      !call.search.files.exists(Paths.join(folder, String($0), ".git"))
    }
    if !moves {
      try await git(["submodule", "foreach", program, "fetch"])
      if tracksSubmodules {
        moves =
          try await submodules(at: "HEAD")
          != submodules(at: "\(remote)/master")
      } else {
        moves = try await git(["submodule", "status"]).text
          .split(separator: "\n").contains { !$0.hasPrefix(" ") }
      }
    }
    if moves {
      try await git(["submodule", "sync"])
      try await git(
        ["submodule", "update", "--init", "--recursive"]
          + (tracksSubmodules ? ["--remote"] : [])
          + (force ? ["--force"] : []))
    }
    return moves
  }

  private func submodules(at version: String) async throws -> String {
    try await git(["submodule", "foreach", program, "rev-parse", version]).text
  }
}
