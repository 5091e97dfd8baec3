// The words that plays, roles, blocks and tasks have in common, and how the
// inner ones come by the outer ones' values.

import Jinja

/// Keywords as written at one level; nil where that level does not say.
struct Keywords: Sendable {
  /// Conditions, all of which must hold.
  var when: [Value]?
  var tags: [Value]?
  var environment: [Value]?
  var moduleDefaults: [Value]?
  var notify: [Value]?
  /// Every other keyword that inner levels inherit, as written.
  private var others: [Inherited: Value] = [:]

  /// Keywords with one value that an inner level replaces.
  enum Inherited: String, CaseIterable, Sendable {
    case noLog = "no_log"
    case runOnce = "run_once"
    case ignoreErrors = "ignore_errors"
    case ignoreUnreachable = "ignore_unreachable"
    case checkMode = "check_mode"
    case diff
    case anyErrorsFatal = "any_errors_fatal"
    case throttle
    case timeout
    case debugger
    case delegateTo = "delegate_to"
    case delegateFacts = "delegate_facts"
    case connection
    case port
    case remoteUser = "remote_user"
    case become
    case becomeMethod = "become_method"
    case becomeUser = "become_user"
    case becomeFlags = "become_flags"
    case becomeExe = "become_exe"
    case collections
  }

  subscript(_ keyword: Inherited) -> Value? {
    get { others[keyword] }
    set { others[keyword] = newValue }
  }

  /// Takes one entry of a play, role, block or task.
  ///
  /// - Returns: whether the key is one of these keywords.
  /// - Throws: what a lazy list throws.
  mutating func take(_ key: String, _ value: Value) throws -> Bool {
    switch key {
    case "when": when = try Self.list(value)
    case "tags":
      if let text = value.text {
        tags = text.split(separator: ",").map {
          Value(String($0.stripped)).with(origin: value.origin)
        }
      } else if value.dictionary != nil {
        throw AnsibleFailure(
          "tags must be specified as a list",
          at: value.origin.map { SourcePlace($0, file: $0.file) })
      } else {
        tags = try Self.list(value)
      }
    case "environment": environment = try Self.list(value)
    case "module_defaults": moduleDefaults = try Self.list(value)
    case "notify": notify = try Self.list(value)
    default:
      guard let keyword = Inherited(rawValue: key) else { return false }
      others[keyword] = value
    }
    return true
  }

  /// A list as it is, anything else as the only element of one.
  static func list(_ value: Value) throws -> [Value] {
    if value.isNone { return [] }
    return try value.sequence() ?? [value]
  }
}

/// The keywords that stand for no inheritance at all.
enum TaskKeyword {
  /// What an include may hold: most other keywords Ansible rejects there.
  static let include: Set<String> = [
    "action", "args", "collections", "debugger", "ignore_errors", "loop",
    "loop_control", "name", "no_log", "register", "run_once", "tags",
    "timeout", "vars", "when",
  ]

  /// What a play may hold beside ``Keywords``.
  static let play: Set<String> = [
    "name", "hosts", "gather_facts", "vars", "vars_files", "vars_prompt",
    "roles", "handlers",
    "pre_tasks", "post_tasks", "tasks", "force_handlers",
    "max_fail_percentage", "serial", "strategy", "order", "user",
  ]
}
