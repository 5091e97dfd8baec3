// `slurp`: the content of a file of this machine.

import Jinja

struct SlurpModule: Module {
  let names = ["ansible.builtin.slurp"]
  private static let spec = ValidationSpec([
    "src": .init("path", required: true, aliases: ["path"])
  ])

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    let given = PlainText.of(arguments["src"] ?? "")
    let path = call.local(given)
    let files = call.search.files
    guard files.exists(path) else {
      if call.isPreview {
        // A task before it may make the file during the run.
        call.reportDecidedDuringRun("it reads a file that is not there yet")
        return .unknown
      }
      return .failure("File not found: \(given)")
    }
    if files.isDirectory(path) {
      return .failure("Source is a directory and must be a file: \(given)")
    }
    return ModuleResult([
      "changed": false, "encoding": "base64", "source": Value(given),
      "content": Value(
        String(
          decoding: Base64.encoded(try files.read(path)),
          as: UTF8.self)),
    ])
  }
}
