// Loads all pods of a cluster through Kubectl, as watching them does, and says
// what it took.

import Glibc
import Kubectl
import Kubernetes
import Platform
import Synchronization

/// The peak of our resident memory so far, in KiB.
func peakMemory() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss
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
  private let kept = Mutex<[PodSummary]>([])
  var count: Int { kept.withLock { $0.count } }
  func add(_ summary: PodSummary) { kept.withLock { $0.append(summary) } }
}

let time = SystemTime()
let began = time.uptime
let cluster = Kubectl(commandLog: CommandLog(capacity: 10))
let summaries = Summaries()
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
