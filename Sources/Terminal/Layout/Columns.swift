// Tables: how wide each column is on a screen of a given width, and which
// columns are left out when there is no room.

/// A column of a table.
public struct Column: Hashable, Sendable {
  public var title: String
  /// The least width that is of use.
  public var minimum: Int
  /// The width beyond which more is of no use; nil takes what is left over.
  public var maximum: Int?
  public var align: Alignment
  /// 0 always stays; the highest is left out first.
  public var priority: Int
  public var truncation: Truncation

  public init(
    _ title: String, minimum: Int, maximum: Int? = nil,
    align: Alignment = .left, priority: Int = 0,
    truncation: Truncation = .tail
  ) {
    self.title = title
    self.minimum = minimum
    self.maximum = maximum
    self.align = align
    self.priority = priority
    self.truncation = truncation
  }
}

extension [Column] {
  /// The columns no wider than what stands in them: what one column does not
  /// need is there for the others.
  ///
  /// `rows` are the texts of the lines, in the columns' order. A column without
  /// any text takes no room.
  public func fitted(to rows: [[String]]) -> [Column] {
    indices.map { index in
      var column = self[index]
      let widest = rows.reduce(column.title.columns) { width, row in
        index < row.count ? Swift.max(width, row[index].columns) : width
      }
      column.maximum = Swift.min(column.maximum ?? widest, widest)
      column.minimum = Swift.min(column.minimum, widest)
      return column
    }
  }
}

/// Where the columns of a table stand.
public struct ColumnLayout: Hashable, Sendable {
  public struct Place: Hashable, Sendable {
    /// Which column of those given.
    public var index: Int
    public var column: Int
    public var width: Int
  }

  public let places: [Place]

  /// Lays columns out in a width, with a gap of `gap` columns between them.
  public init(_ columns: [Column], width: Int, gap: Int = 1) {
    var kept = columns.indices.filter { columns[$0].maximum != 0 }
    func least(_ kept: [Int]) -> Int {
      kept.reduce(0) { $0 + columns[$1].minimum }
        + gap * max(0, kept.count - 1)
    }
    while least(kept) > width,
      let drop = kept.max(by: {
        (columns[$0].priority, $0) < (columns[$1].priority, $1)
      }), columns[drop].priority > 0
    {
      kept.removeAll { $0 == drop }
    }
    var widths = kept.map { columns[$0].minimum }
    var left = width - least(kept)
    // What is left over goes round, a column at a time, to those that can use
    // it; those without a maximum take the rest.
    var growing = kept.indices.filter { slot in
      columns[kept[slot]].maximum.map { $0 > widths[slot] } ?? true
    }
    while left > 0, !growing.isEmpty {
      for slot in growing where left > 0 {
        widths[slot] += 1
        left -= 1
      }
      growing.removeAll { widths[$0] == columns[kept[$0]].maximum }
    }
    var places: [Place] = []
    var column = 0
    for (slot, index) in kept.enumerated() {
      let room = min(widths[slot], max(0, width - column))
      places.append(Place(index: index, column: column, width: room))
      column += widths[slot] + gap
    }
    self.places = places
  }
}

extension Frame {
  /// Writes one line of a table.
  public mutating func writeRow(
    _ texts: [String], columns: [Column], layout: ColumnLayout, in rect: Rect,
    role: Role = .text, roles: [Int: Role] = [:]
  ) {
    for place in layout.places where place.index < texts.count {
      let column = columns[place.index]
      write(
        texts[place.index], column: rect.column + place.column, row: rect.row,
        role: roles[place.index] ?? role, width: place.width,
        align: column.align, truncation: column.truncation)
    }
  }
}
