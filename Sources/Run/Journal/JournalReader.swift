// Reads a journal while it grows.

import Platform

/// Reads the entries of a journal, those that came since the last time.
public struct JournalReader: Sendable {
  private let files: any Files
  private let path: String
  private var offset = 0
  /// The start of a line whose end has not been written yet.
  private var rest: [UInt8] = []

  public init(files: any Files, path: String) {
    self.files = files
    self.path = path
  }

  /// The entries that are new; none while there is no journal.
  ///
  /// A torn line is left until its end comes; a line that is no entry is
  /// passed over, since a crash may leave one.
  public mutating func read() throws(FileError) -> [JournalEntry] {
    var entries: [JournalEntry] = []
    while true {
      let chunk: [UInt8]
      do {
        chunk = try files.read(path, from: offset, count: 1 << 16)
      } catch {
        if error.isNotFound { return entries }
        throw error
      }
      guard !chunk.isEmpty else { return entries }
      offset += chunk.count
      rest += chunk
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      entries += Self.entries(in: rest[...end])
      rest.removeSubrange(...end)
    }
  }

  /// The entries in the lines of some bytes.
  static func entries(in bytes: some Collection<UInt8>) -> [JournalEntry] {
    bytes.split(separator: UInt8(ascii: "\n")).compactMap {
      try? RunCoding.decode(JournalEntry.self, from: $0)
    }
  }
}
