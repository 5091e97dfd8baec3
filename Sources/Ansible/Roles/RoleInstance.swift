// A role as one play uses it: with the keywords and variables of that use.

import Jinja

/// One use of a role in a run.
final class RoleInstance {
  let source: RoleSource
  let keywords: Keywords
  let variables: [String: Value]
  let parameters: [String: Value]
  let files: FromFiles
  /// Whether include_role or import_role made it.
  let isIncluded: Bool
  /// Whether its defaults and vars are seen by the whole play.
  let isPublic: Bool
  var allowsDuplicates: Bool
  /// Whether its arguments are checked against its spec first.
  var checksArguments = true
  let collections: [String]
  /// The role that depends on this one or included it.
  let parent: RoleInstance?
  var dependencies: [RoleInstance] = []
  let defaults: [String: Value]
  let roleVariables: [String: Value]
  /// Whether any of its tasks has run, and whether all of them are behind.
  var hasRunTask = false
  var isCompleted = false

  /// The `…_from` arguments of an include.
  struct FromFiles: Hashable {
    var tasks: String?
    var vars: String?
    var defaults: String?
    var handlers: String?
  }

  init(
    _ source: RoleSource, metadata: RoleMetadata, use: RoleUse? = nil,
    files: FromFiles = FromFiles(), isIncluded: Bool = false,
    isPublic: Bool = true, variables: [String: Value] = [:],
    parent: RoleInstance? = nil
  ) throws {
    self.source = source
    self.files = files
    self.isIncluded = isIncluded
    self.isPublic = isPublic
    self.parent = parent
    self.keywords = use?.keywords ?? Keywords()
    self.variables = (use?.variables ?? [:]).merging(variables) { $1 }
    self.parameters = use?.parameters ?? [:]
    self.allowsDuplicates = metadata.allowsDuplicates
    self.collections =
      (source.found.collection.map { [$0] } ?? []) + metadata.collections
    roleVariables = try source.variables("vars", from: files.vars)
    defaults = try source.variables("defaults", from: files.defaults)
  }

  var name: String { source.name }
  var path: String { source.path }

  /// The roles that led here, outermost first.
  var chain: [RoleInstance] {
    parent.map { $0.chain + [$0] } ?? []
  }

  /// All roles that this one depends on, in the order they run.
  var allDependencies: [RoleInstance] {
    dependencies.flatMap { $0.allDependencies + [$0] }
  }

  /// Whether running one of two uses stands for running both.
  func isSameUse(as other: RoleInstance) -> Bool {
    source.path == other.source.path && name == other.name
      && files == other.files
      && isIncluded == other.isIncluded
      && Signature.of(self) == Signature.of(other)
  }
}

/// What tells two uses of one role apart, as text.
private enum Signature {
  static func of(_ role: RoleInstance) -> [String] {
    [
      PlainText.of(.sorted(role.parameters)),
      PlainText.of(.sorted(role.variables)),
      PlainText.of(.list(role.keywords.when ?? [])),
      PlainText.of(.list(role.keywords.tags ?? [])),
    ]
  }
}
