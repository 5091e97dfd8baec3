// Who and where we are: the machine, the user, our own program, our variables.

import CPlatform
import Glibc

/// Our environment variables at this moment.
public func currentEnvironment() -> [String: String] {
  var result: [String: String] = [:]
  var entry = environ
  while let pointer = entry.pointee {
    let text = String(cString: pointer)
    if let equals = text.firstIndex(of: "=") {
      result[String(text[..<equals])] =
        String(text[text.index(after: equals)...])
    }
    entry += 1
  }
  return result
}

/// This machine and the user who runs us.
public enum Host {
  /// The machine's name, as `uname -n` prints it.
  public static var name: String {
    var bytes = [UInt8](repeating: 0, count: 256)
    let isKnown = bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return false }
      return gethostname(start, buffer.count - 1) == 0
    }
    guard isKnown else { return "localhost" }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// How many processors this process may run on; nil where nobody can tell.
  public static var usableProcessors: Int? {
    let count = Int(qd_usable_processors())
    return count > 0 ? count : nil
  }

  /// The user's login name; `uid N` when the system knows none.
  public static var userName: String {
    password(\.pw_name) ?? "uid \(getuid())"
  }

  /// The user's home folder: `$HOME`, else what the system knows, else `/`.
  public static func home(environment: [String: String]) -> String {
    if let home = environment["HOME"], home.hasPrefix("/") { return home }
    return password(\.pw_dir) ?? "/"
  }

  /// The user's number.
  public static var userID: Int { Int(getuid()) }

  /// Our process's number.
  public static var processID: Int { Int(getpid()) }

  /// `user@host:pid`, how a holder of a lock names itself.
  public static var holder: String { "\(userName)@\(name):\(processID)" }

  private static func password(
    _ field: KeyPath<passwd, UnsafeMutablePointer<CChar>?>
  ) -> String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16_384)
    return buffer.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress,
        getpwuid_r(getuid(), &entry, start, buffer.count, &found) == 0,
        let found, let text = found.pointee[keyPath: field]
      else { return nil }
      return String(cString: text)
    }
  }
}

/// The real path of our own program, links resolved; nil without `/proc`.
public func executablePath() -> String? {
  try? readLinkTarget("/proc/self/exe")
}

/// The system's sentence for an errno, such as `Permission denied`.
func sentence(forErrno number: Int32) -> String {
  var text = [CChar](repeating: 0, count: 128)
  return text.withUnsafeMutableBufferPointer { text in
    guard let start = text.baseAddress else { return "error \(number)" }
    qd_describe_errno(number, start, text.count)
    return String(cString: start)
  }
}
