// What filters, tests and lookups see of the world beside their arguments, and
// the seam through which the few that act do so.

import Jinja
import Platform

/// What lookups do to the machine.
///
/// In a preview there is nobody to do it, and what they would answer is
/// unknown.
public protocol PluginEffects: Sendable {
  /// Runs a command line through the shell and waits: its exit code and what
  /// it wrote to standard output.
  func pipe(_ command: String, directory: String) throws
    -> (exitCode: Int, output: [UInt8])
  /// Writes a file of mode 0600, and the directories above it, where it does
  /// not exist yet.
  func writePassword(_ path: String, _ content: [UInt8]) throws
  /// The body of a web page, by curl's settings (`curl --config`).
  func fetch(settings: String) throws -> (exitCode: Int, output: [UInt8])
}

/// What plugins see.
public struct PluginWorld: Sendable {
  public var files: any SourceFiles
  /// Nil in a preview.
  public var effects: (any PluginEffects)?
  /// The directory of the playbook, against which relative paths stand.
  public var directory: String
  public var environment: [String: String]
  public var vault: Vault
  /// Settings of ansible.cfg, for the `config` lookup.
  public var configuration: Configuration
  /// Seconds since 1970 in UTC; nil in a preview, where the time is unknown.
  public var now: (@Sendable () -> Double)?
  /// Seconds east of UTC at an instant.
  public var zoneOffset: @Sendable (_ instant: Double) -> Int
  /// The target of a symbolic link, nil where a path is none.
  public var linkTarget: @Sendable (_ path: String) -> String?
  /// What is known of a file or of a link itself; nil where there is none.
  public var fileState: @Sendable (_ path: String) -> FileState? = { _ in nil }
  /// Whether a directory is the root of a file system; nil where nobody knows.
  public var isMount: (@Sendable (_ path: String) -> Bool)?
  /// Names of the hosts that patterns of `inventory_hostnames` choose from.
  public var hosts: [String] = ["localhost"]

  /// A world of these files in which nothing is done.
  public init(files: any SourceFiles, directory: String) {
    self.files = files
    self.directory = directory
    environment = [:]
    vault = Vault()
    configuration = Configuration()
    zoneOffset = { _ in 0 }
    linkTarget = { _ in nil }
  }

  /// Whether random numbers, times and commands have no answer yet.
  public var isPreview: Bool { effects == nil }
}
