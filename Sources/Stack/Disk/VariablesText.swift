// Edits a file of variables as text, so that everything the operator wrote
// around a value stays: comments, order, anchors, vault texts.

import Ansible
import Jinja
import Kubernetes

/// The text of a file of variables, edited variable by variable.
struct VariablesText {
  private var editor: YAMLEditor
  private let file: String

  /// Reads a text.
  ///
  /// Throws a ``StackProblem`` where it holds no variables.
  init(_ bytes: [UInt8], file: String) throws(StackProblem) {
    self.file = file
    do {
      editor = try YAMLEditor(
        String(decoding: bytes, as: UTF8.self), file: file)
    } catch let error as YAMLError {
      throw StackProblem(error)
    } catch {
      throw StackProblem(
        .syntax, "the file does not hold variables",
        at: SourceLocation(file: file),
        remedy: "write it as `name: value` lines")
    }
  }

  /// The text, without the blank lines that a removal leaves at the end.
  var bytes: [UInt8] {
    var bytes = Array(editor.text.utf8)
    while bytes.count > 1, bytes.suffix(2) == [0x0A, 0x0A] {
      bytes.removeLast()
    }
    return bytes
  }

  /// Sets a variable: in its place, or at the end under a comment.
  ///
  /// In a dictionary that is there only the keys that differ are touched.
  mutating func set(
    _ name: String, to value: JSON, comment: String = ""
  ) throws(StackProblem) {
    do {
      if let node = editor.node(at: [name]), node.tag == nil {
        var constructor = YAMLConstructor()
        let old = YAMLValues.json(
          try constructor.value(of: node, file: file))
        if case .object = old, case .object = value {
          var edited = editor
          if (try? Self.change(&edited, [name], from: old, to: value)) != nil {
            editor = edited
            return
          }
        }
      }
      try editor.set(
        [name], to: .value(YAMLValues.value(value)),
        comment: comment.isEmpty ? nil : Self.wrapped(comment),
        isSpaced: true)
    } catch {
      throw refused(name, error)
    }
  }

  /// Takes a variable out, with the one of the comments that ``set`` put above
  /// it.
  mutating func remove(
    _ name: String, comments: [String]
  ) throws(StackProblem) {
    guard editor.node(at: [name]) != nil else { return }
    do {
      try editor.remove([name], comments: comments.map(Self.wrapped))
    } catch {
      throw refused(name, error)
    }
  }

  private func refused(_ name: String, _ error: any Error) -> StackProblem {
    StackProblem(
      .syntax,
      "\(name) cannot be changed without touching what is around it: \(error)",
      at: SourceLocation(
        file: file, line: editor.node(at: [name])?.start.line),
      remedy: "edit the file by hand", parameter: name)
  }

  private static func change(
    _ editor: inout YAMLEditor, _ path: [String], from old: JSON, to new: JSON
  ) throws {
    guard let before = old.object, let after = new.object, !after.isEmpty else {
      if old != new {
        try editor.set(path, to: .value(YAMLValues.value(new)))
      }
      return
    }
    for key in after.keys.sorted() where after[key] != before[key] {
      let value = after[key] ?? .null
      try change(
        &editor, path + [key], from: before[key] ?? .null, to: value)
    }
    for key in before.keys.sorted() where after[key] == nil {
      try editor.remove(path + [key])
    }
  }

  private static func wrapped(_ text: String) -> String {
    text.split(separator: "\n").flatMap { paragraph in
      var lines: [String] = []
      var line = ""
      for word in paragraph.split(separator: " ") {
        if !line.isEmpty, line.count + 1 + word.count > 76 {
          lines.append(line)
          line = ""
        }
        line += line.isEmpty ? String(word) : " " + word
      }
      return line.isEmpty ? lines : lines + [line]
    }.joined(separator: "\n")
  }
}
