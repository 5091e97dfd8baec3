// What an engine makes of a case, in a form that can be compared.

import Foundation
import Oracle

@testable import Jinja

/// The text that a case renders to, or its error.
enum Judgement: Equatable, CustomStringConvertible {
  case text(String)
  case error(kind: String, line: Int, message: String)

  var description: String {
    switch self {
    case .text(let text): "text: \(text.debugDescription)"
    case .error(let kind, let line, let message):
      "\(kind) at line \(line): \(message)"
    }
  }

  /// Whether two engines agree: same text, or same class of error in the same
  /// line.
  ///
  /// Messages may differ.
  func agrees(with other: Judgement) -> Bool {
    switch (self, other) {
    case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
    case (.error(let a, let line, _), .error(let b, let otherLine, _)):
      // An expression alone has no place in Jinja2.
      a == b && (line == otherLine || otherLine == 0)
    default: false
    }
  }
}

/// The real Jinja2.
final class JinjaOracle {
  private let oracle: Oracle

  init() throws {
    oracle = try Oracle(venv: "jinja", script: "jinja_oracle.py")
  }

  /// What Jinja2 makes of some cases.
  func judge(_ cases: [Case]) throws -> [Judgement] {
    let question = try JSONSerialization.data(
      withJSONObject: cases.map(\.question))
    let answer = try oracle.ask(question)
    guard
      let items = try JSONSerialization.jsonObject(with: answer)
        as? [[String: Any]]
    else { return [] }
    return items.map { item in
      if let text = item["text"] as? String { return .text(text) }
      return .error(
        kind: item["class"] as? String ?? "", line: item["line"] as? Int ?? 0,
        message: item["message"] as? String ?? "")
    }
  }
}

extension Case {
  /// What our engine makes of the case.
  func judge() -> Judgement {
    do {
      return .text(Self.withoutAddresses(try render()))
    } catch let error as TemplateError {
      return .error(
        kind: error.kind.name, line: error.line, message: error.message)
    } catch {
      return .error(kind: "\(type(of: error))", line: 0, message: "\(error)")
    }
  }

  private func render() throws -> String {
    guard let context = PythonLiteral.read(context)?.dictionary,
      let settings = Self.value(options).dictionary
    else {
      throw CaseFile.Failure(description: "\(file):\(line): bad context")
    }
    let templates = templates
    let environment = Environment(
      options: try Options().overridden(by: settings)
    ) {
      $0.loader = { name, _ in
        templates[name].map { TemplateSource(text: $0) }
      }
    }
    if isExpression {
      return try Expression(source, in: environment).evaluate(context).repr()
    }
    let template = try Template(source, name: "main", in: environment)
    if environment.options.native != .off {
      return try template.renderValue(context).repr()
    }
    return try template.render(context)
  }

  /// A value of what JSONSerialization reads.
  static func value(_ json: Any) -> Value {
    switch json {
    case let text as String: return Value(text)
    case let number as NSNumber:
      return isBoolean(number)
        ? Value(number.boolValue) : Value(number.intValue)
    case let list as [Any]: return .list(list.map(value))
    case let object as [String: Any]:
      return .dictionary(object.map { ($0.key, value($0.value)) })
    default: return .none
    }
  }

  private static func isBoolean(_ number: NSNumber) -> Bool {
    String(cString: number.objCType) == "c"
  }

  /// Addresses of objects differ from run to run.
  private static func withoutAddresses(_ text: String) -> String {
    text.replacingOccurrences(
      of: "(0x|memory:)[0-9a-f]{6,}", with: "0xADDRESS",
      options: .regularExpression)
  }
}
