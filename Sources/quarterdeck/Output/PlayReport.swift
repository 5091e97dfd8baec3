// What a playbook tells while it runs, line by line.

import Ansible
import Kubernetes

enum PlayReport {
  /// The line of an event; nil for what needs none.
  ///
  /// `outcome`, a tab, the task, and what it has to say; the elements of a
  /// loop are indented below the task that they come before.
  static func line(of event: RunEvent) -> String? {
    guard let task = event.task else { return nil }
    let words: [String]
    switch event.kind {
    case .taskEnded(let outcome):
      words = ["\(outcome.rawValue)\t\(task.name)", said(event, task)]
    case .item(let outcome, let label):
      words = ["  \(outcome.rawValue)\t\(label)", said(event, task)]
    case .retry(let attempt, let count):
      words = [
        "retry\t\(task.name)", "attempt \(attempt) of \(count)", event.message,
      ]
    default: return nil
    }
    return words.filter { !$0.isEmpty }.map(\.printableText)
      .joined(separator: ": ")
  }

  /// What a task changed in files, above its own line.
  static func diff(of event: RunEvent) -> String? {
    event.diff.isEmpty
      ? nil
      : event.diff.split(separator: "\n", omittingEmptySubsequences: false)
        .dropLast().map { String($0).printableText }.joined(separator: "\n")
  }

  /// The plays of a playbook, as ansible-playbook lists them.
  static func listing(
    _ plays: [PlayListing], of file: String, hosts: Bool, tasks: Bool,
    tags: Bool
  ) -> [String] {
    var lines = ["", "playbook: \(file)"]
    for (index, play) in plays.enumerated() {
      lines += [
        "",
        "  play #\(index + 1) (\(play.patterns.joined(separator: ","))): "
          + "\(play.name)\tTAGS: [\(play.tags.joined(separator: ","))]",
      ]
      if hosts {
        let patterns = play.patterns.map { "'\($0)'" }
        lines.append("    pattern: [\(patterns.joined(separator: ", "))]")
        lines.append("    hosts (\(play.hosts.count)):")
        lines += play.hosts.map { "      \($0)" }
      }
      if tasks {
        lines.append("    tasks:")
        lines += play.tasks.map {
          "      \($0.name)\tTAGS: [\($0.tags.joined(separator: ", "))]"
        }
      }
      if tags {
        lines.append(
          "      TASK TAGS: [\(play.taskTags.joined(separator: ", "))]")
      }
    }
    return lines
  }

  /// The message of a task; for `debug` with `var` the variable.
  private static func said(_ event: RunEvent, _ task: TaskReference) -> String {
    guard event.message.isEmpty, task.action == "ansible.builtin.debug",
      let result = event.result, let json = try? JSON(parsing: result),
      let members = json.object
    else { return event.message }
    let told = members.filter { !ownMembers.contains($0.key) }
    return told.isEmpty ? "" : JSON.object(told).text()
  }

  /// What the engine itself adds to a result.
  private static let ownMembers: Set<String> = [
    "changed", "failed", "skipped", "results", "msg", "ansible_loop_var",
    "item", "skipped_reason", "false_condition", "attempts",
  ]
}
