// Tests of paths and of what stands there, and tests of sets and numbers.

import Jinja

enum FileTests {
  /// The tests, looking at the files of `world`.
  static func all(_ world: PluginWorld) -> [Function] {
    @Sendable func path(_ value: Value) throws -> String {
      Paths.join(
        world.directory,
        try value.requireText(
          "stat: path should be string, bytes, os.PathLike or integer, not "
            + value.typeName))
    }
    func test(
      _ names: [String], _ body: @escaping @Sendable (String) -> Bool
    ) -> [Function] {
      names.map { name in
        Plugin.make(name, ["path"]) { _, arguments in
          Value(body(try path(arguments[0])))
        }
      }
    }
    return test(["directory", "is_dir"]) { world.files.isDirectory($0) }
      + test(["file", "is_file"]) { world.files.isFile($0) }
      + test(["link", "is_link"]) { world.linkTarget($0) != nil }
      + test(["exists"]) { world.files.exists($0) }
      + test(["link_exists"]) {
        world.files.exists($0) || world.linkTarget($0) != nil
      }
      + test(["mount", "is_mount"]) { isMount($0, world) }
      + ["abs", "is_abs"].map { name in
        Plugin.make(name, ["path"]) { _, arguments in
          Value(
            try arguments[0].requireText(
              "expected str, bytes or os.PathLike object, not "
                + arguments[0].typeName
            ).hasPrefix("/"))
        }
      }
      + ["same_file", "is_same_file"].map { name in
        Plugin.make(name, ["path", "other"]) { _, arguments in
          let one = try path(arguments[0])
          let two = try path(arguments[1])
          guard let first = world.files.stamp(one),
            let second = world.files.stamp(two)
          else {
            throw TemplateError.plugin(
              "[Errno 2] No such file or directory: "
                + PythonQuote.repr(world.files.exists(one) ? two : one))
          }
          return Value(first == second)
        }
      }
  }

  /// A directory whose parent is itself, or on another file system as far as
  /// the numbers of its files tell.
  private static func isMount(_ path: String, _ world: PluginWorld) -> Bool {
    if PosixPath.normalized(path) == "/" { return true }
    return world.isMount?(path) ?? false
  }
}

enum SetTests {
  static let all: [Function] =
    ["subset", "issubset"].map { contained($0, isReversed: false) }
    + ["superset", "issuperset"].map { contained($0, isReversed: true) }
    + ["nan", "isnan"].map { name in
      Plugin.make(name, ["x"]) { _, arguments in
        Value(arguments[0].double?.isNaN ?? false)
      }
    } + [contains]

  private static func contained(_ name: String, isReversed: Bool) -> Function {
    Plugin.make(name, ["a", "b"]) { _, arguments in
      let inner = try hashable(arguments[isReversed ? 1 : 0])
      let outer = Set(try hashable(arguments[isReversed ? 0 : 1]))
      return Value(inner.allSatisfy { outer.contains($0) })
    }
  }

  private static func hashable(_ value: Value) throws -> [Value] {
    let members = try value.members()
    for member in members {
      if member.isUnknown { throw UnknownValue() }
      switch member.payload {
      case .list, .dictionary:
        throw TemplateError(.type, "unhashable type: '\(member.typeName)'")
      default: continue
      }
    }
    return members
  }

  private static let contains = Plugin.make("contains", ["seq", "value"]) {
    _, arguments in
    let needle = arguments[1]
    if let text = arguments[0].text {
      let part = try needle.requireText(
        "'in <string>' requires string as left operand, not "
          + needle.typeName)
      return Value(part.isEmpty || text.firstRange(of: part) != nil)
    }
    if let dictionary = arguments[0].dictionary {
      return Value(try dictionary.value(forKey: needle) != nil)
    }
    if case .object(let object) = arguments[0].payload,
      let answer = try object.contains(needle)
    {
      return Value(answer)
    }
    return Value(
      try CollectionFilters.contains(try arguments[0].members(), needle))
  }
}
