// How a command prints what it found.

import ArgumentParser
import Kubernetes

struct OutputOptions: ParsableArguments {
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
  }

  @Option(help: "How to print: text or json.")
  var output = Form.text

  var isJSON: Bool { output == .json }

  /// Prints one JSON value, indented.
  func print(_ json: JSON) {
    Report.line(json.text(indented: true))
  }
}
