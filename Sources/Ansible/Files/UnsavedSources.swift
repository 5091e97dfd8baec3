// Files of a project as an editor has them: some are not saved yet.

/// Files over others, with the texts of some of them replaced.
public struct UnsavedSources: SourceFiles {
  private let base: any SourceFiles
  private let texts: [String: String]

  /// The files of `base` with `texts` in place of those at their paths.
  public init(over base: any SourceFiles, texts: [String: String]) {
    self.base = base
    self.texts = Dictionary(
      texts.map { (Paths.normalize($0.key), $0.value) },
      uniquingKeysWith: { $1 })
  }

  public func stamp(_ path: String) -> SourceStamp? {
    guard !texts.isEmpty, let text = texts[Paths.normalize(path)] else {
      return base.stamp(path)
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
