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
  private let kept: Kept

  /// What was made of files, shared by readers of the same project.
  private final class Kept: Sendable {
    let documents = Mutex<[String: Made<Value>]>([:])
    let lists = Mutex<[String: Made<[Step]>]>([:])
    let specs = Mutex<[String: Made<[ArgumentSpec]>]>([:])
    let warnings = Mutex<[String: [String]]>([:])
  }

  /// Something made of a file in the state of the stamp.
  private struct Made<Content: Sendable>: Sendable {
    var stamp: SourceStamp
    var content: Content
  }

  /// A reader over some files.
  public init(
    files: any SourceFiles, vault: Vault = Vault(), lookups: Set<String> = []
  ) {
    self.files = files
    self.vault = vault
    self.lookups = lookups
    kept = Kept()
  }

  /// The same project read through other files, such as unsaved ones; what is
  /// parsed is kept together.
  public func over(_ files: any SourceFiles) -> ProjectReader {
    ProjectReader(files, like: self)
  }

  private init(_ files: any SourceFiles, like other: ProjectReader) {
    self.files = files
    vault = other.vault
    lookups = other.lookups
    kept = other.kept
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
    if let known = kept.documents.withLock({ $0[path] }), known.stamp == stamp {
      return known.content
    }
    let content = try read(path)
    kept.documents.withLock {
      $0[path] = Made(stamp: stamp, content: content)
    }
    return content
  }

  /// The tasks of a file.
  ///
  /// Throws ``AnsibleFailure``.
  func steps(_ path: String, asHandlers: Bool = false) throws -> [Step] {
    let key = asHandlers ? "handlers:" + path : path
    let stamp = files.stamp(path)
    if let stamp, let known = kept.lists.withLock({ $0[key] }),
      known.stamp == stamp
    {
      return known.content
    }
    var parser = parser(path)
    parser.readsHandlers = asHandlers
    let made = try parser.steps(try document(path))
    if let stamp {
      kept.lists.withLock { $0[key] = Made(stamp: stamp, content: made) }
    }
    return made
  }

  /// The argument specs of a file.
  ///
  /// Throws ``AnsibleFailure``.
  func specs(_ path: String) throws -> [ArgumentSpec] {
    let stamp = files.stamp(path)
    if let stamp, let known = kept.specs.withLock({ $0[path] }),
      known.stamp == stamp
    {
      return known.content
    }
    let made = try ArgumentSpec.all(in: try document(path), file: path)
    if let stamp {
      kept.specs.withLock { $0[path] = Made(stamp: stamp, content: made) }
    }
    return made
  }

  /// The content of a file, opened where it is a vault file.
  ///
  /// Throws ``FileFailure`` and `VaultError`.
  func bytes(_ path: String) throws -> [UInt8] {
    let content = try files.read(path)
    return Vault.isEncrypted(content) ? try vault.decrypt(content) : content
  }

  /// All warnings of the files read so far, by file.
  public var allWarnings: [String] {
    kept.warnings.withLock { all in
      all.sorted { $0.key < $1.key }.flatMap(\.value)
    }
  }

  private func read(_ path: String) throws -> Value {
    do {
      let read = try AnsibleText.value(
        of: try files.read(path), file: path, vault: vault)
      kept.warnings.withLock { $0[path] = read.warnings.map(\.description) }
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
