// Files of a project as an editor has them: some are not saved yet.

import Synchronization

/// Files over others, with the texts of some of them replaced.
///
/// They are for one rendering: what was there when it was first asked for is
/// there to the end.
public struct UnsavedSources: SourceFiles {
  private let base: any SourceFiles
  private let texts: [String: String]
  private let stamps = Stamps()

  /// What is known of the files below.
  private final class Stamps: Sendable {
    private let known = Mutex<[String: SourceStamp?]>([:])

    func stamp(_ path: String, of base: any SourceFiles) -> SourceStamp? {
      if let known = known.withLock({ $0[path] }) { return known }
      let found = base.stamp(path)
      known.withLock { _ = $0.updateValue(found, forKey: path) }
      return found
    }
  }

  /// The files of `base` with `texts` in place of those at their paths.
  public init(over base: any SourceFiles, texts: [String: String]) {
    self.base = base
    self.texts = Dictionary(
      texts.map { (Paths.normalize($0.key), $0.value) },
      uniquingKeysWith: { $1 })
  }

  public func stamp(_ path: String) -> SourceStamp? {
    guard !texts.isEmpty, let text = texts[Paths.normalize(path)] else {
      return stamps.stamp(path, of: base)
    }
    return SourceStamp(
      isDirectory: false, size: text.utf8.count, modified: text.hashValue)
  }

  public func read(_ path: String) throws(FileFailure) -> [UInt8] {
    guard !texts.isEmpty, let text = texts[Paths.normalize(path)] else {
      return try base.read(path)
    }
    return Array(text.utf8)
  }

  public func names(in directory: String) throws(FileFailure) -> [String] {
    let here = Paths.normalize(directory)
    let mine = texts.keys.filter { Paths.directory(of: $0) == here }
      .map(Paths.name(of:))
    if mine.isEmpty { return try base.names(in: directory) }
    let saved = (try? base.names(in: directory)) ?? []
    return Set(saved + mine).sorted()
  }
}
