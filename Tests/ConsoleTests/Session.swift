// A console without a terminal: keys in, the screen as text out. Effects run
// against the scripted backend, each to its end before the next key.

import Kubernetes
import Synchronization
import Terminal
import Testing

@testable import Console

final class Session {
  private(set) var state: ConsoleState
  let backend: ScriptedBackend
  var glyphs: Glyphs
  /// Effects that have no backend: the editor and the settings file.
  private(set) var ownEffects: [Request] = []

  init(
    columns: Int = 80, rows: Int = 24, glyphs: Glyphs = .unicode,
    backend: ScriptedBackend = ScriptedBackend()
  ) async {
    state = ConsoleState(
      size: Size(columns: columns, rows: rows), now: Fixture.now,
      themes: ["default", "light", "mono"])
    self.glyphs = glyphs
    self.backend = backend
    await carryOut(state.begin())
  }

  /// Presses keys: characters as they are, others in angle brackets.
  func press(_ keys: String) async {
    var rest = keys[...]
    while let first = rest.unicodeScalars.first {
      if first == "<", let end = rest.firstIndex(of: ">"),
        let key = Self.named[String(rest[rest.startIndex...end])]
      {
        rest = rest[rest.index(after: end)...]
        await send(.input(.key(key)))
      } else {
        rest.unicodeScalars.removeFirst()
        await send(.input(.key(.character(first))))
      }
    }
  }

  private static let named: [String: Key] = [
    "<enter>": .enter, "<esc>": .escape, "<tab>": .tab, "<up>": .up,
    "<down>": .down, "<left>": .left, "<right>": .right, "<end>": .end,
    "<home>": .home, "<backspace>": .backspace, "<pgdn>": .pageDown,
    "<^u>": .control("u"), "<lt>": "<", "<gt>": ">",
  ]

  func send(_ event: ScreenEvent) async {
    await carryOut(reduce(&state, .event(event)))
  }

  /// Lets an action happen that no key asked for.
  func receive(_ action: Action) async {
    await carryOut(reduce(&state, action))
  }

  private func carryOut(_ effects: [Effect]) async {
    for effect in effects {
      switch effect.request {
      case .cancel: continue
      case .edit, .saveSettings:
        ownEffects.append(effect.request)
        continue
      default: break
      }
      let parts = Parts()
      var result: Result<Answer, Failure>
      do {
        result = .success(
          try await EffectRunner.perform(effect.request, backend) {
            parts.add($0)
          })
      } catch {
        result = .failure(Failure(error))
      }
      for part in parts.all {
        await carryOut(
          reduce(
            &state, .answer(effect.slot, id: effect.id, .success(part))))
      }
      await carryOut(
        reduce(&state, .answer(effect.slot, id: effect.id, result)))
    }
  }

  func select(_ parameter: String) { state.select(parameter: parameter) }

  var frame: Frame { view(state, size: state.size, glyphs: glyphs) }

  var text: String { frame.text }

  /// The sentence above the line of keys, which may take two lines.
  var sentence: String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines[(lines.count - 4)...(lines.count - 3)]
      .map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
      .joined(separator: " ")
  }

  /// The text of the line that is selected.
  var selectedLine: String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for row in 0..<state.size.rows
    where frame[1, row].style.isSelected || frame[12, row].style.isSelected {
      return String(lines[row])
    }
    return ""
  }
}

private final class Parts: Sendable {
  private let parts = Mutex<[Answer]>([])
  func add(_ part: Answer) { parts.withLock { $0.append(part) } }
  var all: [Answer] { parts.withLock { $0 } }
}
