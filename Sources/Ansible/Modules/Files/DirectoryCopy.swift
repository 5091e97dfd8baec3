// A directory of the project copied to a place on this machine, file by file.

import Jinja

/// By the rules of ansible-core's plugins/action/copy.py.
struct DirectoryCopy {
  var source: String
  /// Whether only what is in the directory is copied, not the directory.
  var contentsOnly: Bool
  var place: String
  var arguments: Parameters

  /// What stands below the directory, by kind, each with where it goes to.
  private struct Walk {
    var files: [(path: String, goal: String)] = []
    var directories: [String] = []
    var links: [(target: String, goal: String)] = []
  }

  /// Copies all of it.
  ///
  /// Throws ``ModuleFailure`` and what the machine throws.
  func perform(_ call: ModuleCall) async throws -> ModuleResult {
    var walk = Walk()
    let name = contentsOnly ? "" : Paths.name(of: source)
    try look(in: source, goal: name, call, &walk)
    let place = place.hasSuffix("/") ? place : place + "/"
    var last: ModuleResult?
    var isChanged = false
    func ended(_ result: ModuleResult) {
      last = result
      if result.changed ?? true { isChanged = true }
    }
    for file in walk.files {
      let copy = FileCopy(
        content: try CopyModule.bytes(file.path, arguments, call),
        source: file.path, name: file.goal,
        sourceMode: call.search.files.stamp(file.path)?.mode,
        follows: walk.directories.isEmpty
          && arguments["follow"]?.boolean ?? false,
        arguments: arguments)
      guard let result = try await copy.perform(to: place, call) else {
        continue
      }
      if result.isFailed { return result }
      ended(result)
    }
    for goal in walk.directories {
      var arguments = arguments
      arguments["mode"] = arguments["directory_mode"]
      ended(
        try FileRequest(
          path: Paths.join(place, goal), state: "directory", arguments
        ).perform(call))
    }
    for link in walk.links {
      var request = FileRequest(
        path: Paths.join(place, link.goal), state: "link", arguments)
      if arguments["mode"]?.text == "preserve" {
        request.arguments["mode"] = nil
      }
      request.source = link.target
      request.force = true
      request.follows = walk.directories.isEmpty
      ended(try request.perform(call))
    }
    // What one file became is told as if it had been copied alone.
    if var last, walk.files.count == 1 {
      if last.values["dest"] == nil {
        last.values["dest"] = last.values["path"]
      }
      return last
    }
    return ModuleResult([
      "changed": Value(isChanged), "dest": Value(place),
      "src": Value(contentsOnly ? source + "/" : source),
    ])
  }

  private func look(
    in directory: String, goal: String, _ call: ModuleCall,
    _ walk: inout Walk, within parents: Set<String> = []
  ) throws {
    let files = call.search.files
    let followsLinks = arguments["local_follow"]?.boolean ?? true
    let parents = parents.union([FileWrite.target(of: directory, call)])
    for name in try files.names(in: directory) {
      let path = Paths.join(directory, name)
      let goal = Paths.join(goal, name)
      let link = call.machine.linkTarget(path)
      let real = link == nil ? path : FileWrite.target(of: path, call)
      if let link,
        !followsLinks || !files.exists(real) || parents.contains(real)
      {
        walk.links.append((link, goal))
      } else if files.isDirectory(real) {
        walk.directories.append(goal)
        try look(in: real, goal: goal, call, &walk, within: parents)
      } else {
        walk.files.append((real, goal))
      }
    }
  }
}
