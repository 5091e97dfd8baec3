// Checks parameters against their spec and converts them, in the order and
// with the messages of ansible-core's module_utils/common/arg_spec.py.

import Jinja
import OrderedCollections

/// Parameters by name in the order they were given.
public typealias Parameters = OrderedDictionary<String, Value>

/// Checks one set of parameters.
public struct ArgumentValidator {
  /// What is wrong, one sentence each; empty where nothing is.
  public private(set) var errors: [String] = []
  /// The parameters with their types converted and defaults filled in.
  public private(set) var parameters: Parameters
  private var unsupported: [(path: [String], supported: String)] = []

  /// Checks `parameters` against `spec`.
  public init(_ parameters: Parameters, spec: ValidationSpec) {
    self.parameters = parameters
    var checked = parameters
    var context: [String] = []
    check(&checked, spec.options, spec.rules, context: &context, prefix: "")
    self.parameters = checked
    if let last = unsupported.last {
      let names = unsupported.map { $0.path.joined(separator: ".") }.sorted()
      errors.append(
        names.joined(separator: ", ") + ". Supported parameters include: "
          + last.supported + ".")
    }
  }

  private typealias Options = OrderedDictionary<String, ValidationSpec.Option>

  private mutating func check(
    _ parameters: inout Parameters, _ options: Options,
    _ rules: ValidationSpec.Rules, context: inout [String], prefix: String
  ) {
    var aliases: OrderedDictionary<String, String> = [:]
    for (name, option) in options {
      if option.fallback != nil && option.isRequired {
        errors.append(
          "internal error: required and default are mutually exclusive for "
            + name)
      }
      for alias in option.aliases {
        aliases[alias] = name
        if let value = parameters[alias] { parameters[name] = value }
      }
    }
    for (name, option) in options where option.isSecret {
      parameters[name] = parameters[name]?.marked(.secret)
    }
    if let problem = Self.problemOfNested(parameters, options) {
      errors.append(problem)
    }
    for name in parameters.keys
    where options[name] == nil && aliases[name] == nil {
      var supported = options.keys.sorted().joined(separator: ", ")
      if !aliases.isEmpty {
        supported += " (\(aliases.keys.sorted().joined(separator: ", ")))"
      }
      unsupported.append((context + [name], supported))
    }
    let given = Set(parameters.keys)
    let clashes = rules.mutuallyExclusive.filter {
      $0.count { given.contains($0) } > 1
    }
    if !clashes.isEmpty {
      fail(
        "parameters are mutually exclusive: "
          + clashes.map { $0.joined(separator: "|") }.joined(separator: ", "),
        context)
    }
    fill(&parameters, options, onlyDefaults: true)
    let missing = options.filter {
      $0.value.isRequired && parameters[$0.key] == nil
    }.keys.sorted()
    if !missing.isEmpty {
      fail(
        "missing required arguments: " + missing.joined(separator: ", "),
        context)
    }
    checkTypes(&parameters, options, context)
    checkChoices(&parameters, options, context)
    checkRules(parameters, rules, context)
    fill(&parameters, options, onlyDefaults: false)
    checkNested(&parameters, options, context: &context, prefix: prefix)
  }

