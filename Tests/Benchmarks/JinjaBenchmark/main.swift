// Measures the template engine: JinjaBenchmark CONTEXT TEMPLATE...
//
// CONTEXT holds a Python literal. Commands come from standard input, one a
// line, each answered by a line; TEMPLATE is counted from 0:
//
//   render TEMPLATE COUNT    processor time of one render, in nanoseconds
//   compile TEMPLATE COUNT   the same of one compilation
//   show TEMPLATE            the output in UTF-8, as hexadecimal digits
//   memory                   resident memory, in pages

import Foundation
import Jinja

/// Ansible's filter, as far as the templates measured here need it.
@Sendable func combine(_ first: Value, _ second: Value) throws -> Value {
  guard let left = first.dictionary, let right = second.dictionary else {
    return second
  }
  return Value(.dictionary(try left.merging(right, resolve: combine)))
}

/// Nanoseconds that the process has worked: other work on the machine does
/// not count.
func processorTime() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func nanoseconds(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
  let start = processorTime()
  for _ in 0..<count { try body() }
  return Double(processorTime() - start) / Double(max(1, count))
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
let sources = try paths.dropFirst().map {
  try String(contentsOfFile: $0, encoding: .utf8)
}
let templates = try zip(sources, paths.dropFirst()).map {
  try Template($0, name: $1, in: environment)
}
while let line = readLine() {
  let words = line.split(separator: " ")
  let at = words.count > 1 ? Int(words[1]) ?? 0 : 0
  let count = words.count > 2 ? Int(words[2]) ?? 1 : 1
  switch words.first {
  case "render":
    print(
      try nanoseconds(count) { _ = try templates[at].render(context) })
  case "compile":
    print(
      try nanoseconds(count) {
        _ = try Template(sources[at], name: paths[at + 1], in: environment)
      })
  case "show":
    let digits = Array("0123456789abcdef")
    var text = ""
    for byte in try templates[at].render(context).utf8 {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    print(text)
  case "memory":
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    print(pages.split(separator: " ")[1])
  default: exit(2)
  }
  fflush(nil)
}
