// The root reducer: events to the layer or screen that has the keys, answers
// to whom they belong.

import Kubernetes
import Run
import Stack
import Terminal

/// Changes the state by one action; gives what is to be done outside.
func reduce(_ state: inout ConsoleState, _ action: Action) -> [Effect] {
  defer { if state.screen == .rollout { state.keepRolloutRows() } }
  switch action {
  case .tick(let now):
    state.now = now
    return []
  case .event(let event): return state.reduce(event)
  case .answer(let slot, let id, let result):
    guard state.isNewest(slot, id) else { return [] }
    return state.take(result, for: slot)
  }
}

extension ConsoleState {
  /// The first effects: read the stack.
  mutating func begin() -> [Effect] { [effect(.stack, .open)] }

  /// Rows that lists without parts of their own have.
  var listRows: Int {
    max(1, contentRect(size: size, isGuided: isGuided).rows - 1)
  }

  fileprivate mutating func reduce(_ event: ScreenEvent) -> [Effect] {
    switch event {
    case .resize(let size):
      self.size = size
      refitLayers()
      return []
    case .posted: return []
    case .hangup, .terminate:
      isDone = true
      return []
    case .input(.key(let key)):
      // Blind keys do nothing but quit.
      guard size.isEnough else {
        isDone = globalKeys.command(for: key, vi: false) == .quit
        return []
      }
      notice = nil
      return press(key)
    case .input(.paste(let text)):
      notice = nil
      return paste(text)
    case .input(.mouse(let mouse)):
      switch mouse.action {
      case .wheelUp: return press(.up)
      case .wheelDown: return press(.down)
      case .press:
        click(row: mouse.place.row)
        return []
      }
    }
  }

  /// Selects the line of a list that was clicked.
  private mutating func click(row: Int) {
    guard layers.isEmpty, parameters.edit == nil,
      let line = view(self, size: size, glyphs: .unicode).lines[row]
    else { return }
    switch screen {
    case .cluster:
      cluster.list.select(line)
      cluster.isMoved = true
    case .services: services.list.select(line)
    case .parameters:
      parameters.list.select(line)
      parameters.revealed = nil
    case .nodes: nodes.list.select(line)
    case .review: review.list.select(line)
    case .rollout: selectRow(line)
    case .runs: runs.list.select(line)
    case .settings: settingsScreen.list.select(line)
    }
  }

  // MARK: Keys

  private mutating func press(_ key: Key) -> [Effect] {
    if let layer = layers.last { return press(key, on: layer) }
    if let effects = pressScreen(key) { return effects }
    guard let command = globalKeys.command(for: key, vi: settings.viKeys)
    else { return [] }
    return reduce(command)
  }

  private mutating func pressScreen(_ key: Key) -> [Effect]? {
    switch screen {
    case .cluster: reduceCluster(key: key)
    case .services: reduceServices(key: key)
    case .parameters: reduceParameters(key: key)
    case .nodes: reduceNodes(key: key)
    case .review: reduceReview(key: key)
    case .rollout: reduceRollout(key: key)
    case .runs: reduceRuns(key: key)
    case .settings: reduceSettings(key: key)
    }
  }

  private mutating func reduce(_ command: GlobalCommand) -> [Effect] {
    switch command {
    case .help: layers.append(.help(helpLayer()))
    case .quit:
      isDone = true
    case .back: return back()
    case .commandLog: return [effect(.commands, .commandLog)]
    case .redraw: break
    case .reload: return reload()
    case .show(let screen): return show(screen)
    case .nextStep: return step(by: 1)
    case .previousStep: return step(by: -1)
    }
    return []
  }