  /// What is wrong with the first dictionary that is none, as the real one
  /// finds it while it looks for secrets.
  private static func problemOfNested(
    _ parameters: Parameters, _ options: Options
  ) -> String? {
    for (name, option) in options {
      guard let below = option.options, let value = parameters[name],
        !value.isNone, !value.isUnknown,
        option.type == "dict"
          || (option.type == "list" && option.elements == "dict")
      else { continue }
      let elements = value.list.flatMap { try? $0.elements() } ?? [value]
      for element in elements where !element.isUnknown {
        var element = element
        if element.isString {
          do {
            element = try TypeCheck.convert(element, to: "dict")
          } catch {
            return "\(error)"
          }
        }
        guard let pairs = try? element.dictionary?.pairs() else {
          return "Value '\(PlainText.masked(element))' in the sub parameter "
            + "field '\(name)' must be a \(option.type ?? ""), not "
            + "'\(element.typeName)'"
        }
        let inner = Parameters(
          pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        if let problem = problemOfNested(inner, below) { return problem }
      }
    }
    return nil
  }

  private func fill(
    _ parameters: inout Parameters, _ options: Options, onlyDefaults: Bool
  ) {
    for (name, option) in options where parameters[name] == nil {
      if let fallback = option.fallback {
        parameters[name] = option.isSecret ? fallback.marked(.secret) : fallback
      } else if !onlyDefaults {
        parameters[name] = Value.none
      }
    }
  }

  private mutating func fail(_ message: String, _ context: [String]) {
    errors.append(
      context.isEmpty
        ? message
        : "\(message) found in \(context.joined(separator: " -> "))")
  }

  private mutating func checkTypes(
    _ parameters: inout Parameters, _ options: Options, _ context: [String]
  ) {
    for (name, option) in options {
      guard let value = parameters[name] else { continue }
      if value.isNone && !option.isRequired && option.fallback == nil {
        continue
      }
      if value.isUnknown { continue }
      let wanted = option.type ?? "str"
      do {
        let converted = try TypeCheck.convert(value, to: wanted)
        parameters[name] = converted
        guard let elements = option.elements else { continue }
        guard converted.list != nil else {
          var message =
            "Invalid type \(wanted) for option "
            + "'\(PlainText.masked(converted))'"
          if !context.isEmpty {
            message += " found in '\(context.joined(separator: " -> "))'."
          }
          errors.append(
            message
              + ", elements value check is supported only with 'list' type")
          // The real one goes on with the characters of a text.
          let characters = converted.text?.map { Value(String($0)) } ?? []
          _ = checkElements(characters, of: name, as: elements, context)
          continue
        }
        parameters[name] = .list(
          checkElements(
            try converted.sequence() ?? [], of: name, as: elements, context)
        ).marked(converted.marks)
      } catch {
        var message =
          "argument '\(name)' is of type \(TypeCheck.nativeName(value))"
        if !context.isEmpty {
          message += " found in '\(context.joined(separator: " -> "))'."
        }
        errors.append(
          "\(message) and we were unable to convert to \(wanted): \(error)")
      }
    }
  }

  private mutating func checkElements(
    _ values: [Value], of name: String, as wanted: String, _ context: [String]
  ) -> [Value] {
    values.compactMap { value in
      if value.isUnknown { return value }
      do {
        return try TypeCheck.convert(value, to: wanted)
      } catch {
        var message = "Elements value for option '\(name)'"
        if !context.isEmpty {
          message += " found in '\(context.joined(separator: " -> "))'"
        }
        errors.append(
          "\(message) is of type \(TypeCheck.nativeName(value)) and we were "
            + "unable to convert to \(wanted): \(error)")
        return nil
      }
    }
  }

  private mutating func checkChoices(
    _ parameters: inout Parameters, _ options: Options, _ context: [String]
  ) {
    for (name, option) in options {
      guard let choices = option.choices, let value = parameters[name],
        !value.isUnknown
      else { continue }
      let words = choices.map { PlainText.of($0) }.joined(separator: ", ")
      if let list = try? value.list?.elements() {
        let others = list.filter { !$0.isUnknown && !choices.contains($0) }
        if !others.isEmpty {
          fail(
            "value of \(name) must be one or more of: \(words). Got no match "
              + "for: "
              + others.map { PlainText.masked($0) }.joined(separator: ", "),
            context)
        }
        continue
      }
      if choices.contains(value) { continue }
      if let same = Self.unambiguous(value, choices) {
        parameters[name] = same
        continue
      }
      fail(
        "value of \(name) must be one of: \(words), got: "
          + PlainText.masked(value), context)
    }
  }

  /// The only choice that a boolean written as text can mean.
  private static func unambiguous(_ value: Value, _ choices: [Value]) -> Value?
  {
    guard let text = value.text, text == "True" || text == "False" else {
      return nil
    }
    let meant = text == "True"
    let fitting = choices.filter { TypeCheck.boolean($0) == meant }
    // `nil` beside a value would be read as Python's None.
    guard fitting.count == 1 else { return nil }
    return fitting[0]
  }

  private mutating func checkRules(
    _ parameters: Parameters, _ rules: ValidationSpec.Rules,
    _ context: [String]
  ) {
    for group in rules.requiredTogether {
      let present = group.filter { parameters[$0] != nil }
      if !present.isEmpty && present.count < group.count {
        fail(
          "parameters are required together: "
            + group.joined(separator: ", "), context)
        break
      }
    }
    for group in rules.requiredOneOf
    where !group.contains(where: { parameters[$0] != nil }) {
      fail(
        "one of the following is required: " + group.joined(separator: ", "),
        context)
      break
    }
    for rule in rules.requiredIf {
      guard let value = parameters[rule.name], value == rule.value else {
        continue
      }
      let missing = rule.needs.filter { parameters[$0] == nil }
      if !missing.isEmpty && (!rule.anyOf || missing.count == rule.needs.count)
      {
        fail(
          "\(rule.name) is \(PlainText.of(rule.value)) but "
            + "\(rule.anyOf ? "any" : "all") of the following are missing: "
            + missing.joined(separator: ", "), context)
        break
      }
    }
    for (name, needs) in rules.requiredBy {
      guard let value = parameters[name], !value.isNone else { continue }
      let missing = needs.filter { parameters[$0]?.isNone ?? true }
      if !missing.isEmpty {
        fail(
          "missing parameter(s) required by '\(name)': "
            + missing.joined(separator: ", "), context)
        break
      }
    }
  }

  private mutating func checkNested(
    _ parameters: inout Parameters, _ options: Options,
    context: inout [String], prefix: String
  ) {
    for (name, option) in options {
      guard let below = option.options,
        option.type == "dict"
          || (option.type == "list" && option.elements == "dict")
      else { continue }
      if option.appliesDefaults, parameters[name]?.isNone ?? true {
        parameters[name] = .dictionary([])
      }
      guard let value = parameters[name], !value.isNone, !value.isUnknown
      else { continue }
      context.append(name)
      defer { context.removeLast() }
      let isList = value.list != nil
      let elements = ((try? value.sequence()) ?? nil) ?? [value]
      var checked: [Value] = []
      for element in elements {
        guard let pairs = try? element.dictionary?.pairs() else {
          errors.append(
            "value of '\(name)' must be of type dict or list of dicts")
          checked.append(element)
          continue
        }
        var inner = Parameters(
          pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        check(
          &inner, below, option.rules, context: &context,
          prefix: "\(prefix)\(name).")
        checked.append(
          .dictionary(inner.map { ($0.key, $0.value) }).marked(element.marks))
      }
      parameters[name] = isList ? .list(checked) : checked.first ?? value
    }
  }
}
