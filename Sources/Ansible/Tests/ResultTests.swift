// Tests of task results, and of truth.

import Jinja

enum ResultTests {
  static let all: [Function] =
    ["failed", "failure"].map { flag($0, "failed", name: "failed") }
    + ["succeeded", "success", "successful"].map {
      flag($0, "failed", name: "failed", isNegated: true)
    }
    + [
      flag("unreachable", "unreachable", name: "unreachable"),
      flag(
        "reachable", "unreachable", name: "unreachable", isNegated: true),
      flag("skipped", "skipped", name: "skipped"),
      flag("skip", "skipped", name: "skipped"),
      changed("changed"), changed("change"), asynchronous("started"),
      asynchronous("finished"), timedOut, truth("truthy", isNegated: false),
      truth("falsy", isNegated: true), every("all", isAny: false),
      every("any", isAny: true),
    ]

  private static func result(_ value: Value, _ name: String) throws
    -> ValueDictionary
  {
    guard let dictionary = value.dictionary else {
      throw TemplateError.plugin("The '\(name)' test expects a dictionary")
    }
    return dictionary
  }

  private static func flag(
    _ test: String, _ key: String, name: String, isNegated: Bool = false
  ) -> Function {
    Plugin.make(test, ["result"]) { _, arguments in
      let result = try result(arguments[0], name)
      guard let value = try result.value(forKey: key) else {
        return Value(isNegated)
      }
      if value.marks.contains(.unknown) { return .unknown }
      return Value(try value.truth() != isNegated)
    }
  }

  private static func changed(_ test: String) -> Function {
    Plugin.make(test, ["result"]) { _, arguments in
      let result = try result(arguments[0], "changed")
      if let value = try result.value(forKey: "changed") {
        if value.marks.contains(.unknown) { return .unknown }
        return Value(try value.truth())
      }
      guard let results = try result.value(forKey: "results")?.list?.elements()
      else { return .false }
      guard let first = results.first else {
        throw TemplateError(.index, "list index out of range")
      }
      guard first.dictionary != nil else { return .false }
      for item in results {
        if let value = try item.member("changed"), try value.truth() {
          return .true
        }
      }
      return .false
    }
  }

  private static func asynchronous(_ test: String) -> Function {
    Plugin.make(test, ["result"]) { _, arguments in
      let result = try result(arguments[0], test)
      guard let value = try result.value(forKey: test) else { return .true }
      return Value(try value.truth())
    }
  }

  private static let timedOut = Plugin.make("timedout", ["result"]) {
    _, arguments in
    let result = try result(arguments[0], "timedout")
    guard let value = try result.value(forKey: "timedout"),
      try value.truth()
    else { return .false }
    return Value(try value.member("period")?.truth() ?? false)
  }

  private static func truth(_ test: String, isNegated: Bool) -> Function {
    Plugin.make(test, ["value", Parameter("convert_bool", false)]) {
      _, arguments in
      var value = arguments[0]
      if try arguments[1].isOn, let flag = TypeCheck.boolean(value) {
        value = Value(flag)
      }
      return Value(try value.truth() != isNegated)
    }
  }

  private static func every(_ test: String, isAny: Bool) -> Function {
    Plugin.make(test, ["iterable"]) { _, arguments in
      for item in try arguments[0].members() where try item.truth() == isAny {
        return Value(isAny)
      }
      return Value(!isAny)
    }
  }
}
