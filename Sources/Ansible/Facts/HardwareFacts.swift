// Facts of the hardware: processors, memory, firmware, uptime and mounts.

import Jinja
import Platform

extension FactReader {
  func hardware(architecture: String) -> Parameters {
    var facts = processors(architecture: architecture)
    facts.merge(memory()) { $1 }
    facts.merge(firmware()) { $1 }
    facts.merge(devices()) { $1 }
    if let uptime = source.text("/proc/uptime")?.split(separator: " ").first,
      let seconds = Double(uptime)
    {
      facts["uptime_seconds"] = Value(Int(seconds))
    }
    // Only LVM's programs know volumes, and only root may ask them.
    if source.program("vgs") == nil
      || source.user(preferring: nil).realUser != 0
    {
      facts["lvm"] = "N/A"
    }
    facts["mounts"] = .list(mounts().map(mountFacts))
    return facts
  }

  // MARK: - Processors

  private func processors(architecture: String) -> Parameters {
    var names: [Value] = []
    var facts: Parameters = [:]
    var count = 0
    var vendors = 0
    var models = 0
    var numbered = 0
    var socket = ""
    var core = ""
    // Cores by socket, and threads by core.
    var sockets: [(key: String, count: Int)] = []
    var cores: [(key: String, count: Int)] = []
    var isParavirtual = false
    let isXen =
      source.exists("/proc/xen") || source.text("/sys/hypervisor/type") == "xen"
    func set(
      _ list: inout [(key: String, count: Int)], _ key: String, _ value: Int
    ) {
      if let at = list.firstIndex(where: { $0.key == key }) {
        list[at].count = value
      } else {
        list.append((key, value))
      }
    }
    for line in source.lines("/proc/cpuinfo") {
      let parts = line.split(
        separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count == 2 ? String(parts[1].stripped) : ""
      switch parts[0].stripped {
      case "flags":
        if isXen, !value.contains("vme") { isParavirtual = true }
        facts["flags"] = .list(
          value.split { $0.isWhitespace }.map { Value(String($0)) })
      case let key
      where [
        "model name", "Processor", "vendor_id", "cpu", "Vendor", "processor",
      ].contains(key):
        names.append(Value(value))
        if key == "vendor_id" { vendors += 1 }
        if key == "model name" { models += 1 }
        if key == "processor" { numbered += 1 }
        count += 1
      case "physical id":
        socket = value
        if !sockets.contains(where: { $0.key == value }) {
          sockets.append((value, 1))
        }
      case "core id":
        core = value
        // ansible-core looks among the sockets here.
        if !sockets.contains(where: { $0.key == value }) {
          set(&cores, value, 1)
        }
      case "cpu cores": set(&sockets, socket, Int(value) ?? 1)
      case "siblings": set(&cores, core, Int(value) ?? 1)
      default: break
      }
    }
    facts["processor"] = .list(names)
    if vendors > 0, vendors == models { count = vendors }
    if ["armv", "aarch", "ppc"].contains(where: architecture.hasPrefix) {
      count = numbered
    }
    let chips = isParavirtual || sockets.isEmpty ? count : sockets.count
    let each =
      isParavirtual ? count : sockets.first.map { max($0.count, 1) } ?? 1
    // Python rounds halves to even numbers.
    let threads =
      isParavirtual
      ? 1
      : Int(
        (Double(cores.first?.count ?? 1) / Double(each))
          .rounded(.toNearestOrEven))
    facts["processor_count"] = Value(chips)
    facts["processor_cores"] = Value(each)
    facts["processor_threads_per_core"] = Value(threads)
    facts["processor_vcpus"] = Value(
      isParavirtual ? count : threads * chips * each)
    facts["processor_nproc"] = Value(source.usableProcessors() ?? numbered)
    return facts
  }

  // MARK: - Memory

  private func memory() -> Parameters {
    var sizes: [Substring: Int] = [:]
    for line in source.lines("/proc/meminfo") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2,
        let number = parts[1].split(separator: " ").first.flatMap({ Int($0) })
      else { continue }
      sizes[parts[0]] = number / 1024
    }
    guard !sizes.isEmpty else { return [:] }
    var facts: Parameters = [:]
    for name in ["MemTotal", "SwapTotal", "MemFree", "SwapFree"] {
      if let size = sizes[name[...]] {
        facts["\(name.lowercased())_mb"] = Value(size)
      }
    }
    func sum(_ terms: (String, Int)...) -> Int? {
      var total = 0
      for (name, sign) in terms {
        guard let size = sizes[name[...]] else { return nil }
        total += sign * size
      }
      return total
    }
    func group(_ pairs: (String, Int?)...) -> Value {
      .dictionary(pairs.map { ($0.0, $0.1.map { Value($0) } ?? .none) })
    }
    facts["memory_mb"] = .dictionary([
      (
        "real",
        group(
          ("total", sum(("MemTotal", 1))),
          ("used", sum(("MemTotal", 1), ("MemFree", -1))),
          ("free", sum(("MemFree", 1))))
      ),
      (
        "nocache",
        group(
          (
            "free", sum(("Cached", 1), ("MemFree", 1), ("Buffers", 1))
          ),
          (
            "used",
            sum(
              ("MemTotal", 1), ("Cached", -1), ("MemFree", -1), ("Buffers", -1))
          ))
      ),
      (
        "swap",
        group(
          ("total", sum(("SwapTotal", 1))), ("free", sum(("SwapFree", 1))),
          ("used", sum(("SwapTotal", 1), ("SwapFree", -1))),
          ("cached", sum(("SwapCached", 1))))
      ),
    ])
    return facts
  }

