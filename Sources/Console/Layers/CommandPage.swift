// The page behind `@`: the exact commands that were run on the operator's
// behalf, and over an object those that show the same.

import Terminal

extension ConsoleState {
  func commandLayer(_ records: [CommandRecord]) -> TextLayer {
    var lines: [TextLayer.Line] = []
    if case .object(let object)? = layers.last {
      lines.append(TextLayer.Line(text: "For this object", role: .heading))
      lines += objectCommands(object).map { TextLayer.Line(text: "  \($0)") }
      lines.append(TextLayer.Line(text: ""))
      lines.append(TextLayer.Line(text: "That were run", role: .heading))
    }
    lines += records.map { record in
      TextLayer.Line(
        text: "\(record.time.timestamp)  \(record.command)"
          + (record.result.map { "  (\($0))" } ?? ""))
    }
    if records.isEmpty {
      lines.append(
        TextLayer.Line(
          text: stack?.settings.isRehearsal == true
            ? "None: this stack rehearses, its cluster is in memory."
            : "No command was run yet.", role: .muted))
    }
    var layer = TextLayer(title: "Commands", lines: lines)
    if case .object? = layers.last { return layer }
    layer.top = lines.count
    layer.clamp(rows: textRows)
    return layer
  }

  /// The kubectl commands that show what the page of an object shows.
  private func objectCommands(_ layer: ObjectLayer) -> [String] {
    let object = layer.object
    var kubectl = "kubectl"
    if stack?.settings.isRehearsal == false,
      let context = stack?.settings.context
    {
      kubectl += " --context \(context.quotedForShell)"
    }
    let place = object.namespace.map { " -n \($0.quotedForShell)" } ?? ""
    let name = "\(object.kind.lowercased())/\(object.name)".quotedForShell
    var commands = [
      "\(kubectl)\(place) get \(name) -o yaml",
      "\(kubectl)\(place) describe \(name)",
      "\(kubectl)\(place) get events --field-selector "
        + "involvedObject.name=\(object.name)".quotedForShell,
    ]
    for (pod, container) in layer.sources.prefix(12) {
      commands.append(
        "\(kubectl) -n \(pod.namespace.quotedForShell) logs "
          + "\(pod.pod.quotedForShell) -c \(container.quotedForShell)")
    }
    return commands
  }
}

extension String {
  /// The text as one word of a shell.
  fileprivate var quotedForShell: String {
    let isPlain =
      !isEmpty
      && utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
          || (UInt8(ascii: "-")...UInt8(ascii: "9")).contains($0)
          || "@%+=:,_".utf8.contains($0)
      }
    guard !isPlain else { return self }
    return "'"
      + split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }
}
