// What is wrong with a stack, in a form that every front end can show: what,
// where, and what to do about it.

/// One thing wrong with a stack, its files or its catalogue.
///
/// Thrown where nothing can go on, collected by ``StackContents/problems``
/// where the rest of the stack is still usable.
public struct StackProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of problem: what tests and exit codes go by.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The directory is missing or is not a stack.
    case notAStack = "not-a-stack"
    /// A new stack would overwrite what is there.
    case exists
    /// A file cannot be read or written.
    case unreadable
    /// A file is not valid YAML, or not of the shape it must have.
    case syntax
    /// The catalogue has no such service or role.
    case unknownService = "unknown-service"
    /// No role declares such a parameter.
    case unknownParameter = "unknown-parameter"
    /// A value is not of the parameter's type.
    case wrongType = "wrong-type"
    /// A value is outside the parameter's choices, limits or pattern.
    case outOfRange = "out-of-range"
    /// A required parameter has no value.
    case missing
    /// Components require each other in a circle.
    case cycle
    /// A file changed on disk since it was read.
    case changedOnDisk = "changed-on-disk"
    /// The cluster is not the one that this stack was deployed to.
    case wrongCluster = "wrong-cluster"
    /// A secret is readable by others, or its vault text is damaged.
    case secret
    /// A vault text that no password given opens.
    case locked
    /// A role's own metadata contradicts itself.
    case role
  }

  /// Whether the problem stops a plan.
  public enum Severity: String, Sendable, Hashable {
    case error
    case warning
  }

  public var kind: Kind
  public var severity: Severity
  /// The place in a file, if the problem has one.
  public var location: SourceLocation?
  /// One sentence without a full stop: what is wrong.
  public var what: String
  /// One sentence without a full stop: what to do about it; may be empty.
  public var remedy: String
  /// The parameter concerned, so that a form can mark it.
  public var parameter: String?

  public init(
    _ kind: Kind, _ what: String, at location: SourceLocation? = nil,
    remedy: String = "", severity: Severity = .error, parameter: String? = nil
  ) {
    self.kind = kind
    self.severity = severity
    self.location = location
    self.what = what
    self.remedy = remedy
    self.parameter = parameter
  }

  /// `file:line:column: what; remedy`.
  public var description: String {
    var text = location.map { "\($0): " } ?? ""
    text += what
    if !remedy.isEmpty { text += "; \(remedy)" }
    return text
  }
}