  // MARK: - Firmware

  /// What the machine's maker says of it; `NA` where the kernel does not know
  /// (Ansible then asks `dmidecode` where that is installed).
  private func firmware() -> Parameters {
    let root = "/sys/devices/virtual/dmi/id"
    var facts: Parameters = [:]
    let isKnown = source.exists("\(root)/product_name")
    for (name, file) in Self.firmwareFiles {
      guard isKnown else {
        facts[name] = "NA"
        continue
      }
      guard let text = source.text("\(root)/\(file)") else {
        facts[name] = "NA"
        continue
      }
      if name == "form_factor", let number = Int(text) {
        facts[name] = Value(
          Self.formFactors.indices.contains(number)
            ? Self.formFactors[number] : "unknown (\(text))")
      } else {
        facts[name] = Value(text)
      }
    }
    return facts
  }

  private static let firmwareFiles = [
    ("bios_date", "bios_date"), ("bios_vendor", "bios_vendor"),
    ("bios_version", "bios_version"), ("board_asset_tag", "board_asset_tag"),
    ("board_name", "board_name"), ("board_serial", "board_serial"),
    ("board_vendor", "board_vendor"), ("board_version", "board_version"),
    ("chassis_asset_tag", "chassis_asset_tag"),
    ("chassis_serial", "chassis_serial"), ("chassis_vendor", "chassis_vendor"),
    ("chassis_version", "chassis_version"), ("form_factor", "chassis_type"),
    ("product_name", "product_name"), ("product_serial", "product_serial"),
    ("product_uuid", "product_uuid"), ("product_version", "product_version"),
    ("system_vendor", "sys_vendor"),
  ]

  /// The types of chassis of the SMBIOS specification, as Ansible spells them.
  private static let formFactors = [
    "Unknown", "Other", "Unknown", "Desktop", "Low Profile Desktop",
    "Pizza Box", "Mini Tower", "Tower", "Portable", "Laptop", "Notebook",
    "Hand Held", "Docking Station", "All In One", "Sub Notebook",
    "Space-saving", "Lunch Box", "Main Server Chassis", "Expansion Chassis",
    "Sub Chassis", "Bus Expansion Chassis", "Peripheral Chassis",
    "RAID Chassis", "Rack Mount Chassis", "Sealed-case PC", "Multi-system",
    "CompactPCI", "AdvancedTCA", "Blade", "Blade Enclosure", "Tablet",
    "Convertible", "Detachable", "IoT Gateway", "Embedded PC", "Mini PC",
    "Stick PC",
  ]

