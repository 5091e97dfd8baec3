// `meta`: tasks that steer the play itself.

import Jinja

extension PlayRunner {
  private func skipMessage(_ word: String) -> String {
    word == "end_host"
      ? "end_host conditional evaluated to false, continuing execution for "
        + "localhost" : word
  }

  /// What Ansible says of a meta task whose condition was false.
  private func skipReason(_ word: String, _ node: TaskNode) -> String {
    let goesOn =
      switch word {
      case "flush_handlers": ", not running handlers for localhost"
      case "clear_facts": ", not clearing facts and fact cache for localhost"
      case "clear_host_errors":
        ", not clearing host error state for localhost"
      case "end_batch": ", continuing current batch"
      case "end_play": ", continuing play"
      case "end_host": ", continuing execution for localhost"
      case "end_role":
        "continuing role \(node.role?.name ?? "") for localhost"
      default: ""
      }
    return "\(word) conditional evaluated to False\(goesOn)"
  }

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
      throw AnsibleFailure(
        "invalid meta action requested: \(word)", at: task.place)
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
            result: try? JSONText.compact(
              .dictionary([
                ("msg", Value(skipMessage(String(word)))), ("skipped", true),
                ("skip_reason", Value(skipReason(String(word), node))),
              ]), .masked)))
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
    case "clear_facts":
      hostFacts.clear()
      return .done
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
