// Which process it is, beyond its number, which the system uses again.

import Glibc

/// One process of one boot of this machine.
///
/// A process number alone may belong to somebody else by the time it is looked
/// at; with the start time and the boot it cannot.
public struct ProcessIdentity: Sendable, Hashable, Codable {
  public var pid: Int
  /// When it started, in clock ticks since the boot: proc(5), field 22 of
  /// `/proc/PID/stat`.
  public var startTicks: Int
  /// The boot's identity, from `/proc/sys/kernel/random/boot_id`.
  public var boot: String

  public init(pid: Int, startTicks: Int, boot: String) {
    self.pid = pid
    self.startTicks = startTicks
    self.boot = boot
  }

  /// The running process with this number; nil when there is none.
  public init?(pid: Int) {
    guard let status = ProcessStatus(pid: pid) else { return nil }
    self.init(
      pid: pid, startTicks: status.startTicks, boot: Self.currentBoot())
  }

  /// This process.
  public static var current: ProcessIdentity? {
    ProcessIdentity(pid: Int(getpid()))
  }

  /// Whether this very process runs; one that ended and waits to be
  /// collected by its parent does not.
  public var isRunning: Bool {
    guard let status = ProcessStatus(pid: pid) else { return false }
    return status.startTicks == startTicks && !status.isDead
      && Self.currentBoot() == boot
  }

  private static func currentBoot() -> String {
    let path = "/proc/sys/kernel/random/boot_id"
    let bytes = (try? readWholeFile(path, limit: 128)) ?? []
    return String(decoding: bytes, as: UTF8.self)
      .split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
  }
}

/// The fields of `/proc/PID/stat` that matter here.
private struct ProcessStatus {
  var isDead: Bool
  var startTicks: Int

  init?(pid: Int) {
    guard pid > 0,
      let bytes = try? readWholeFile("/proc/\(pid)/stat", limit: 4096)
    else { return nil }
    // The second field, the name in parentheses, may hold anything, so the
    // fields are counted from the last parenthesis: state is then the first.
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19, let state = fields[0].first,
      let ticks = Int(String(decoding: fields[19], as: UTF8.self))
    else { return nil }
    isDead = state == UInt8(ascii: "Z") || state == UInt8(ascii: "X")
    startTicks = ticks
  }
}