  private mutating func press(_ key: Key, on layer: Layer) -> [Effect] {
    let index = layers.count - 1
    func put(_ layer: Layer?) {
      if let layer { layers[index] = layer } else { layers.remove(at: index) }
    }
    switch layer {
    case .help(let page):
      if key == "?", !page.search.isTyping {
        put(nil)
        return []
      }
      put(reduceText(page, key: key).map(Layer.help))
      return []
    case .text(let page):
      if key == "?", !page.search.isTyping { return showKeys(textKeys) }
      put(reduceText(page, key: key).map(Layer.text))
      return []
    case .confirm(let question): return press(key, on: question)
    case .choice(let choice):
      if key == "?" { return showKeys(choiceKeys) }
      return press(key, on: choice)
    case .form(let form):
      if key == "?", form.field == nil { return showKeys(formKeys) }
      let result = reduceForm(form, key: key)
      put(result.layer.map(Layer.form))
      return result.effects
    case .password(let question):
      let result = reducePassword(question, key: key)
      put(result.layer.map(Layer.password))
      return result.effects
    case .object(let object):
      if key == "?", !object.search.isTyping { return showKeys(objectKeys) }
      let result = reduceObject(object, key: key)
      put(result.layer.map(Layer.object))
      return result.effects
    }
  }

  private mutating func showKeys<Command>(_ table: KeyTable<Command>)
    -> [Effect]
  {
    let sections = [
      table.help(vi: settings.viKeys), listKeys.help(vi: settings.viKeys),
    ]
    layers.append(
      .help(TextLayer(title: "Keys", lines: lines(of: sections))))
    return []
  }

  private mutating func press(_ key: Key, on question: ConfirmLayer)
    -> [Effect]
  {
    var question = question
    guard let typed = question.typed else {
      switch confirmKeys.command(for: key, vi: false) {
      case .yes:
        layers.removeLast()
        return decide(question.decision)
      case .no: layers.removeLast()
      case nil: break
      }
      return []
    }
    switch editKeys.command(for: key, vi: false) {
    case .leave: layers.removeLast()
    case .take:
      guard question.line.text == typed else { return [] }
      layers.removeLast()
      return decide(question.decision)
    case nil:
      _ = question.line.handle(key)
      layers[layers.count - 1] = .confirm(question)
    }
    return []
  }

  private mutating func decide(_ decision: Decision) -> [Effect] {
    switch decision {
    case .choose(let names, let text):
      notice = .info(text)
      return choose(names)
    case .create(let context): return create(context: context)
    case .start(let plan, let consent):
      return [effect(.start, .start(plan, consent))]
    case .tell(let run, let order):
      return [effect(.tell, .tell(run, order))]
    }
  }

  private mutating func press(_ key: Key, on choice: ChoiceLayer)
    -> [Effect]
  {
    var choice = choice
    if let move = listKeys.command(for: key, vi: settings.viKeys) {
      choice.list.move(move, count: choice.options.count, rows: listRows)
      layers[layers.count - 1] = .choice(choice)
      return []
    }
    switch choiceKeys.command(for: key, vi: false) {
    case .close:
      layers.removeLast()
      return []
    case .take:
      layers.removeLast()
      guard choice.options.indices.contains(choice.list.selection) else {
        return []
      }
      return take(choice)
    case nil: return []
    }
  }

  private mutating func take(_ choice: ChoiceLayer) -> [Effect] {
    let option = choice.options[choice.list.selection]
    switch choice.target {
    case .parameter(let name):
      guard let value = stack?.value(of: name) else { return [] }
      return set(
        value, to: value.parameter.limits.choices[choice.list.selection])
    case .theme:
      settings.theme = option
      return [effect(.settings, .saveSettings(settings))]
    case .operation:
      guard let operation = RunOperation(rawValue: option) else { return [] }
      review.request.operation = operation
      return replan()
    }
  }

  private mutating func paste(_ text: String) -> [Effect] {
    switch layers.last {
    case .confirm(var question)? where question.typed != nil:
      question.line.insert(text)
      layers[layers.count - 1] = .confirm(question)
      return []
    case .form(var form)? where form.field != nil:
      form.line.insert(text)
      layers[layers.count - 1] = .form(form)
      return []
    case .password(var question)?:
      question.line.insert(text)
      layers[layers.count - 1] = .password(question)
      return []
    case .some: return []
    case nil: break
    }
    if screen == .parameters, parameters.edit != nil {
      return pasteIntoEdit(text)
    }
    switch screen {
    case .parameters where parameters.search.isTyping:
      parameters.search.paste(text)
    case .services where services.search.isTyping: services.search.paste(text)
    case .nodes where nodes.search.isTyping: nodes.search.paste(text)
    case .review where review.search.isTyping: review.search.paste(text)
    case .rollout where rollout.search.isTyping: rollout.search.paste(text)
    case .runs where runs.search.isTyping: runs.search.paste(text)
    case .cluster where cluster.search.isTyping: cluster.search.paste(text)
    case .settings where settingsScreen.search.isTyping:
      settingsScreen.search.paste(text)
    default: break
    }
    return []
  }

