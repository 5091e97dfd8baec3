// `kubernetes.core.k8s_cp`: files into a pod and out of one, with the programs
// that the pod has.

import Ansible
import Jinja
import Kubernetes

struct K8sCopyModule: ClusterModule {
  let names = ["kubernetes.core.k8s_cp", "k8s_cp"]
  let port: ClusterPort

  private static let options = ModuleArguments.joined(
    ModuleArguments.connection,
    [
      "namespace": .init("str", required: true),
      "pod": .init("str", required: true), "container": .init(),
      "remote_path": .init("path", required: true),
      "local_path": .init("path"), "content": .init("str"),
      "state": .init(
        "str", default: "to_pod", choices: ["to_pod", "from_pod"]),
      "no_preserve": .init("bool", default: false),
    ])

  /// A pod's container, and how commands in it end.
  private struct Container {
    let pods: any PodAccess
    let namespace: String
    let pod: String
    let container: String?

    func run(_ words: [String], input: [UInt8] = []) async throws
      -> PodCommandResult
    {
      try await pods.exec(
        PodCommand(
          namespace: namespace, pod: pod, container: container,
          arguments: words, input: input))
    }

    func holds(_ words: String...) async throws -> Bool {
      try await run(words).exitCode == 0
    }
  }

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.checked(
      Self.options, mutuallyExclusive: [["local_path", "content"]])
    let isInward = arguments.text("state") != "from_pod"
    let local = arguments.text("local_path")
    if !isInward, local == nil {
      return .failure(
        "state is from_pod but all of the following are missing: local_path")
    }
    if local == nil, arguments["content"] == nil {
      return .failure(
        "one of the following is required: local_path, content")
    }
    let remote = arguments.text("remote_path") ?? ""
    guard let pods = port.pods, !call.isPreview else {
      if let local, !isInward {
        call.reportLocal(
          .file(path: call.onThisMachine(local), state: "copied from a pod"))
      }
      call.reportDecidedDuringRun("it copies files of a pod")
      return .undecided
    }
    let container = Container(
      pods: pods, namespace: arguments.text("namespace") ?? "",
      pod: arguments.text("pod") ?? "", container: arguments.text("container"))
    do {
      if let problem = try await check(container) { return .failure(problem) }
      return isInward
        ? try await put(remote, arguments, call, container)
        : try await take(
          remote, to: call.onThisMachine(local ?? ""), as: local ?? "", call,
          container)
    } catch let error as ClusterError {
      return .failure(
        "Failed to copy object due to: \(error.message.printable)")
    }
  }

  /// What is wrong with the pod or its containers; nil where nothing is.
  private func check(_ wanted: Container) async throws -> String? {
    guard
      let pod = try await port.reader.find(
        ObjectReference(
          .pod, namespace: wanted.namespace, name: wanted.pod))
    else {
      return "Namespace=\(wanted.namespace) Kind=Pod Name=\(wanted.pod): "
        + "Failed requested object: not found"
    }
    let states = ["initContainerStatuses", "containerStatuses"].flatMap {
      pod.json["status"]?[$0]?.array ?? []
    }
    guard let name = wanted.container else {
      return states.count > 1
        ? "Pod contains more than 1 container, option 'container' should be "
          + "set" : nil
    }
    guard let state = states.first(where: { $0["name"]?.string == name })
    else { return "Pod has no container \(name)" }
    return state["started"]?.bool == true
      ? nil : "Pod container \(name) is not started"
  }

  // MARK: - Into the pod

  private func put(
    _ remote: String, _ arguments: CheckedArguments, _ call: ModuleCall,
    _ container: Container
  ) async throws -> ModuleResult {
    var goal = remote
    while goal.hasSuffix("/") { goal.removeLast() }
    let isFolder = try await container.holds("test", "-d", remote)
    var archive = TarArchive()
    let told: String
    if let content = arguments.text("content"), !content.isEmpty {
      guard !isFolder else {
        return .failure(
          "When content is specified, remote path should not be an existing "
            + "directory")
      }
      archive.add(
        Self.relative(goal), .file, Array(content.utf8), mode: 0o600)
      told = "Content successfully copied into \(remote) on remote Pod"
    } else {
      let local = arguments.text("local_path") ?? ""
      let source = call.onThisMachine(local)
      guard call.search.files.exists(source) else {
        return .failure("\(local) does not exist in local filesystem")
      }
      if isFolder { goal = Paths.join(goal, Paths.name(of: source)) }
      try Self.add(source, as: Self.relative(goal), to: &archive, call)
      told = "\(local) successfully copied into remote Pod into \(remote)"
    }
    if !call.isCheckMode {
      var words = ["tar"]
      if arguments.flag("no_preserve") {
        words += ["--no-same-permissions", "--no-same-owner"]
      }
      words += ["-xmf", "-"]
      if goal.hasPrefix("/") { words += ["-C", "/"] }
      let ended = try await container.run(words, input: archive.closed)
      guard ended.exitCode == 0, ended.errorOutput.isEmpty else {
        return .failure(
          "Failed to copy local file/directory into Pod due to: "
            + String(decoding: ended.errorOutput, as: UTF8.self).printable)
      }
    }
    return ModuleResult(["changed": true, "result": Value(told)])
  }

  private static func relative(_ path: String) -> String {
    String(path.drop { $0 == "/" })
  }

  private static func add(
    _ path: String, as name: String, to archive: inout TarArchive,
    _ call: ModuleCall
  ) throws {
    let files = call.search.files
    if let target = call.machine.linkTarget(path) {
      archive.add(name, .link, mode: 0o777, target: target)
      return
    }
    guard let stamp = files.stamp(path) else { return }
    let time = stamp.modified / 1_000_000_000
    guard stamp.isDirectory else {
      archive.add(
        name, .file, try files.read(path), mode: stamp.mode, modified: time)
      return
    }
    archive.add(name, .folder, mode: stamp.mode, modified: time)
    for below in try files.names(in: path) {
      try add(
        Paths.join(path, below), as: Paths.join(name, below), to: &archive,
        call)
    }
  }

  // MARK: - Out of the pod

  private func take(
    _ remote: String, to place: String, as local: String, _ call: ModuleCall,
    _ container: Container
  ) async throws -> ModuleResult {
    guard try await container.holds("test", "-e", remote) else {
      return .failure("\(remote) does not exist in remote pod filesystem")
    }
    var paths = [remote]
    if try await container.holds("test", "-d", remote) {
      let found = try await container.run(["find", remote, "-type", "f"])
      guard found.exitCode == 0 else {
        return .failure(
          String(decoding: found.errorOutput, as: UTF8.self).printable)
      }
      paths = String(decoding: found.output, as: UTF8.self)
        .split(separator: "\n").map(String.init)
      guard !paths.isEmpty else {
        return ModuleResult([
          "changed": false,
          "warning": Value(
            "No file found from directory '\(remote)' into remote Pod."),
        ])
      }
    }
    let isFolder = paths.count > 1 || paths[0] != remote
    let files = call.search.files
    let start =
      isFolder && files.isDirectory(place)
      ? Paths.directory(of: remote) : remote
    if !call.isCheckMode {
      for path in paths {
        var goal = place
        if isFolder {
          let below = String(path.dropFirst(start.count).drop { $0 == "/" })
          goal = Paths.normalize(Paths.join(place, below))
          // A pod's own names lead nowhere else.
          guard Paths.contains(Paths.normalize(place), goal) else {
            return .failure("\(path) would be written outside \(local)")
          }
          let parent = Paths.directory(of: goal)
          if !files.isDirectory(parent) {
            try call.machine.makeDirectory(parent, mode: nil)
          }
        }
        let read = try await container.run(["cat", path])
        guard read.exitCode == 0, read.errorOutput.isEmpty else {
          return .failure(
            "Failed to copy file from Pod: "
              + String(decoding: read.errorOutput, as: UTF8.self).printable)
        }
        try call.machine.write(goal, read.output, mode: nil)
      }
    }
    return ModuleResult([
      "changed": true,
      "result": Value("\(remote) successfully copied locally into \(local)"),
    ])
  }
}
