// Which tasks run under `--tags` and `--skip-tags`.

import Jinja

extension PlayRunner {
  /// Whether the chosen tags let a task run.
  ///
  /// Throws `TemplateError` for tags that cannot be made.
  func hasChosenTags(_ node: TaskNode, _ scope: VariableScope) throws -> Bool {
    // Handlers run because they were notified, whatever tags were asked for.
    if play.isRunningHandlers { return true }
    if node.tags.isEmpty, settings.tags.isEmpty, settings.skipTags.isEmpty {
      return true
    }
    let own = try tags(node.tags, scope)
    return Self.runs(own, only: settings.tags, skip: settings.skipTags)
  }

  private func tags(_ written: [Value], _ scope: VariableScope) throws
    -> Set<String>
  {
    var tags = Set<String>()
    for value in written {
      for tag in try Keywords.list(try scope.template(value)) {
        for part in PlainText.of(tag).split(separator: ",") {
          tags.insert(String(part.stripped))
        }
      }
    }
    return tags
  }

  /// Ansible's rule for tags.
  static func runs(
    _ own: Set<String>, only: Set<String>, skip: Set<String>
  ) -> Bool {
    let isTagged = !own.isEmpty
    let tags = isTagged ? own : ["untagged"]
    let only = only.isEmpty ? ["all"] : only
    var runs =
      tags.contains("always")
      || (only.contains("all") && !tags.contains("never"))
      || !tags.isDisjoint(with: only)
      || (only.contains("tagged") && isTagged && !tags.contains("never"))
    if runs && !skip.isEmpty {
      if skip.contains("all") {
        if !tags.contains("always") || skip.contains("always") { runs = false }
      } else if !tags.isDisjoint(with: skip)
        || (skip.contains("tagged") && isTagged)
      {
        runs = false
      }
    }
    return runs
  }
}
