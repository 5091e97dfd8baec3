// What lookups do to this machine in a run: run a command line, write a
// generated password, fetch a page.

import Glibc
import Jinja
import Platform

/// The effects of lookups, done at once in the calling thread.
struct ShellEffects: PluginEffects {
  func pipe(_ command: String, directory: String) throws
    -> (exitCode: Int, output: [UInt8])
  {
    try output(of: "cd \(quoted(directory)) && { \(command)\n}")
  }

  /// The settings may hold secrets: they go through a pipe, and stand neither
  /// in an argument nor in a file.
  func fetch(settings: String) throws -> (exitCode: Int, output: [UInt8]) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else {
      throw AnsibleFailure("cannot make a pipe")
    }
    let (reading, writing) = (ends[0], ends[1])
    defer { close(reading) }
    _ = fcntl(writing, F_SETFD, FD_CLOEXEC)
    let bytes = Array(settings.utf8)
    // What a pipe takes at once; nobody reads it yet.
    guard bytes.count <= 65_536 else {
      close(writing)
      throw AnsibleFailure("the request is longer than 64 KiB")
    }
    let count = Glibc.write(writing, bytes, bytes.count)
    close(writing)
    guard count == bytes.count else {
      throw AnsibleFailure("cannot write to a pipe")
    }
    return try output(of: "exec curl --config /dev/fd/\(reading)")
  }

  func writePassword(_ path: String, _ content: [UInt8]) throws {
    let files = LocalFiles()
    try files.makeFolder(Paths.directory(of: path), mode: .privateFolder)
    try files.write(content, to: path, mode: .secret)
  }

  private func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "'\\''") + "'"
  }

  private func output(of line: String) throws
    -> (exitCode: Int, output: [UInt8])
  {
    guard let stream = popen(line, "re") else {
      throw AnsibleFailure("cannot start a shell")
    }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, stream)
      if count == 0 { break }
      output += buffer[..<count]
    }
    let status = pclose(stream)
    return (Int((status >> 8) & 0xFF), output)
  }
}
