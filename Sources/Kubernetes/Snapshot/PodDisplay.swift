// What `kubectl get pods` prints for a pod: its STATUS, READY and RESTARTS
// (kubernetes/pkg/printers/internalversion/printers.go, printPod).

extension PodSummary {
  /// The cells of a pod's row.
  public struct Display: Hashable, Sendable {
    /// Such as `Running`, `Init:0/1`, `CrashLoopBackOff`, `Terminating`.
    public var reason: String
    public var ready: Int
    public var total: Int
    public var restarts: Int
  }

  public var display: Display {
    var display = Display(
      reason: reason.isEmpty ? phase : reason, ready: 0,
      total: containers.count { $0.role != .initial }, restarts: 0)
    if scheduled?.reason == "SchedulingGated" {
      display.reason = "SchedulingGated"
    }
    let initial = containers.filter { $0.role != .main }
    var sidecarRestarts = 0
    var isInitializing = false
    for (index, container) in initial.enumerated() {
      if container.state == .unreported { continue }
      display.restarts += container.restarts
      if container.role == .sidecar { sidecarRestarts += container.restarts }
      if case .terminated(let end) = container.state, end.exitCode == 0 {
        continue
      }
      if container.role == .sidecar, container.isStarted {
        if container.isReady { display.ready += 1 }
        continue
      }
      switch container.state {
      case .terminated(let end): display.reason = "Init:" + end.word
      case .waiting(let reason, _)
      where !reason.isEmpty && reason != "PodInitializing":
        display.reason = "Init:" + reason
      default: display.reason = "Init:\(index)/\(initial.count)"
      }
      isInitializing = true
      break
    }
    if !isInitializing || initialized?.isTrue == true {
      display.restarts = sidecarRestarts
      var hasRunning = false
      for container in containers.reversed() where container.role == .main {
        display.restarts += container.restarts
        switch container.state {
        case .waiting(let reason, _) where !reason.isEmpty:
          display.reason = reason
        case .terminated(let end): display.reason = end.word
        case .running where container.isReady:
          hasRunning = true
          display.ready += 1
        default: break
        }
      }
      if display.reason == "Completed", hasRunning {
        display.reason = isReady ? "Running" : "NotReady"
      }
    }
    if isTerminating, reason == "NodeLost" {
      display.reason = "Unknown"
    } else if isTerminating, !isFinished {
      display.reason = "Terminating"
    }
    display.reason = display.reason.printable
    return display
  }
}

extension ContainerSummary.Termination {
  /// The reason, or the signal or exit code where there is none.
  var word: String {
    if !reason.isEmpty { return reason }
    return signal != 0 ? "Signal:\(signal)" : "ExitCode:\(exitCode)"
  }
}
