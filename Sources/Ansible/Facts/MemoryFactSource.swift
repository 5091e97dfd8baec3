// A machine in memory as the source of facts: for tests, and for whoever
// describes another machine than this one.

import Platform

/// Facts of a machine that is described in full.
public struct MemoryFactSource: FactSource {
  /// The files by path; directories follow from them.
  public var files: any SourceFiles
  public var environment: [String: String] = [:]
  public var kernelName = KernelName(
    node: "memory", release: "6.1.0", version: "#1", machine: "x86_64")
  public var name = "memory.example.org"
  public var account = MachineUser(
    name: "root", user: 0, group: 0, home: "/root", shell: "/bin/sh")
  public var time = MachineClock(microseconds: 0)
  public var networkState = NetworkState()
  public var spaces: [String: FileSystemSpace] = [:]
  /// Targets of symbolic links by path.
  public var links: [String: String] = [:]
  public var identities: [String: FileIdentity] = [:]
  /// The files that can be executed.
  public var programs: Set<String> = []
  public var processors: Int? = 1
  public var load: [Double] = [0, 0, 0]

  /// A machine with these files.
  public init(files: [String: String] = [:]) {
    self.files = MemorySources(files)
  }

  public func kernel() -> KernelName { kernelName }
  public func fullName() -> String { name }
  public func user(preferring name: String?) -> MachineUser { account }
  public func clock() -> MachineClock { time }
  public func network() -> NetworkState { networkState }
  public func space(at mount: String) -> FileSystemSpace? { spaces[mount] }
  public func linkTarget(_ path: String) -> String? { links[path] }
  public func identity(of path: String) -> FileIdentity? { identities[path] }
  public func access(to path: String) -> (reads: Bool, executes: Bool) {
    (files.exists(path), programs.contains(path))
  }
  public func usableProcessors() -> Int? { processors }
  public func loads() -> [Double] { load }
}
