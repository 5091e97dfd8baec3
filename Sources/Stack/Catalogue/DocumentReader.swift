// Reads YAML files and keeps what it read until a file changes, so that opening
// a stack again after an edit parses one file and not a hundred.

import Ansible
import Jinja
import Kubernetes
import Platform
import Synchronization

/// A cache of parsed YAML files.
final class DocumentReader: Sendable {
  let files: any Platform.Files
  /// Opens files that are encrypted as a whole.
  private let vault: Vault
  private let kept = Mutex<[String: Kept]>([:])

  private struct Kept: Sendable {
    var stamp: Platform.FileStamp
    var result: Result<Value, StackProblem>
    var warnings: [StackProblem]
  }

  init(files: any Platform.Files, vault: Vault) {
    self.files = files
    self.vault = vault
  }

  /// The mapping that a file holds; an empty one where the file is empty.
  func mapping(_ path: String) -> Result<Value, StackProblem> {
    let content: FileContent
    do throws(FileError) {
      if let status = try files.status(path),
        let known = kept.withLock({ $0[path] }), known.stamp == status.stamp
      {
        return known.result
      }
      content = try files.read(path)
    } catch {
      return .failure(StackProblem(error))
    }
    var warnings: [StackProblem] = []
    let result = Self.read(content.bytes, path, vault, &warnings)
    let entry = Kept(
      stamp: content.stamp, result: result, warnings: warnings)
    kept.withLock { $0[path] = entry }
    return result
  }

  /// What was odd in a file that was read, such as a key that stands twice.
  func warnings(of path: String) -> [StackProblem] {
    kept.withLock { $0[path]?.warnings ?? [] }
  }

  func isFile(_ path: String) -> Bool {
    (try? files.status(path))?.kind == .file
  }

  func isFolder(_ path: String) -> Bool {
    (try? files.status(path))?.kind == .folder
  }

  /// The names in a folder, sorted; none where there is no folder.
  func names(in folder: String) -> [String] {
    ((try? files.list(folder)) ?? []).map(\.name)
  }

  private static func read(
    _ bytes: [UInt8], _ path: String, _ vault: Vault,
    _ warnings: inout [StackProblem]
  ) -> Result<Value, StackProblem> {
    do {
      var text = bytes
      if Vault.isEncrypted(bytes) { text = try vault.decrypt(bytes) }
      var constructor = YAMLConstructor(vault: vault)
      let value = try constructor.value(of: try YAML.read(text, file: path))
      warnings = constructor.warnings.map {
        StackProblem(
          .syntax, $0.message, at: SourceLocation($0.origin, file: path),
          remedy: "keep one of them", severity: .warning)
      }
      if value.isNone { return .success(.dictionary([])) }
      guard value.dictionary != nil else {
        return .failure(
          StackProblem(
            .syntax, "the file holds a \(value.typeName), not variables",
            at: SourceLocation(value.origin, file: path),
            remedy: "write it as `name: value` lines"))
      }
      return .success(value)
    } catch let error as YAMLError {
      return .failure(StackProblem(error))
    } catch {
      let isLocked =
        switch error as? VaultError {
        case .noPassword, .wrongPassword: true
        default: false
        }
      return .failure(
        isLocked
          ? .locked("\(error)", at: SourceLocation(file: path))
          : StackProblem(
            .secret, "\(error)", at: SourceLocation(file: path),
            remedy: "restore the file, or encrypt it anew"))
    }
  }
}

extension StackProblem {
  /// A text that is not YAML.
  init(_ error: YAMLError) {
    self.init(
      .syntax, error.problem,
      at: SourceLocation(
        file: error.file, line: error.line, column: error.column),
      remedy: "correct the YAML")
  }

  /// A vault text that no password given opens.
  static func locked(
    _ what: String, at location: SourceLocation
  ) -> StackProblem {
    StackProblem(
      .locked, what, at: location,
      remedy: "give the vault's password with --vault-password-file")
  }
}
