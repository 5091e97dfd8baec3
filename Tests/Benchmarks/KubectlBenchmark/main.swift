// Loads all pods of a cluster through Kubectl, as watching them does, and says
// what it took. With the argument `count` nothing is kept of them.

import Glibc
import Kubectl
import Kubernetes
import Platform
import Synchronization

/// The peak of our resident memory so far, in KiB.
///
/// Not that of getrusage(2), which begins with what our parent had.
func peakMemory() -> Int {
  let status = (try? LocalFiles().read("/proc/self/status").bytes) ?? []
  for line in String(decoding: status, as: UTF8.self).split(separator: "\n")
  where line.hasPrefix("VmHWM:") {
    return line.split(separator: " ").dropLast().last.flatMap { Int($0) } ?? 0
  }
  return 0
}

/// The processor time that we used so far.
func processorTime() -> Duration {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return [usage.ru_utime, usage.ru_stime].reduce(.zero) { sum, part in
    sum + .seconds(Int64(part.tv_sec)) + .microseconds(Int64(part.tv_usec))
  }
}

final class Summaries: Sendable {
  private struct State {
    var count = 0
    var kept: [PodSummary] = []
  }

  private let keeps: Bool
  private let state = Mutex(State())

  init(keeps: Bool) { self.keeps = keeps }

  var count: Int { state.withLock { $0.count } }

  func add(_ summary: PodSummary) {
    state.withLock { state in
      state.count += 1
      if keeps { state.kept.append(summary) }
    }
  }
}

let time = SystemTime()
let began = time.uptime
let cluster = Kubectl(commandLog: CommandLog(capacity: 10))
let summaries = Summaries(
  keeps: CommandLine.arguments.dropFirst().first != "count")
do {
  _ = try await cluster.forEach(ListQuery(.pod)) { object in
    if let summary = PodSummary(object) { summaries.add(summary) }
  }
  let milliseconds = Int((time.uptime - began) / .milliseconds(1))
  let processor = Int(processorTime() / .milliseconds(1))
  print("\(summaries.count) \(milliseconds) \(processor) \(peakMemory())")
  await cluster.close()
} catch {
  print("error: \(error)")
  exit(1)
}
