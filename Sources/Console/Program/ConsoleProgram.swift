// The console as a program on a screen: events in, frames out, effects to the
// runner. What needs the main thread (editor, theme, settings) is done here.

import Terminal

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
  func end() {
    runner.cancelReads()
    runner.finishWrites()
  }

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
        let configuration = configuration
        let screen = screen
        answer(effect) {
          .edited(try screen.lend { try configuration.edit(text) })
        }
      case .saveSettings(let settings):
        let configuration = configuration
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
