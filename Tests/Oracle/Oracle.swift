// A judge in another language: a Python program of Tests/Support that answers
// one line of JSON for each line of JSON it is sent.

import Foundation

/// A running judge.
///
/// It is started in one of the pinned environments of `Tests/Support/venv`;
/// answers come in the order of the questions.
public final class Oracle {
  /// What keeps a judge from answering.
  public struct Failure: Error, CustomStringConvertible {
    public var description: String
  }

  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var unread = Data()

  /// Starts `Tests/Support/<script>` under the environment `venv`.
  public init(venv: String, script: String) throws {
    let support = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Support")
    process.executableURL = URL(
      fileURLWithPath: try Self.python(venv: venv, support: support))
    process.arguments = [support.appendingPathComponent(script).path]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Sends one question, a single line, and waits for its one-line answer.
  public func ask(_ question: Data) throws -> Data {
    try input.fileHandleForWriting.write(contentsOf: question + Data("\n".utf8))
    var answer = Data()
    while true {
      // Each piece is looked through once: answers may be long.
      if let end = unread.firstIndex(of: 0x0A) {
        answer += unread[..<end]
        unread = Data(unread[unread.index(after: end)...])
        return answer
      }
      answer += unread
      unread = output.fileHandleForReading.availableData
      guard !unread.isEmpty else {
        throw Failure(description: "the judge ended without an answer")
      }
    }
  }

  /// The path of the environment's python, made first where it is missing.
  private static func python(venv: String, support: URL) throws -> String {
    let maker = Process()
    let answer = Pipe()
    maker.executableURL = support.appendingPathComponent("venv")
    maker.arguments = [venv]
    maker.standardOutput = answer
    try maker.run()
    let path = answer.fileHandleForReading.readDataToEndOfFile()
    maker.waitUntilExit()
    guard maker.terminationStatus == 0 else {
      throw Failure(description: "Tests/Support/venv \(venv) failed")
    }
    return String(decoding: path, as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
