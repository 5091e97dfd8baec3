// What a role is, for whoever picks it: entry points, parameters, modules,
// dependencies, and what this engine would refuse in it.

import Ansible

/// A role as its files describe it.
public struct RoleDescription: Sendable {
  public var name: String
  /// `namespace.collection`; nil for a role outside one.
  public var collection: String?
  public var path: String
  /// The tasks files that may be run by name, sorted.
  public var entryPoints: [String]
  /// The argument specs of those that have one.
  public var specs: [ArgumentSpec]
  /// The names of the variables with defaults, sorted.
  public var defaults: [String]
  /// The roles that meta/main.yml names.
  public var dependencies: [String]
  /// The roles that its tasks include or import by a written-out name.
  public var includedRoles: [String]
  /// The modules that its tasks use, with their collections, sorted.
  public var modules: [String]
  /// What this engine does not support in any file that can be reached.
  public var refusals: [Refusal]

  public init(
    name: String, collection: String? = nil, path: String,
    entryPoints: [String] = [], specs: [ArgumentSpec] = [],
    defaults: [String] = [], dependencies: [String] = [],
    includedRoles: [String] = [], modules: [String] = [],
    refusals: [Refusal] = []
  ) {
    self.name = name
    self.collection = collection
    self.path = path
    self.entryPoints = entryPoints
    self.specs = specs
    self.defaults = defaults
    self.dependencies = dependencies
    self.includedRoles = includedRoles
    self.modules = modules
    self.refusals = refusals
  }
}
