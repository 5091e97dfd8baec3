// default, items, tojson and pprint.

extension BuiltinFilters {
  static let structures: [Function] = [
    Function(
      "default",
      ["value", .init("default_value", ""), .init("boolean", false)],
      acceptsUndefined: true, handlesMarks: true, acceptsUnknown: true
    ) { _, call in
      if call[0].isUnknown { return .unknown }
      if call[0].isUndefined { return call[1] }
      if try call[2].truth(), try !call[0].truth() { return call[1] }
      return call[0]
    },
    Function("items", ["value"], handlesMarks: true) { context, call in
      let value = call[0]
      var rest: ArraySlice<Value>?
      return try lazily("do_items", context) {
        if rest == nil {
          if value.isUndefined {
            rest = []
          } else if let dictionary = value.dictionary {
            rest = try dictionary.entries().map {
              .tuple([$0.key, $0.value])
            }[...]
          } else {
            throw TemplateError(
              .type, "Can only get item pairs from a mapping.")
          }
        }
        return rest?.popFirst()
      }
    },
    Function(
      "tojson", ["value", .init("indent", Value.none)], handlesMarks: true
    ) {
      context, call in
      var writer = JSONWriter(context.limits)
      writer.escapesHTML = true
      writer.sortsKeys = true
      // A text alone is never indented, whatever the indent.
      if !call[1].isNone, !call[0].isString {
        if let text = call[1].text {
          writer.indent = text
        } else {
          let width = try Methods.size(call[1])
          try context.limits.check(text: width)
          writer.indent = String(repeating: " ", count: max(0, width))
        }
      }
      try writer.write(call[0])
      return writer.out.markup
    },
    Function("pprint", ["value"], handlesMarks: true) { context, call in
      try PrettyPrinter.text(call[0], context.limits)
    },
  ]
}
