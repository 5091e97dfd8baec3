// Comma-separated values in the dialect of Python's csv.excel.

enum CSVText {
  /// The rows of a text; fields in double quotes may hold the delimiter, line
  /// ends, and double quotes written twice.
  static func rows(_ text: String, delimiter: Unicode.Scalar) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field = ""
    var isQuoted = false
    var hasField = false
    let scalars = Array(text.unicodeScalars)
    var at = 0
    func endField() {
      row.append(field)
      field = ""
      hasField = false
    }
    func endRow() {
      if hasField || !row.isEmpty { endField() }
      rows.append(row)
      row = []
    }
    while at < scalars.count {
      let scalar = scalars[at]
      at += 1
      if isQuoted {
        if scalar != "\"" {
          field.unicodeScalars.append(scalar)
        } else if at < scalars.count, scalars[at] == "\"" {
          field.unicodeScalars.append("\"")
          at += 1
        } else {
          isQuoted = false
        }
      } else if scalar == "\"", field.isEmpty {
        isQuoted = true
        hasField = true
      } else if scalar == delimiter {
        endField()
        hasField = true
      } else if scalar == "\n" || scalar == "\r" {
        if scalar == "\r", at < scalars.count, scalars[at] == "\n" { at += 1 }
        endRow()
      } else {
        field.unicodeScalars.append(scalar)
        hasField = true
      }
    }
    if hasField || !row.isEmpty || !field.isEmpty { endRow() }
    return rows
  }
}
