// Files that the command line names.

import Platform

/// Reads what the command line names.
enum Input {
  /// The bytes of a file, or of standard input for `-`.
  ///
  /// - Throws: ``Failure`` that names the file.
  static func read(_ path: String) throws -> [UInt8] {
    do {
      return try LocalFiles().read(path == "-" ? "/dev/stdin" : path).bytes
    } catch {
      throw Failure(.badInput, error.description)
    }
  }

  /// The text of a file.
  ///
  /// - Throws: ``Failure`` that names the file, also when it is not UTF-8.
  static func text(_ path: String) throws -> String {
    guard let text = String(validating: try read(path), as: UTF8.self) else {
      throw Failure(.badInput, "\(path): this file is not UTF-8 text")
    }
    return text
  }
}
