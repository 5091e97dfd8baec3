// The console as a program on a screen: events in, frames out, effects to the
// runner. What needs the main thread (editor, theme, settings) is done here.

import Kubernetes
import Terminal

/// What the console needs besides a screen and a backend.
public struct ConsoleConfiguration: Sendable {
  public var settings: ConsoleSettings
  /// The themes to choose from, by name.
  public var themes: [Theme]
  /// The wall clock.
  public var now: @Sendable () -> Instant
  /// Writes the settings file; throws what went wrong in one sentence.
  public var saveSettings: @Sendable (ConsoleSettings) throws -> Void
  /// Lets the operator edit a text in $EDITOR, on the terminal that was lent;
  /// nil when nothing was changed.
  public var edit: @Sendable (String) throws -> String?
  /// Something to tell at the start, such as an unreadable settings file.
  public var startNotice: String?

  public init(
    settings: ConsoleSettings, themes: [Theme],
    now: @escaping @Sendable () -> Instant,
    saveSettings: @escaping @Sendable (ConsoleSettings) throws -> Void,
    edit: @escaping @Sendable (String) throws -> String?,
    startNotice: String? = nil
  ) {
    self.settings = settings
    self.themes = themes
    self.now = now
    self.saveSettings = saveSettings
    self.edit = edit
    self.startNotice = startNotice
  }

  /// The theme that the settings name, or the plain one.
  public var theme: Theme {
    themes.first { $0.name == settings.theme } ?? .plain
  }
}

/// Runs the console until the operator quits or the terminal is gone.
///
/// Call it on the main thread.
public func runConsole(
  on screen: some Screen, backend: any ConsoleBackend,
  configuration: ConsoleConfiguration
) {
  let queue = ActionQueue<Action>(waker: screen.waker)
  var program = ConsoleProgram(
    screen: screen, runner: EffectRunner(backend: backend, queue: queue),
    configuration: configuration)
  program.begin()
  runLoop(&program, on: screen, queue: queue)
  program.end()
}

struct ConsoleProgram<S: Screen>: Program {
  private(set) var state: ConsoleState
  private let screen: S
  private let runner: EffectRunner
  private let configuration: ConsoleConfiguration

  init(
    screen: S, runner: EffectRunner, configuration: ConsoleConfiguration
  ) {
    self.screen = screen
    self.runner = runner
    self.configuration = configuration
    state = ConsoleState(
      size: screen.size, now: configuration.now(),
      settings: configuration.settings,
      themes: configuration.themes.map(\.name))
    state.notice = configuration.startNotice.map(Notice.problem)
  }

  mutating func begin() { perform(state.begin()) }

  /// Reads go; writes are finished, so that no half of an edit is lost.
  func end() { runner.cancelAll() }

  mutating func handle(_ event: ScreenEvent) {
    let theme = state.settings.theme
    state.now = configuration.now()
    perform(reduce(&state, .event(event)))
    if event == .input(.key(.control("l"))) { screen.use(theme: self.theme) }
    if state.settings.theme != theme { screen.use(theme: self.theme) }
  }

  mutating func receive(_ action: Action) {
    state.now = configuration.now()
    perform(reduce(&state, action))
  }

  func frame(size: Size, glyphs: Glyphs) -> Frame {
    view(state, size: size, glyphs: glyphs)
  }

  var isTicking: Bool { state.isTicking }

  mutating func tick() { _ = reduce(&state, .tick(configuration.now())) }

  var isDone: Bool { state.isDone }

  private var theme: Theme {
    configuration.themes.first { $0.name == state.settings.theme } ?? .plain
  }

  private mutating func perform(_ effects: [Effect]) {
    for effect in effects {
      switch effect.request {
      case .edit(let text):
        answer(effect) { .edited(try screen.lend { try configuration.edit(text) }) }
      case .saveSettings(let settings):
        answer(effect) {
          try configuration.saveSettings(settings)
          return .done
        }
      default: runner.start(effect)
      }
    }
  }

  private mutating func answer(
    _ effect: Effect, _ body: () throws -> Answer
  ) {
    let result: Result<Answer, Failure>
    do {
      result = .success(try body())
    } catch {
      result = .failure(Failure(error))
    }
    perform(reduce(&state, .answer(effect.slot, id: effect.id, result)))
  }
}
