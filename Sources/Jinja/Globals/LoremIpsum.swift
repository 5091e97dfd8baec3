// lipsum(): filler text of random Latin words.

enum LoremIpsum {
  private static let words = [
    "a", "ac", "accumsan", "ad", "aenean", "aliquam", "amet", "ante", "arcu",
    "at", "auctor", "augue", "bibendum", "blandit", "commodo", "condimentum",
    "congue", "consectetuer", "consequat", "convallis", "cras", "cubilia",
    "cum", "curabitur", "cursus", "dapibus", "diam", "dictum", "dignissim",
    "dis", "dolor", "donec", "dui", "duis", "egestas", "eget", "eleifend",
    "elementum", "elit", "enim", "erat", "eros", "est", "et", "etiam", "eu",
    "euismod", "facilisis", "fames", "faucibus", "felis", "fermentum",
    "feugiat", "fringilla", "fusce", "gravida", "habitant", "hac", "hendrerit",
    "iaculis", "id", "imperdiet", "in", "integer", "ipsum", "justo", "lacinia",
    "lacus", "laoreet", "lectus", "leo", "libero", "ligula", "lobortis",
    "lorem", "luctus", "maecenas", "magna", "malesuada", "massa", "mattis",
    "mauris", "metus", "mi", "molestie", "mollis", "morbi", "nam", "nascetur",
    "nec", "neque", "nibh", "nisi", "nisl", "non", "nonummy", "nulla", "nunc",
    "odio", "orci", "ornare", "parturient", "pede", "pellentesque", "penatibus",
    "pharetra", "placerat", "porta", "porttitor", "posuere", "potenti",
    "pretium", "primis", "proin", "pulvinar", "purus", "quam", "quis",
    "rhoncus", "ridiculus", "risus", "rutrum", "sagittis", "sapien", "sed",
    "sem", "semper", "senectus", "sit", "sociis", "sodales", "sollicitudin",
    "suscipit", "tellus", "tempor", "tempus", "tincidunt", "tortor",
    "tristique", "turpis", "ullamcorper", "ultrices", "urna", "ut", "varius",
    "vehicula", "vel", "velit", "venenatis", "vestibulum", "vitae", "vivamus",
    "volutpat", "vulputate",
  ]

  static func text(
    paragraphs: Int, html: Bool, minimum: Int, maximum: Int, _ context: Context
  ) throws -> Value {
    guard minimum < maximum || paragraphs <= 0 else {
      throw TemplateError(
        .value, "empty range for randrange() (\(minimum), \(maximum), 0)")
    }
    let (size, isLong) = max(0, maximum).multipliedReportingOverflow(by: 16)
    let (most, isMuch) = max(0, paragraphs).multipliedReportingOverflow(
      by: size)
    let (span, isWide) = maximum.subtractingReportingOverflow(minimum)
    if paragraphs > 0 {
      try context.limits.check(
        text: isLong || isMuch || isWide ? Int.max : most)
    }
    let random = context.environment.random
    var result: [String] = []
    for _ in 0..<max(0, paragraphs) {
      var startsSentence = true
      var lastComma = 0
      var lastStop = 0
      var last = ""
      var sentence: [String] = []
      for place in 0..<max(0, minimum + random(span)) {
        var word = words[random(words.count)]
        if word == last { word = word == "sit" ? "amet" : "sit" }
        last = word
        if startsSentence {
          word = word.prefix(1).uppercased() + word.dropFirst()
          startsSentence = false
        }
        if place - (3 + random(5)) > lastComma {
          lastComma = place
          lastStop += 2
          word += ","
        }
        if place - (10 + random(10)) > lastStop {
          lastComma = place
          lastStop = place
          word += "."
          startsSentence = true
        }
        sentence.append(word)
      }
      var text = sentence.joined(separator: " ")
      if text.hasSuffix(",") { text.removeLast() }
      if !text.hasSuffix(".") { text += "." }
      result.append(text)
    }
    if !html { return Value(result.joined(separator: "\n\n")) }
    return .markup(
      result.map { "<p>\($0)</p>" }.joined(separator: "\n"))
  }
}
