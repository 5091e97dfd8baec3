// What the exit status of every command means.

/// The exit statuses, the same for all commands.
enum ProgramStatus: Int32, CaseIterable {
  case success = 0
  /// The run, check or test ended badly.
  case failed = 1
  /// The stack, a role, a template or a value is wrong.
  case badInput = 2
  /// kubectl is missing, or the cluster does not answer or does not let us.
  case noCluster = 3
  /// The in-process engine does not cover what a role uses.
  case refused = 4
  /// Another run holds the stack, the plan moved under the run, or the cluster
  /// is not the stack's.
  case held = 5
  /// The command line itself is wrong (sysexits.h, EX_USAGE).
  case usage = 64
  /// Interrupted from the keyboard.
  case interrupted = 130

  var meaning: String {
    switch self {
    case .success: "done"
    case .failed: "a run, check or test ended badly"
    case .badInput: "the stack, a role, a template or a value is wrong"
    case .noCluster: "no kubectl, no cluster, or no right to use it"
    case .refused: "a role needs what the in-process engine does not cover"
    case .held:
      "another run holds the stack, its plan moved, or the cluster is another"
    case .usage: "the command line is wrong"
    case .interrupted: "interrupted"
    }
  }

  static let help =
    "Exit status:\n"
    + allCases.map { "  \($0.rawValue)\t\($0.meaning)" }
    .joined(separator: "\n")
}

/// Why a command could not do its work, as one error for the person.
struct Failure: Error, CustomStringConvertible {
  var status: ProgramStatus
  var description: String

  init(_ status: ProgramStatus, _ description: String) {
    self.status = status
    self.description = description
  }
}
