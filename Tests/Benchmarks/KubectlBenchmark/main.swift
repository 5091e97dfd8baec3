// Loads all pods of a cluster through Kubectl, as watching them does, and says
// what it took. With the argument `count` nothing is kept of them; with `scan
// FILE` the lines of a watch in the file are scanned instead, without a cluster.

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
    var kept: [ObjectSummary] = []
  }

  private let keeps: Bool
  private let state = Mutex(State())

  init(keeps: Bool) { self.keeps = keeps }

  var count: Int { state.withLock { $0.count } }

  func add(_ summary: ObjectSummary) {
    state.withLock { state in
      state.count += 1
      if keeps { state.kept.append(summary) }
    }
  }
}

/// Scans the lines of a file again and again for two seconds: pods, bytes a
/// round, rounds, and the microseconds of processor time.
func scan(_ path: String) throws {
  let bytes = try LocalFiles().read(path).bytes
  var rounds = 0
  var pods = 0
  let began = processorTime()
  while processorTime() - began < .seconds(2) {
    pods = 0
    let scanner = SummaryScanner(.pod)
    try bytes.withUnsafeBufferPointer { bytes in
      var start = 0
      while start < bytes.count {
        let rest = UnsafeBufferPointer(rebasing: bytes[start...])
        let end = start + (rest.firstIndex(of: 0x0A) ?? rest.count)
        let line = UnsafeBufferPointer(rebasing: bytes[start..<end])
        if case .changed = try scanner.event(of: line).event { pods += 1 }
        start = end + 1
      }
    }
    rounds += 1
  }
  let spent = (processorTime() - began).microseconds
  print("\(pods) \(bytes.count) \(rounds) \(spent)")
}

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "scan" {
  try scan(CommandLine.arguments[2])
  exit(0)
}
let time = SystemTime()
let began = time.uptime
let cluster = Kubectl(commandLog: CommandLog(capacity: 10))
let summaries = Summaries(
  keeps: CommandLine.arguments.dropFirst().first != "count")
do {
  _ = try await cluster.forEachSummary(ListQuery(.pod)) { summary in
    summaries.add(summary)
  }
  let milliseconds = Int((time.uptime - began) / .milliseconds(1))
  let processor = Int(processorTime() / .milliseconds(1))
  print("\(summaries.count) \(milliseconds) \(processor) \(peakMemory())")
  await cluster.close()
} catch {
  print("error: \(error)")
  exit(1)
}
