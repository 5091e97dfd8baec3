// Gathers the facts of a machine, group by group, from its source of facts.
// Nothing is started but what only a program can tell: the facts of Python, and
// programs that the machine's owner put among its local facts.

import Jinja

/// Reads the facts of one machine.
struct FactReader {
  let source: any FactSource
  /// The environment variables that a task has.
  let environment: [String: String]
  /// Seconds that a mount may take to tell its size.
  let timeout: Int
}

/// What `setup` does once its arguments are known.
struct FactGathering {
  let reader: FactReader
  let call: ModuleCall
  let subsets: Set<FactSubset>
  let localFolder: String?

  /// All facts that were asked for, without the prefix `ansible_`.
  func facts() async throws -> Parameters {
    var facts: Parameters = [:]
    func add(_ subset: FactSubset, _ read: () -> Parameters) {
      if subsets.contains(subset) { facts.merge(read()) { $1 } }
    }
    add(.platform, reader.platform)
    add(.distribution, reader.distribution)
    add(.lsb, reader.standardBase)
    add(.selinux, reader.selinux)
    add(.apparmor, reader.apparmor)
    add(.chroot, reader.chroot)
    add(.fips, reader.fips)
    if subsets.contains(.python) || subsets.contains(.platform) {
      let python = try await PythonFacts(call: call, source: reader.source)
        .facts()
      for (name, value) in python
      where subsets.contains(name == "python" ? .python : .platform) {
        facts[name] = value
      }
    }
    let family = facts["os_family"]?.text ?? ""
    let distribution = facts["distribution"]?.text ?? ""
    add(.packageManager) { reader.packageManager(family: family) }
    add(.serviceManager) { reader.serviceManager(distribution: distribution) }
    add(.commandLine, reader.commandLine)
    add(.dateTime, reader.dateTime)
    add(.environment, reader.processEnvironment)
    add(.load, reader.load)
    add(.hostKeys, reader.hostKeys)
    add(.user, reader.user)
    add(.virtual, reader.virtualization)
    let architecture = facts["architecture"]?.text ?? ""
    add(.hardware) { reader.hardware(architecture: architecture) }
    add(.dns, reader.nameServers)
    let storage = reader.storageNames()
    add(.fibreChannel) { storage.filter { $0.key == "fibre_channel_wwn" } }
    add(.iscsi) { storage.filter { $0.key == "iscsi_iqn" } }
    add(.nvme) { storage.filter { $0.key == "hostnqn" } }
    add(.network, reader.network)
    if subsets.contains(.local) {
      facts["local"] = try await LocalFacts(call: call, source: reader.source)
        .facts(in: localFolder)
    }
    return call.isPreview ? Self.withoutMoving(facts) : facts
  }

  /// What will be another when the run comes is not known before it.
  private static func withoutMoving(_ facts: Parameters) -> Parameters {
    var facts = facts
    for name in moving where facts[name] != nil { facts[name] = .unknown }
    if let time = facts["date_time"]?.dictionary {
      facts["date_time"] = .dictionary(
        time.rawPairs().map { ($0.key, .unknown) })
    }
    return facts
  }

  private static let moving = [
    "loadavg", "uptime_seconds", "memfree_mb", "swapfree_mb", "memory_mb",
  ]
}
