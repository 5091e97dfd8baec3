// The template language of one project: Jinja with Ansible's filters, tests
// and lookups over the project's files.

import Jinja

/// The environments in which a project's templates run.
public struct ProjectLanguage: Sendable {
  /// Without effects: lookups that run programs or make secrets are unknown.
  public let preview: Environment
  /// With effects, for a run.
  public let run: Environment
  /// The names of the lookups, without the collection of the built-in ones.
  public let lookups: Set<String>

  /// The language of the project in `directory`.
  public init(
    directory: String, files: any SourceFiles, vault: Vault,
    environment: [String: String]
  ) {
    preview = Environment(options: .ansible)
    run = Environment(options: .ansible)
    lookups = []
  }
}
