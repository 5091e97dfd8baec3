// Filters on sequences: ends, length, parts, sum.

extension BuiltinFilters {
  static let sequences: [Function] = [
    Function(
      "length", "obj", handlesMarks: true,
      single: { _, value in
        guard let count = try value.length() else { throw noLength(value) }
        return Value(count).marked(value.marks)
      }),
    Function(
      "list", "value", handlesMarks: true,
      single: { context, value in
        let items = try value.members()
        try context.limits.check(list: items.count)
        return .fresh(items)
      }),
    Function(
      "first", "seq", handlesMarks: true,
      single: { context, value in
        if let first = try value.iterator()() { return first }
        return undefined("No first item, sequence was empty.", context)
      }),
    Function("last", ["seq"], handlesMarks: true) { context, call in
      if case .object(let object) = call[0].payload,
        !(object is RangeObject || object is DictionaryView
          || object is GroupObject || object.isSequence)
      {
        throw TemplateError(
          .type, "'\(call[0].typeName)' object is not reversible")
      }
      if let last = try call[0].members().last {
        // Going back through a text reaches its characters by their places,
        // which are markup in markup.
        return call[0].isMarkup ? last.asMarkup : last
      }
      return undefined("No last item, sequence was empty.", context)
    },
    Function("random", ["seq"], handlesMarks: true) { context, call in
      let items = try call[0].members()
      if items.isEmpty {
        return undefined("No random item, sequence was empty.", context)
      }
      return items[context.environment.random(items.count)]
    },
    Function(
      "sum", ["iterable", .init("attribute", Value.none), .init("start", 0)]
    ) { context, call in
      var total = call[2]
      if total.isString {
        throw TemplateError(
          .type, "sum() can't sum strings [use ''.join(seq) instead]")
      }
      let getter = try Getter(call[1], context)
      for item in try call[0].members() {
        total = try Operators.apply(
          .add, total, try getter.value(of: item), context.limits)
        try context.state.charge(total)
      }
      return total
    },
    Function(
      "batch", ["value", "linecount", .init("fill_with", Value.none)],
      handlesMarks: true
    ) { context, call in
      let count = call[1]
      let value = call[0]
      var next: (() throws -> Value?)?
      let fill = call[2]
      let limits = context.limits
      var isOver = false
      var line: [Value] = []
      return try lazily("do_batch", context) {
        if isOver { return nil }
        if next == nil {
          next = try LoopSource(value, context.state).iterator()
        }
        while let item = try next?() {
          let isFull = try Value(line.count).isEqual(to: count)
          line.append(item)
          if isFull {
            let full = Array(line.dropLast())
            line = [item]
            return .fresh(full)
          }
        }
        isOver = true
        if line.isEmpty { return nil }
        if !fill.isNone, try Value(line.count).isLess(than: count) {
          guard let size = try Methods.integer(count) else { return nil }
          try limits.check(list: size)
          line += Array(repeating: fill, count: size - line.count)
        }
        return .fresh(line)
      }
    },
    Function(
      "slice", ["value", "slices", .init("fill_with", Value.none)],
      handlesMarks: true
    ) { context, call in
      let value = call[0]
      let slices = call[1]
      let fill = call[2]
      let limits = context.limits
      var parts: [Value]?
      return try lazily("sync_do_slice", context) {
        if parts == nil {
          let items = try value.members()
          if case .bigInteger(let number) = slices.payload {
            // No slices, or more than there can be.
            if !number.isNegative { try limits.check(list: .max) }
            parts = []
            return nil
          }
          guard let count = slices.integer else {
            throw TemplateError(
              .type,
              "unsupported operand type(s) for //: 'int' and"
                + " '\(slices.typeName)'")
          }
          if count == 0 {
            throw TemplateError(
              .zeroDivision, "integer division or modulo by zero")
          }
          try limits.check(list: count)
          var made: [Value] = []
          var offset = 0
          if count > 0 {
            let size = items.count / count
            let extra = items.count % count
            for place in 0..<count {
              let start = offset + place * size
              if place < extra { offset += 1 }
              let end = offset + (place + 1) * size
              var part = Array(items[start..<end])
              if !fill.isNone && place >= extra { part.append(fill) }
              made.append(.fresh(part))
            }
          }
          parts = made.reversed()
        }
        return parts?.popLast()
      }
    },
    Function("attr", ["obj", "name"], handlesMarks: true) { context, call in
      guard let name = call[1].text else {
        throw TemplateError(
          .type, "attribute name must be string, not '\(call[1].typeName)'")
      }
      if let found = try Members.attribute(name, of: call[0]) {
        if context.environment.options.isSandboxed, name.hasPrefix("_") {
          return try Members.attribute(name, of: call[0], context)
        }
        return found
      }
      if case .undefined(let undefined) = call[0].payload {
        if undefined.isChainable { return call[0] }
        throw undefined.error
      }
      return Members.missing(
        name, call[1], of: call[0], context.environment)
    },
  ]
}
