// Pod: ready, done, doomed, or on its way and why.

enum PodRule: VerdictRule {
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    guard let pod = PodSummary(object) else {
      return Verdict(.unknown, "NoIdentity", "has no uid yet")
    }
    return judge(pod, around)
  }

  static func judge(_ pod: PodSummary, _ around: Circumstances) -> Verdict {
    let display = pod.display
    if let deleted = pod.deleted {
      return Verdict(
        .terminating, display.reason,
        "is being deleted since \(max(.zero, around.now - deleted).age)")
    }
    if pod.phase == "Succeeded" {
      return Verdict(.current, "Completed", "has completed")
    }
    if pod.isReady, pod.phase == "Running" {
      return Verdict(
        .current, "Ready", "\(display.ready) of \(display.total) are ready")
    }
    if let doom = Doom(of: pod, around) {
      return Verdict(
        doom.isFatal ? .failed : .inProgress, doom.reason, doom.sentence)
    }
    return Verdict(.inProgress, display.reason, waiting(pod, around))
  }

  /// What a pod without trouble still waits for.
  private static func waiting(_ pod: PodSummary, _ around: Circumstances)
    -> String
  {
    if pod.node.isEmpty {
      if let scheduled = pod.scheduled, scheduled.isFalse {
        return "waits for a node: \(scheduled.clause(scheduled.reason))"
      }
      return "waits for a node"
    }
    let initial = pod.containers.filter { $0.role == .initial }
    for (index, container) in initial.enumerated() {
      switch container.state {
      case .terminated(let end) where end.exitCode == 0: continue
      case .running:
        return "runs init container \(container.name) "
          + "(\(index + 1) of \(initial.count))"
      case .waiting(let reason, _) where reason != "PodInitializing":
        return "init container \(container.name) is waiting: \(reason)"
      default:
        return "starts init container \(container.name) "
          + "(\(index + 1) of \(initial.count))"
      }
    }
    for container in pod.containers where container.role != .initial {
      switch container.state {
      case .waiting(let reason, let message):
        switch reason {
        case "ContainerCreating", "PodInitializing", "":
          return "creates container \(container.name)"
        default:
          return "container \(container.name) is waiting: \(reason)"
            + (message.isEmpty ? "" : ", \(message)")
        }
      case .running where !container.isReady:
        return unready(container, pod, around)
      case .unreported: return "waits for the node to start it"
      case .running, .terminated: continue
      }
    }
    return "waits to be ready"
  }

  /// What a running container that is not ready is asked, and what it answers.
  private static func unready(
    _ container: ContainerSummary, _ pod: PodSummary, _ around: Circumstances
  ) -> String {
    let isStartup = !container.isStarted && container.startupProbe != nil
    guard
      let probe = isStartup ? container.startupProbe : container.readinessProbe
    else { return "container \(container.name) is not ready yet" }
    let kind = isStartup ? "startup" : "readiness"
    var since: Duration = .zero
    if case .running(let start) = container.state {
      since = around.since(start)
    }
    let answer = around.snapshot.events(about: pod.uid).first {
      $0.reason == "Unhealthy" && $0.isWarning
    }
    guard since >= probe.grace, let answer else {
      return "waits for the \(kind) probe of container \(container.name) "
        + "(\(probe.text))"
    }
    return "the \(kind) probe of container \(container.name) "
      + "(\(probe.text)) fails since \(since.age): "
      + answer.message.droppingPrefix("Readiness probe failed: ")
      .droppingPrefix("Startup probe failed: ")
  }
}

extension String {
  fileprivate func droppingPrefix(_ prefix: String) -> String {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
  }
}
