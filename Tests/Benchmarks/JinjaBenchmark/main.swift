// Measures the template engine: JinjaBenchmark CONTEXT TEMPLATE...
//
// CONTEXT holds a Python literal. Prints a line for each template: its path,
// microseconds of one render and of one compilation, and the output's length.

import Foundation
import Jinja

/// Ansible's filter, as far as the templates measured here need it.
@Sendable func combine(_ first: Value, _ second: Value) throws -> Value {
  guard let left = first.dictionary, let right = second.dictionary else {
    return second
  }
  var entries: [(Value, Value)] = try left.entries().map { ($0.key, $0.value) }
  for (key, value) in try right.entries() {
    let merged = try left.value(forKey: key).map { try combine($0, value) }
    entries.append((key, merged ?? value))
  }
  return Value(.dictionary(try ValueDictionary(pairs: entries)))
}

/// The best of several rounds, as other work on the machine only adds.
func microseconds(_ body: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  func round(_ count: Int) throws -> Double {
    let spent = try clock.measure { for _ in 0..<count { try body() } }
    return Double(spent.components.attoseconds) / 1e12
      + Double(spent.components.seconds) * 1e6
  }
  var count = 1
  while try round(count) < 100_000 { count *= 2 }
  var best = Double.infinity
  for _ in 0..<8 { best = min(best, try round(count) / Double(count)) }
  return best
}

let paths = Array(CommandLine.arguments.dropFirst())
guard
  let literal = try? String(contentsOfFile: paths[0], encoding: .utf8),
  let context = PythonLiteral.read(literal)?.dictionary
else { exit(2) }
var options = Options()
options.trimBlocks = true
options.keepsTrailingNewline = true
let environment = Environment(options: options) { registry in
  registry.filters["combine"] = Function(
    "combine", ["first", "second", .init("recursive", false)]
  ) { _, call in try combine(call[0], call[1]) }
  registry.filters["bool"] = Function("bool", ["value"]) { _, call in
    Value(try call[0].truth())
  }
}
for path in paths.dropFirst() {
  let source = try String(contentsOfFile: path, encoding: .utf8)
  let template = try Template(source, name: path, in: environment)
  if ProcessInfo.processInfo.environment["JINJA_SHOW"] != nil {
    print(try template.render(context), terminator: "")
    continue
  }
  let render = try microseconds { _ = try template.render(context) }
  let compile = try microseconds {
    _ = try Template(source, name: path, in: environment)
  }
  print(path, render, compile)
}
