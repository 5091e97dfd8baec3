// A rehearsed cluster on disk: a snapshot and the log of what was done since,
// under a lock, so that every process that opens the folder sees the same.
//
// The folder holds `lock`, `snapshot.json` and `log-N.jsonl`, where the
// snapshot says which N is its own. Secrets are among the objects, so the
// folder is its owner's alone.

import Kubernetes
import Platform

/// A rehearsal's folder cannot be used.
public struct RehearsalError: Error, Hashable, Sendable,
  CustomStringConvertible
{
  public var description: String

  init(_ description: String) { self.description = description.printable }
}

struct RehearsalStore: Sendable {
  /// What this program writes; a newer one is refused.
  static let format = 1
  /// Bytes of log after which a new snapshot is made; whoever opens the folder
  /// has to play them.
  static let logLimit = 512 << 10

  let folder: String
  let files: any Files
  /// The snapshot that the world in memory came from.
  private var stamp: FileStamp?
  private var number = 0
  /// How much of the log the world in memory has.
  private var offset = 0
  private var hasBrokenTail = false

  private var snapshotPath: String { folder + "/snapshot.json" }
  private var logPath: String { "\(folder)/log-\(number).jsonl" }

  /// Opens or makes a folder.
  init(folder: String, files: any Files) throws {
    self.folder = folder
    self.files = files
    try files.makePrivateFolder(folder)
  }

  /// Brings a world up to the end of the log; nil asks for one from the disk.
  ///
  /// A folder without a snapshot gets the beginning of a new cluster.
  mutating func catchUp(
    _ world: World?, new: () -> World
  ) throws -> World {
    let present = try files.status(snapshotPath)
    guard let present else {
      let fresh = new()
      try compact(fresh)
      return fresh
    }
    var world = world
    if present.stamp != stamp { world = nil }
    if let known = world, let next = try play(known) { return next }
    let loaded = try load()
    guard let next = try play(loaded) else {
      throw broken("its log goes back in time")
    }
    return next
  }

  private func broken(_ what: String) -> RehearsalError {
    RehearsalError(
      "the rehearsal in \(folder) cannot be read: \(what); remove the folder "
        + "to begin a new one")
  }

  private mutating func load() throws -> World {
    let content = try files.read(snapshotPath)
    let json: JSON
    do {
      json = try JSON(parsing: content.bytes)
    } catch {
      throw broken("snapshot.json: \(error)")
    }
    let format = json["format"]?.integer ?? 0
    guard format <= Self.format else {
      throw RehearsalError(
        "the rehearsal in \(folder) was written by a newer Quarterdeck "
          + "(format \(format), this one reads \(Self.format)); use that one, "
          + "or remove the folder to begin a new rehearsal")
    }
    guard format > 0, let number = json["log"]?.integer,
      let world = json["world"].flatMap({
        World($0, RehearsalConfiguration(json["configuration"] ?? [:]))
      })
    else { throw broken("snapshot.json is not what was written") }
    stamp = content.stamp
    self.number = number
    offset = 0
    return world
  }

  /// Plays what the log has beyond the offset.
  /// - Returns: nil when the world is ahead of it and must be loaded anew.
  private mutating func play(_ world: World) throws -> World? {
    guard let status = try files.status(logPath), status.stamp.size > offset
    else { return world }
    var world = world
    let bytes = try files.read(
      logPath, from: offset, count: status.stamp.size - offset)
    guard let end = bytes.lastIndex(of: 0x0A) else {
      hasBrokenTail = true
      return world
    }
    for line in bytes[...end].split(separator: 0x0A) {
      let entry: Entry?
      do {
        entry = Entry(try JSON(parsing: line))
      } catch {
        throw broken("\(logPath): \(error)")
      }
      guard let entry else { throw broken("\(logPath) has an unknown line") }
      if entry.time < world.now { return nil }
      world.advance(to: entry.time)
      let made = try? world.perform(entry.deed)
      if entry.uid != made?.uid
        || entry.resourceVersion != made?.resourceVersion
      {
        throw broken("another version of Quarterdeck wrote its log")
      }
    }
    offset += end + 1
    hasBrokenTail = end + 1 < bytes.count
    return world
  }

  /// Writes down a deed that the world has already seen.
  mutating func append(_ entry: Entry, _ world: World) throws {
    if hasBrokenTail || offset > Self.logLimit {
      try compact(world)
      return
    }
    let line = entry.json.bytes() + [0x0A]
    try files.append(line, to: logPath, mode: .secret, synced: false)
    offset += line.count
  }

  /// Writes a snapshot and begins a new log.
  private mutating func compact(_ world: World) throws {
    let old = logPath
    let json: JSON = [
      "format": .integer(Self.format), "log": .integer(number + 1),
      "configuration": world.configuration.json, "world": world.json,
    ]
    try files.remove("\(folder)/log-\(number + 1).jsonl")
    stamp = try files.write(json.bytes(), to: snapshotPath, mode: .secret)
    number += 1
    offset = 0
    hasBrokenTail = false
    try files.remove(old)
  }
}
