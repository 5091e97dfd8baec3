// Facts of block devices, as /sys/block has them.

import Jinja

extension FactReader {
  func devices() -> Parameters {
    let names = source.names(in: "/sys/block")
    guard source.exists("/sys/block") else {
      return ["devices": .dictionary([])]
    }
    let links: [(String, [String: [String]])] = [
      ("ids", targets(of: "/dev/disk/by-id")),
      ("uuids", targets(of: "/dev/disk/by-uuid")),
      ("labels", targets(of: "/dev/disk/by-label")),
      ("masters", masters(names)),
    ]
    let worldWide = targets(of: "/dev/disk/by-id").mapValues {
      $0.last { $0.hasPrefix("wwn-") }
    }
    var devices: [(String, Value)] = []
    for name in names {
      guard let target = source.linkTarget("/sys/block/\(name)") else {
        continue
      }
      let folder = Paths.normalize(Paths.join("/sys/block", target))
      let disk = Paths.name(of: folder)
      var facts: [(String, Value)] = [
        ("virtual", 1), ("links", own(links, of: name)),
      ]
      for key in ["vendor", "model", "sas_address", "sas_device_handle"] {
        facts.append((key, content("\(folder)/device/\(key)")))
      }
      if let serial = source.text("/sys/block/\(name)/device/serial") {
        facts.append(("serial", Value(serial)))
      }
      facts.append(("removable", content("\(folder)/removable")))
      facts.append(
        (
          "support_discard",
          source.text("\(folder)/queue/discard_max_hw_bytes") == "0"
            ? "0" : content("\(folder)/queue/discard_granularity")
        ))
      if let wide = worldWide[disk] ?? nil {
        facts.append(("wwn", Value(String(wide.dropFirst(4)))))
      }
      facts.append(("partitions", partitions(of: disk, in: folder, links)))
      facts.append(("rotational", content("\(folder)/queue/rotational")))
      facts.append(("scheduler_mode", scheduler(folder)))
      facts += size(of: folder, sectorFallback: nil)
      // What lspci calls the controller.
      facts.append(("host", ""))
      facts.append(("holders", holders(folder)))
      devices.append((disk, .dictionary(facts)))
    }
    return [
      "devices": .dictionary(devices),
      "device_links": .dictionary(
        links.map { name, targets in
          (
            name,
            .dictionary(
              targets.sorted { $0.key < $1.key }.map {
                ($0.key, .list($0.value.map { Value($0) }))
              })
          )
        }),
    ]
  }

  private func content(_ path: String) -> Value {
    source.text(path).map { Value($0) } ?? .none
  }

  /// The links of a folder by what they lead to.
  private func targets(of folder: String) -> [String: [String]] {
    var found: [String: [String]] = [:]
    for name in source.names(in: folder) {
      guard let target = source.linkTarget("\(folder)/\(name)") else {
        continue
      }
      found[Paths.name(of: target), default: []].append(name)
    }
    return found
  }

  /// The devices that others are made of.
  private func masters(_ names: [String]) -> [String: [String]] {
    var found: [String: [String]] = [:]
    for name in names {
      for below in source.names(in: "/sys/block/\(name)/slaves") {
        found[below, default: []].append(name)
      }
    }
    return found
  }

  private func own(
    _ links: [(String, [String: [String]])], of device: String
  ) -> Value {
    .dictionary(
      links.map { name, targets in
        (name, .list((targets[device] ?? []).map { Value($0) }))
      })
  }

  private func partitions(
    of disk: String, in folder: String, _ links: [(String, [String: [String]])]
  ) -> Value {
    var found: [(String, Value)] = []
    for name in source.names(in: folder) {
      var number = name.dropFirst(disk.count)
      if number.first == "p" { number = number.dropFirst() }
      guard name.hasPrefix(disk), !number.isEmpty,
        number.allSatisfy(\.isNumber)
      else { continue }
      let below = "\(folder)/\(name)"
      var facts: [(String, Value)] = [
        ("links", own(links, of: name)),
        ("start", source.text("\(below)/start").map { Value($0) } ?? 0),
      ]
      facts += size(of: below, sectorFallback: 512)
      let identifier = source.names(in: "/dev/disk/by-uuid").first {
        source.resolved("/dev/disk/by-uuid/\($0)") == "/dev/\(name)"
      }
      facts.append(("uuid", identifier.map { Value($0) } ?? .none))
      facts.append(("holders", holders(below)))
      found.append((name, .dictionary(facts)))
    }
    return .dictionary(found)
  }

  private func scheduler(_ folder: String) -> Value {
    let text = source.text("\(folder)/queue/scheduler") ?? ""
    guard let from = text.firstIndex(of: "["), let to = text.lastIndex(of: "]"),
      from < to
    else { return "" }
    return Value(String(text[text.index(after: from)..<to]))
  }

  /// The size of a device: sysfs counts sectors of 512 bytes, whatever the
  /// device's own are.
  private func size(
    of folder: String, sectorFallback: Int?
  ) -> [(String, Value)] {
    let written =
      source.text("\(folder)/queue/logical_block_size")
      ?? source.text("\(folder)/queue/hw_sector_size")
    let sector = written.flatMap { Int($0) } ?? 512
    let raw = source.text("\(folder)/size").flatMap { Int($0) } ?? 0
    let sectors = raw * 512 / max(sector, 1)
    return [
      ("sectorsize", written.map { Value($0) } ?? Value(sectorFallback ?? 512)),
      ("sectors", Value(sectors)),
      ("size", Value(ByteSize.text(Double(sectors) * Double(sector)))),
    ]
  }

  private func holders(_ folder: String) -> Value {
    .list(
      source.names(in: "\(folder)/holders").filter { $0.hasPrefix("dm-") }
        .map { Value(source.text("\(folder)/holders/\($0)/dm/name") ?? $0) })
  }
}
