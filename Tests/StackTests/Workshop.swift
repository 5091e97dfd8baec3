// A temporary directory with a store over the real catalogue, for tests.

import Foundation
import Platform
import Stack

/// A directory that is removed with its last user.
final class Workshop: Sendable {
  let directory: String
  let store: StackStore
  let files = LocalFiles()

  static let catalogue = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources/Catalogue/roles")
    .path

  init(catalogue: String = Workshop.catalogue) throws {
    directory = NSTemporaryDirectory() + "quarterdeck-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    store = StackStore(files: files, catalogue: catalogue)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  var stack: String { directory + "/lab" }

  func text(_ path: String) throws -> String {
    try String(contentsOfFile: stack + "/" + path, encoding: .utf8)
  }

  func write(_ path: String, _ text: String) throws {
    let file = URL(filePath: stack + "/" + path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try text.write(to: file, atomically: true, encoding: .utf8)
  }

  func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(
      atPath: stack + "/" + path)
    return (attributes[.posixPermissions] as? Int) ?? 0
  }
}
