// `quarterdeck manual`: the manual page, made from the commands themselves.

import ArgumentParser
import Kubernetes

struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Write the manual page (roff, section 1).",
    discussion: "For example: quarterdeck manual > quarterdeck.1")

  func run() throws {
    let text = Self.dump()
    guard let json = try? JSON(parsing: Array(text.utf8)),
      let command = json["command"]
    else {
      throw Failure(.failed, "the commands do not describe themselves")
    }
    Report.standardOutput(ManualPage(command).text)
  }

  /// The description that argument parsing gives of every command.
  private static func dump() -> String {
    do {
      _ = try Quarterdeck.parseAsRoot(["--experimental-dump-help"])
      return ""
    } catch {
      return Quarterdeck.fullMessage(for: error)
    }
  }
}

/// A manual page in roff's man macros (man 7 man).
struct ManualPage {
  private let root: JSON

  init(_ root: JSON) { self.root = root }

  var text: String {
    var lines = [
      #".TH QUARTERDECK 1 "" "quarterdeck \#(Quarterdeck.version)""#,
      ".SH NAME",
      "quarterdeck \\- \(escaped(root["abstract"]?.string ?? ""))",
      ".SH SYNOPSIS",
      ".B quarterdeck",
      "[\\fIcommand\\fR] [\\fIoptions\\fR]",
      ".SH DESCRIPTION",
    ]
    lines += paragraphs(root["discussion"]?.string ?? "")
    lines.append(".SH COMMANDS")
    for command in subcommands(of: root) { lines += section(command, []) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func subcommands(of command: JSON) -> [JSON] {
    (command["subcommands"]?.array ?? []).filter {
      $0["shouldDisplay"]?.bool != false
        && $0["commandName"]?.string != "help"
    }
  }

  private func section(_ command: JSON, _ path: [String]) -> [String] {
    let names = path + [command["commandName"]?.string ?? ""]
    var lines = [
      ".SS \(escaped(names.joined(separator: " ")))",
      escaped(command["abstract"]?.string ?? ""),
    ]
    if let more = command["discussion"]?.string {
      lines += [".PP"] + paragraphs(more)
    }
    for argument in command["arguments"]?.array ?? []
    where argument["shouldDisplay"]?.bool != false {
      lines += [
        ".TP", ".B \(escaped(spelling(of: argument)))",
        escaped(argument["abstract"]?.string ?? ""),
      ]
    }
    for inner in subcommands(of: command) { lines += section(inner, names) }
    return lines
  }

  private func spelling(of argument: JSON) -> String {
    let value = argument["valueName"]?.string ?? "value"
    let names = (argument["names"]?.array ?? []).compactMap { name in
      name["name"]?.string.map {
        name["kind"]?.string == "long" ? "--\($0)" : "-\($0)"
      }
    }
    switch argument["kind"]?.string {
    case "positional": return "<\(value)>"
    case "option": return names.joined(separator: ", ") + " <\(value)>"
    default: return names.joined(separator: ", ")
    }
  }

  private func paragraphs(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.isEmpty ? ".PP" : escaped(String($0))
    }
  }

  /// Text that roff prints as it stands.
  private func escaped(_ text: String) -> String {
    var result = text.replacing("\\", with: "\\e")
      .replacing("-", with: "\\-").replacing("\n", with: " ")
    if result.hasPrefix(".") || result.hasPrefix("'") {
      result = "\\&" + result
    }
    return result
  }
}
