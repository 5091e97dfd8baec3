// Appends to a run's journal. Only the run's own process does.

import Kubernetes
import Platform

/// Writes the journal of one run.
public actor JournalWriter {
  private let files: any Files
  private let path: String
  private let time: any TimeSource
  private var next: Int

  /// A writer that goes on after the entries that are there.
  ///
  /// A last line that was torn by a crash is ended first, so that it does not
  /// swallow the next entry.
  public init(
    files: any Files, path: String, time: any TimeSource
  ) throws(FileError) {
    self.files = files
    self.path = path
    self.time = time
    guard try files.exists(path) else {
      next = 1
      return
    }
    let bytes = try files.read(path).bytes
    next = (JournalReader.entries(in: bytes).last?.sequence ?? 0) + 1
    if !bytes.isEmpty, bytes.last != UInt8(ascii: "\n") {
      try files.append(
        [UInt8(ascii: "\n")], to: path, mode: .secret, synced: false)
    }
  }

  /// Appends an entry.
  ///
  /// Entries after which something cannot be taken back wait for the disk.
  public func write(_ event: JournalEvent) throws {
    let entry = JournalEntry(
      sequence: next,
      time: Instant(microseconds: time.wallTime.microseconds), event: event)
    var line = try RunCoding.encode(entry)
    line.append(UInt8(ascii: "\n"))
    try files.append(line, to: path, mode: .secret, synced: event.isBoundary)
    next += 1
  }
}

extension JournalEvent {
  /// Whether the entry has to be on disk before the run goes on.
  var isBoundary: Bool {
    switch self {
    case .task, .waiting: false
    default: true
    }
  }
}
