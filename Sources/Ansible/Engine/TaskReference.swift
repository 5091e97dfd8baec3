// Which task is meant, for events, plans and messages.

/// A task of a role or playbook as people know it.
public struct TaskReference: Sendable, Hashable {
  /// The name with its role: `keystone : Create the config map`.
  public var name: String
  /// The module with its collection: `kubernetes.core.k8s`.
  public var action: String
  /// The role that the task belongs to; nil for a task of a play.
  public var role: String?
  /// Where the task begins.
  public var place: SourcePlace

  /// A task at a place.
  public init(
    name: String, action: String, role: String? = nil, place: SourcePlace
  ) {
    self.name = name
    self.action = action
    self.role = role
    self.place = place
  }
}

/// A task that ended the play, or would have but for `ignore_errors`.
public struct TaskFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public var task: TaskReference
  /// What went wrong, secrets masked.
  public var message: String
  /// Where what went wrong stands: the value or template, where that is known,
  /// else the task.
  public var place: SourcePlace

  public init(
    task: TaskReference, message: String, at place: SourcePlace? = nil
  ) {
    self.task = task
    self.message = message
    self.place = place ?? task.place
  }

  /// `file:line:column: task: message`.
  public var description: String {
    "\(place): \(task.name): \(message)"
  }
}

/// A change on this machine that a task asks for.
public struct LocalAction: Sendable, Hashable {
  /// What would be done.
  public enum Kind: Sendable, Hashable {
    /// A program with its arguments, or one line for the shell.
    case command([String], usesShell: Bool)
    /// A file that would be written, with its new content's size in bytes.
    case write(path: String, bytes: Int)
    /// A file or directory that would be made, changed or removed: a `state`
    /// of the module `file`, or in words.
    case file(path: String, state: String)
    /// A web request.
    case request(method: String, url: String)
    /// A pause of so many seconds.
    case pause(seconds: Double)
  }

  public var kind: Kind
  public var task: TaskReference

  public init(_ kind: Kind, task: TaskReference) {
    self.kind = kind
    self.task = task
  }

  /// One line for people, secrets masked by whoever made it.
  public var summary: String {
    switch kind {
    case .command(let words, _): "run " + words.joined(separator: " ")
    case .write(let path, let bytes): "write \(path) (\(bytes) bytes)"
    case .file(let path, let state): Self.summary(of: path, state)
    case .request(let method, let url): "\(method) \(url)"
    case .pause(let seconds):
      "pause for \(Int(exactly: seconds).map(String.init) ?? "\(seconds)") s"
    }
  }

  private static func summary(of path: String, _ state: String) -> String {
    switch state {
    case "absent": "remove \(path)"
    case "directory": "make the folder \(path)"
    case "file": "change \(path)"
    case "hard", "link": "link \(path)"
    case "owned": "change the owner of \(path)"
    case "temporary file", "temporary folder": "make a \(state) in \(path)"
    case "touch": "touch \(path)"
    default: "make \(path) \(state)"
    }
  }
}
