// Why a cluster did not do what was asked: the API's Status
// (kubernetes.io/docs/reference/kubernetes-api/common-definitions/status),
// or why no answer came.

/// The failure of one call to a cluster.
public struct ClusterError: Error, Hashable, Sendable {
  public enum Cause: Hashable, Sendable {
    /// The server answered with a Status.
    case status(Status)
    /// No connection, or none that speaks HTTP.
    case unreachable
    /// No answer within the deadline.
    case deadline
    /// The task was cancelled.
    case cancelled
    /// The tool that leads to the cluster is missing or broken.
    case tool
    /// The answer makes no sense.
    case invalidAnswer
  }

  /// An HTTP failure as the API server tells it.
  public struct Status: Hashable, Sendable {
    /// The HTTP status.
    public var code: Int
    /// The API's word for it, such as `NotFound`, `Conflict`, `Invalid`.
    public var reason: String
    public var causes: [StatusCause]
    /// Seconds after which trying again is welcome.
    public var retryAfterSeconds: Int?

    public init(
      code: Int, reason: String, causes: [StatusCause] = [],
      retryAfterSeconds: Int? = nil
    ) {
      self.code = code
      self.reason = reason
      self.causes = causes
      self.retryAfterSeconds = retryAfterSeconds
    }
  }

  /// One of several reasons, each for a field.
  public struct StatusCause: Hashable, Sendable {
    /// Such as `FieldValueInvalid`, `FieldValueRequired`,
    /// `FieldManagerConflict`.
    public var reason: String
    /// The field's path, such as `spec.template.spec.containers[0].image`.
    public var field: String
    public var message: String

    public init(reason: String, field: String, message: String) {
      self.reason = reason
      self.field = field
      self.message = message
    }
  }

  public var cause: Cause
  public var message: String

  public init(_ cause: Cause, _ message: String) {
    self.cause = cause
    self.message = message
  }

  public init(
    code: Int, reason: String, message: String, causes: [StatusCause] = []
  ) {
    self.init(
      .status(Status(code: code, reason: reason, causes: causes)), message)
  }
}

extension ClusterError {
  /// Reads a Status object; nil when the JSON is something else.
  public init?(status json: JSON) {
    guard json["kind"]?.string == "Status", let code = json["code"]?.integer
    else { return nil }
    let causes = (json["details"]?["causes"]?.array ?? []).map {
      StatusCause(
        reason: $0["reason"]?.string ?? "", field: $0["field"]?.string ?? "",
        message: $0["message"]?.string ?? "")
    }
    self.init(
      .status(
        Status(
          code: code, reason: json["reason"]?.string ?? "", causes: causes,
          retryAfterSeconds: json["details"]?["retryAfterSeconds"]?.integer)),
      json["message"]?.string ?? "HTTP \(code)")
  }

  /// The Status of an HTTP answer; nil when none came.
  public var status: Status? {
    guard case .status(let status) = cause else { return nil }
    return status
  }

  /// The HTTP status; nil when no answer came.
  public var code: Int? { status?.code }

  /// The API's word for the failure; empty when no answer came.
  public var reason: String { status?.reason ?? "" }

  public var causes: [StatusCause] { status?.causes ?? [] }

  public var isNotFound: Bool { code == 404 }
  public var isForbidden: Bool { code == 403 }
  /// The version is too old to watch or to page on from.
  public var isGone: Bool { code == 410 }
  /// A create found an object of that name.
  public var isAlreadyExists: Bool {
    code == 409 && reason == "AlreadyExists"
  }
  /// The object changed meanwhile, or another manager owns a field.
  public var isConflict: Bool { code == 409 && reason == "Conflict" }
  /// The object breaks the API's rules, see `causes`.
  public var isInvalid: Bool { code == 422 }
  /// The fields that other managers own, when an apply was refused.
  public var fieldConflicts: [StatusCause] {
    causes.filter { $0.reason == "FieldManagerConflict" }
  }

  /// Whether the same call may well succeed later without anyone's help.
  public var isTransient: Bool {
    switch cause {
    case .unreachable, .deadline: true
    case .status(let status):
      [408, 429, 500, 502, 503, 504].contains(status.code)
    case .cancelled, .tool, .invalidAnswer: false
    }
  }
}

extension ClusterError: CustomStringConvertible {
  /// The message, cleaned for a terminal.
  public var description: String { message.printable }
}