  // MARK: - Mounts

  /// One line of the table of mounts.
  struct Mount {
    var device: String
    var mount: String
    var kind: String
    var options: String
    var dump: Int
    var pass: Int
  }

  func mounts() -> [Mount] {
    let path = source.exists("/etc/mtab") ? "/etc/mtab" : "/proc/mounts"
    let all = source.lines(path).compactMap { line -> Mount? in
      let fields = line.split { $0.isWhitespace }.map(Self.unescaped)
      guard fields.count >= 6, fields[2] != "none",
        fields[0].hasPrefix("/") || fields[0].hasPrefix("\\")
          || fields[0].contains(":/")
      else { return nil }
      return Mount(
        device: fields[0], mount: fields[1], kind: fields[2],
        options: fields[3], dump: Int(fields[4]) ?? 0,
        pass: Int(fields[5]) ?? 0)
    }
    var mounts: [Mount] = []
    for mount in all {
      // A later mount hides an earlier one in the same place.
      if let at = mounts.firstIndex(where: { $0.mount == mount.mount }) {
        mounts[at] = mount
      } else {
        mounts.append(mount)
      }
    }
    return mounts
  }

  /// `\040` as the kernel writes a space.
  private static func unescaped(_ field: Substring) -> String {
    guard field.contains("\\") else { return String(field) }
    var result = ""
    var rest = field
    while let character = rest.popFirst() {
      let digits = rest.prefix(3)
      if character == "\\", digits.count == 3,
        let code = UInt32(digits, radix: 8), let scalar = Unicode.Scalar(code)
      {
        result.unicodeScalars.append(scalar)
        rest = rest.dropFirst(3)
      } else {
        result.append(character)
      }
    }
    return result
  }

  private func mountFacts(_ mount: Mount) -> Value {
    var options = mount.options
    if boundMounts.contains(mount.mount), !options.contains("bind") {
      options += ",bind"
    }
    var facts: [(String, Value)] = [
      ("mount", Value(mount.mount)), ("device", Value(mount.device)),
      ("fstype", Value(mount.kind)), ("options", Value(options)),
      ("dump", Value(mount.dump)), ("passno", Value(mount.pass)),
    ]
    // The server of a network file system may be gone, and asking never ends.
    let answer: FileSystemSpace??
    if mount.device.contains(":/") {
      answer = withTimeLimit(seconds: timeout) { [source] in
        source.space(at: mount.mount)
      }
    } else {
      answer = .some(source.space(at: mount.mount))
    }
    if let answer {
      if let space = answer {
        facts += [
          ("size_total", Value(space.fragmentSize * space.blocks)),
          (
            "size_available", Value(space.fragmentSize * space.availableBlocks)
          ), ("block_size", Value(space.blockSize)),
          ("block_total", Value(space.blocks)),
          ("block_available", Value(space.availableBlocks)),
          ("block_used", Value(space.blocks - space.availableBlocks)),
          ("inode_total", Value(space.inodes)),
          ("inode_available", Value(space.availableInodes)),
          ("inode_used", Value(space.inodes - space.availableInodes)),
        ]
      }
      facts.append(("uuid", Value(identifier(ofDevice: mount.device))))
    } else {
      facts.append(
        ("note", "Could not get extra information due to timeout"))
    }
    return .dictionary(facts)
  }

  /// The mounts that show a part of a file system.
  private var boundMounts: Set<String> {
    var found: Set<String> = []
    for line in source.lines("/proc/self/mountinfo") {
      let fields = line.split(separator: " ")
      if fields.count > 4, fields[3] != "/" {
        found.insert(Self.unescaped(fields[4]))
      }
    }
    return found
  }

  private func identifier(ofDevice device: String) -> String {
    let folder = "/dev/disk/by-uuid"
    let target = source.resolved(device)
    return source.names(in: folder).first {
      source.resolved("\(folder)/\($0)") == target
    } ?? "N/A"
  }
}
