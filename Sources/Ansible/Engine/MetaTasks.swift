// `meta`: tasks that steer the play itself.

import Jinja

extension PlayRunner {
  nonisolated(nonsending)
    func runMeta(
      _ node: TaskNode, _ task: TaskReference, _ scope: VariableScope
    ) async throws -> Ending
  {
    let word =
      (node.definition.free ?? node.definition["free_form"]).map {
        PlainText.of($0).stripped
      } ?? ""
    switch word {
    case "noop", "refresh_inventory", "reset_connection": return .done
    case "flush_handlers", "clear_facts", "clear_host_errors", "end_play",
      "end_host", "end_batch", "end_role":
      break
    default:
      return .failed(
        TaskFailure(
          task: task, message: "invalid meta action requested: \(word)"))
    }
    do {
      switch try scope.decide(node.when) {
      case .yes: break
      case .no:
        counts[.skipped, default: 0] += 1
        await observer.happened(
          RunEvent(
            .taskEnded(.skipped), play: play.name, task: task,
            message: String(word),
            result: "{\"msg\":\"\(word)\",\"skipped\":true}"))
        return .done
      case .unknown(let condition):
        observer.decidedDuringRun(
          task, "when: \(condition) is not known before the run")
        return .done
      }
    } catch {
      return .failed(TaskFailure(task: task, message: sentence(error)))
    }
    switch word {
    case "flush_handlers":
      if play.isRunningHandlers {
        throw AnsibleFailure(
          "flush_handlers cannot be used as a handler", at: task.place)
      }
      return try await flushHandlers()
    case "end_play", "end_host", "end_batch": return .endPlay
    case "end_role":
      guard let role = node.role else {
        throw AnsibleFailure(
          "Cannot execute 'end_role' from outside of a role", at: task.place)
      }
      return .endRole(role)
    default: return .done
    }
  }
}
