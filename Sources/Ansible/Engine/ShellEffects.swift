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

  func fetch(_ url: String, options: ValueDictionary) throws -> [UInt8] {
    let fetched = try output(
      of: "curl --silent --show-error --fail --location --max-time 30 -- "
        + quoted(url))
    guard fetched.exitCode == 0 else {
      throw AnsibleFailure("Received HTTP error for \(url)")
    }
    return fetched.output
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
