// Reads a project's YAML files and keeps what it made of them until the file
// changes, so that rendering a role again costs no parsing.

import Jinja
import Synchronization

/// The parsed files of one or more projects.
public final class ProjectReader: Sendable {
  public let files: any SourceFiles
  /// Opens vault texts, inline and whole files.
  public let vault: Vault
  /// Lookups that `with_…` may name.
  let lookups: Set<String>
  private let documents = Mutex<[String: Kept<Value>]>([:])
  private let lists = Mutex<[String: Kept<[Step]>]>([:])
  private let warned = Mutex<[String: [String]]>([:])

  /// Something made of a file in the state of the stamp.
  private struct Kept<Made: Sendable>: Sendable {
    var stamp: FileStamp
    var made: Made
  }

  /// A reader over some files.
  public init(
    files: any SourceFiles, vault: Vault = Vault(), lookups: Set<String> = []
  ) {
    self.files = files
    self.vault = vault
    self.lookups = lookups
  }

  /// A search without a project, for files of roles alone.
  var search: FileSearch { FileSearch(project: "", files: files) }

  func parser(_ file: String) -> TaskParser {
    TaskParser(file: file, lookups: lookups)
  }

  /// The content of a YAML or JSON file: `none` where it is empty.
  ///
  /// Throws ``AnsibleFailure``.
  public func document(_ path: String) throws -> Value {
    guard let stamp = files.stamp(path) else {
      throw AnsibleFailure(
        "Unable to retrieve file contents.", at: SourcePlace(file: path))
    }
    if let kept = documents.withLock({ $0[path] }), kept.stamp == stamp {
      return kept.made
    }
    let made = try read(path)
    documents.withLock { $0[path] = Kept(stamp: stamp, made: made) }
    return made
  }

  /// The tasks of a file.
  ///
  /// Throws ``AnsibleFailure``.
  func steps(_ path: String, asHandlers: Bool = false) throws -> [Step] {
    let key = asHandlers ? "handlers:" + path : path
    let stamp = files.stamp(path)
    if let stamp, let kept = lists.withLock({ $0[key] }), kept.stamp == stamp {
      return kept.made
    }
    var parser = parser(path)
    parser.readsHandlers = asHandlers
    let made = try parser.steps(try document(path))
    if let stamp {
      lists.withLock { $0[key] = Kept(stamp: stamp, made: made) }
    }
    return made
  }

  /// Warnings of a file that was read, such as a duplicate key.
  func warnings(of path: String) -> [String] {
    warned.withLock { $0[path] ?? [] }
  }

  /// All warnings of the files read so far, by file.
  public var allWarnings: [String] {
    warned.withLock { all in
      all.sorted { $0.key < $1.key }.flatMap(\.value)
    }
  }

  private func read(_ path: String) throws -> Value {
    do {
      let read = try AnsibleText.value(
        of: try files.read(path), file: path, vault: vault)
      warned.withLock { $0[path] = read.warnings.map(\.description) }
      return read.value
    } catch let failure as FileFailure {
      throw AnsibleFailure(
        "Unable to read the file: \(failure.reason)",
        at: SourcePlace(file: path))
    } catch let error as YAMLError {
      throw AnsibleFailure(
        "YAML parsing failed: \(error.problem)",
        at: SourcePlace(file: path, line: error.line, column: error.column))
    }
  }
}
