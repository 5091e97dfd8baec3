// The functions of the extension i18n, with null translations: texts stay as
// they are, and their placeholders are filled in.

enum Translations {
  static let all: [String: Value] = [
    "_": Value(function("gettext", texts: 1, hasContext: false)),
    "gettext": Value(function("gettext", texts: 1, hasContext: false)),
    "ngettext": Value(function("ngettext", texts: 2, hasContext: false)),
    "pgettext": Value(function("pgettext", texts: 1, hasContext: true)),
    "npgettext": Value(function("npgettext", texts: 2, hasContext: true)),
  ]

  private static func function(
    _ name: String, texts: Int, hasContext: Bool
  ) -> Function {
    var parameters: [Parameter] = hasContext ? ["context", "text"] : ["text"]
    if texts == 2 { parameters += ["plural", "number"] }
    return Function(
      name, parameters, isVariadic: true, handlesMarks: true
    ) { context, call in
      var place = hasContext ? 1 : 0
      let values = ValueDictionary(mutable: ())
      if hasContext { values.set("context", call[0]) }
      if texts == 2 {
        let number = call[place + 2]
        values.set("num", number)
        if try !number.isEqual(to: 1) { place += 1 }
      }
      for (name, value) in call.keywords { values.set(Value(name), value) }
      let text = context.escapes ? call[place].asMarkup : call[place]
      return try PercentFormat.format(
        text, Value(.dictionary(values)), context.limits)
    }
  }
}
