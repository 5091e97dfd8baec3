// What the program writes to its standard streams.

import ArgumentParser
import Glibc
import Kubernetes

/// Writes to the standard streams.
///
/// A broken pipe ends the program quietly, as it does for `cat`.
enum Report {
  /// What went wrong: without what steers a terminal, since messages quote
  /// files and clusters, and logs of them are read on terminals.
  static func standardError(_ text: String) {
    write("quarterdeck: \(text.printableText)\n", to: STDERR_FILENO)
  }

  /// Text as it is for files and pipes; for a terminal without what steers it.
  static func standardOutput(_ text: String) {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    write(isTerminal ? text.printableText : text, to: STDOUT_FILENO)
  }

  /// Bytes as they are; for a terminal as text without what steers it.
  static func standardOutput(_ bytes: [UInt8]) {
    if isatty(STDOUT_FILENO) == 1 {
      standardOutput(String(decoding: bytes, as: UTF8.self))
    } else {
      write(bytes, to: STDOUT_FILENO)
    }
  }

  static func line(_ text: String) { standardOutput(text + "\n") }

  /// "1 change", "2 changes".
  static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  private static func write(_ text: String, to descriptor: Int32) {
    write(Array(text.utf8), to: descriptor)
  }

  private static func write(_ content: [UInt8], to descriptor: Int32) {
    var bytes = content[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno != EINTR {
        return
      }
    }
  }

  /// Prints what argument parsing ended with: help and version are no errors.
  static func parsing(_ error: any Error) -> ProgramStatus {
    let text = Quarterdeck.fullMessage(for: error)
    guard Quarterdeck.exitCode(for: error) == .success else {
      if !text.isEmpty { write(text + "\n", to: STDERR_FILENO) }
      return .usage
    }
    if !text.isEmpty { line(text) }
    return .success
  }
}
