// What the engine does not do, said before anything is applied.

/// One thing in a role or playbook that this engine does not support.
public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of thing is named.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case module
    case argument
    case keyword
    case filter
    case test
    case lookup
    case role
    case syntax
    case host
    case feature
  }

  /// What kind of thing is named.
  public var kind: Kind
  /// The name as written: `community.general.ufw`.
  public var name: String
  /// Where it is used.
  public var place: SourcePlace
  /// One sentence without a full stop: what is not supported.
  public var what: String
  /// One sentence without a full stop: the way out.
  public var remedy: String

  /// A refusal of the thing called `name`.
  public init(
    _ kind: Kind, _ name: String, at place: SourcePlace,
    what: String? = nil, remedy: String? = nil
  ) {
    self.kind = kind
    self.name = name
    self.place = place
    self.what = what ?? "the \(kind.rawValue) \"\(name)\" is not supported"
    self.remedy =
      remedy ?? "the real ansible-playbook may run it (deploy --engine ansible)"
  }

  /// `file:line:column: what; remedy`.
  public var description: String { "\(place): \(what); \(remedy)" }
}

/// A playbook, role or variables file that Ansible would not load either, or a
/// task that ended with an error.
public struct AnsibleFailure: Error, Sendable, Hashable,
  CustomStringConvertible
{
  /// One sentence in Ansible's words where it has one.
  public var message: String
  /// The place it is about, where known.
  public var place: SourcePlace?

  /// Whether the engine itself found it while a task ran, rather than the
  /// task's module: Ansible's results tell the two apart.
  var isOfTask = false

  /// A failure with its place.
  public init(_ message: String, at place: SourcePlace? = nil) {
    self.message = message
    self.place = place
  }

  /// A failure that the engine itself found while a task ran.
  static func ofTask(
    _ message: String, at place: SourcePlace? = nil
  ) -> AnsibleFailure {
    var failure = AnsibleFailure(message, at: place)
    failure.isOfTask = true
    return failure
  }

  /// `file:line:column: message`.
  public var description: String {
    place.map { "\($0): \(message)" } ?? message
  }
}