  // MARK: Screens

  /// Shows a screen, and asks for what it needs.
  mutating func show(_ wanted: ScreenKind) -> [Effect] {
    guard stack != nil || wanted == .cluster || wanted == .settings else {
      notice = .info("There is no stack yet: take a cluster first.")
      return []
    }
    screen = wanted
    // The first deployment is done: from here on nothing has to be guided.
    if wanted != .rollout, rollout.snapshot?.run.state == .succeeded {
      isGuided = false
    }
    switch wanted {
    case .nodes:
      return isWaiting(for: .nodes) ? [] : [effect(.nodes, .nodes)]
    case .review: return wantPlan()
    case .runs: return [effect(.runs, .runs)]
    case .rollout:
      if let active = overview?.activeRun,
        rollout.snapshot?.run.state.isOver == true
      {
        return follow(active)
      }
      guard rollout.number == nil else { return [] }
      if let active = overview?.activeRun { return follow(active) }
      // The newest run, whatever became of it.
      return [effect(.runs, .runs)]
    case .cluster:
      return cluster.choices.isEmpty ? [effect(.choices, .clusterChoices)] : []
    case .services:
      return isWaiting(for: .overview) ? [] : [effect(.overview, .overview)]
    case .parameters, .settings: return []
    }
  }

  private mutating func back() -> [Effect] {
    switch screen {
    case .services:
      services.search.clear()
      return []
    case .cluster: cluster.search.clear()
    case .nodes where nodes.search.isActive: nodes.search.clear()
    case .settings where settingsScreen.search.isActive:
      settingsScreen.search.clear()
    case .runs where runs.search.isActive: runs.search.clear()
    default: if !isGuided { screen = .services }
    }
    return []
  }

  /// A step of the guided deployment; keeps all that was entered.
  private mutating func step(by distance: Int) -> [Effect] {
    guard isGuided, let now = ScreenKind.guide.firstIndex(of: screen) else {
      notice = .info("There is no guided deployment going on.")
      return []
    }
    let next = now + distance
    guard ScreenKind.guide.indices.contains(next) else { return [] }
    if screen == .cluster, stack == nil { return takeCluster() }
    if screen == .services, distance > 0, stack?.chosen.isEmpty == true {
      notice = .problem("Choose a service first: space chooses.")
      return []
    }
    if screen == .review, distance > 0, rollout.number == nil {
      notice = .info("g starts the run; nothing was applied yet.")
      return []
    }
    return show(ScreenKind.guide[next])
  }

  /// The keys of the guided deployment, while it is on.
  var stepHints: [Hint] {
    guard isGuided, let now = ScreenKind.guide.firstIndex(of: screen) else {
      return []
    }
    var hints: [Hint] = []
    if now + 1 < ScreenKind.guide.count, screen != .review {
      hints.append(Hint(key: ">", text: "next"))
    }
    if now > 0 { hints.append(Hint(key: "<", text: "back")) }
    return hints
  }

  private mutating func reload() -> [Effect] {
    guard stack != nil else { return [effect(.stack, .open)] }
    var effects = [effect(.stack, .open), effect(.overview, .overview)]
    switch screen {
    case .cluster: effects.append(effect(.choices, .clusterChoices))
    case .nodes: effects.append(effect(.nodes, .nodes))
    case .runs: effects.append(effect(.runs, .runs))
    case .review: effects += replan()
    case .rollout:
      if let number = rollout.number {
        rollout.number = nil
        effects += follow(number)
      }
    default: break
    }
    return effects
  }
}
