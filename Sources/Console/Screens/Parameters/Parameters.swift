// The Parameters screen: the form of all options, found, changed, taken back.

import Kubernetes
import Stack
import Terminal

struct ParametersState: Hashable, Sendable {
  /// The service whose parameters are listed; nil lists all.
  var service: String?
  var showsAdvanced = false
  var showsChangedOnly = false
  var search = Search()
  var list = ListState()
  var edit: InlineEdit?
  /// The secret that is shown in the clear, until the selection moves.
  var revealed: String?
  /// What was edited in this session, newest last.
  var history: [Edit] = []
  /// The edit that is being written; its preview is asked for once it is.
  var written: Edit?
  var preview: ShownPreview?

  /// One edit that can be undone.
  struct Edit: Hashable, Sendable {
    var parameter: String
    /// The stack's own value before; nil where the default held.
    var before: JSON?
  }

  /// The line in which a value is being typed.
  struct InlineEdit: Hashable, Sendable {
    var parameter: String
    var line: LineEditor
    var problem: String?
  }

  /// What the last edit, or the one being typed, changes.
  struct ShownPreview: Hashable, Sendable {
    var parameter: String
    var result: EditPreview?
    var problem: String?
  }
}

enum ParametersCommand: Hashable, Sendable {
  case edit, toggle, useDefault, undo, advanced, changedOnly, search
  case nextService, previousService, generate, reveal, editor, review
}

let parametersKeys = KeyTable<ParametersCommand>(
  "Parameters",
  [
    KeyBinding(.enter, command: .edit, title: "edit the value", hint: "edit"),
    KeyBinding(.space, command: .toggle, title: "turn a yes or no"),
    KeyBinding(
      "d", command: .useDefault, title: "back to the role's default",
      hint: "default"),
    KeyBinding("u", command: .undo, title: "undo the last edit", hint: "undo"),
    KeyBinding(
      "/", command: .search,
      title: "search name, title, description and value of all services",
      hint: "search"),
    KeyBinding(
      .tab, command: .nextService, title: "next service", hint: "next service"),
    KeyBinding(.backTab, command: .previousService, title: "service before"),
    KeyBinding(
      "a", command: .advanced, title: "show or hide advanced parameters",
      hint: "advanced"),
    KeyBinding(
      "c", command: .changedOnly, title: "only what differs from the default",
      hint: "changed"),
    KeyBinding(
      "n", command: .generate, title: "make a new secret", hint: "new secret"),
    KeyBinding("v", command: .reveal, title: "show or hide the secret"),
    KeyBinding("e", command: .editor, title: "edit as YAML in $EDITOR"),
    KeyBinding("r", command: .review, title: "review the plan", hint: "review"),
  ])

/// Keys while a value is typed.
enum EditCommand: Hashable, Sendable {
  case take, leave
}

let editKeys = KeyTable<EditCommand>(
  "A value",
  [
    KeyBinding(.enter, command: .take, title: "take the value", hint: "take"),
    KeyBinding(
      .escape, command: .leave, title: "leave it as it was", hint: "leave"),
  ])

extension ParameterValue {
  /// The stack's own value; nil where the role's default holds.
  var own: JSON? {
    switch origin {
    case .file, .generated: value
    case .roleDefault, .quarterdeck, .missing: nil
    }
  }

  var isTemplate: Bool {
    guard case .string(let text)? = value else { return false }
    return ParameterCheck.isTemplate(text)
  }
}

extension ConsoleState {
  /// The parameters that the list shows; a search goes over all of them.
  var listedParameters: [ParameterValue] {
    guard let stack else { return [] }
    return stack.values.filter { value in
      let parameter = value.parameter
      if parameters.showsChangedOnly, !value.isChanged { return false }
      if !parameters.search.text.isEmpty {
        return parameters.search.matches(
          parameter.name, parameter.title, parameter.description,
          parameter.isSecret ? "" : value.display)
      }
      if parameter.level == .advanced, !parameters.showsAdvanced,
        !value.isChanged, value.problem == nil
      {
        return false
      }
      guard let service = parameters.service else { return true }
      return parameter.service == service
        || (parameter.service == nil
          && !Set(parameter.components).isDisjoint(
            with: stack.graph.services[service]?.components ?? []))
    }
  }

  var selectedParameter: ParameterValue? {
    let listed = listedParameters
    guard listed.indices.contains(parameters.list.selection) else {
      return nil
    }
    return listed[parameters.list.selection]
  }

  mutating func reduceParameters(key: Key) -> [Effect]? {
    if parameters.edit != nil { return reduceEdit(key: key) }
    if parameters.search.isTyping {
      if parameters.search.handle(key) { parameters.list = ListState() }
      return []
    }
    if let move = listKeys.command(for: key, vi: settings.viKeys) {
      parameters.list.move(
        move, count: listedParameters.count, rows: parameterRows)
      parameters.revealed = nil
      return []
    }
    if key == .escape, !parameters.search.text.isEmpty {
      let name = selectedParameter?.id
      parameters.search.clear()
      if let name { select(parameter: name) }
      return []
    }
    guard let command = parametersKeys.command(for: key, vi: settings.viKeys)
    else { return nil }
    return reduce(command)
  }

  private mutating func reduce(_ command: ParametersCommand) -> [Effect] {
    switch command {
    case .edit: return selectedParameter.map { beginEdit($0) } ?? []
    case .toggle:
      guard let value = selectedParameter, value.parameter.type == .bool,
        !value.isTemplate
      else {
        notice = .info("Space turns a yes or no; enter edits this one.")
        return []
      }
      return flip(value)
    case .useDefault: return selectedParameter.map { useDefault($0) } ?? []
    case .undo: return undo()
    case .advanced: return keepingSelection { $0.showsAdvanced.toggle() }
    case .changedOnly: return keepingSelection { $0.showsChangedOnly.toggle() }
    case .search: parameters.search.begin()
    case .nextService: turnService(by: 1)
    case .previousService: turnService(by: -1)
    case .generate: return selectedParameter.map { generate($0) } ?? []
    case .reveal:
      guard let value = selectedParameter, value.parameter.isSecret else {
        notice = .info("Only secrets are masked.")
        return []
      }
      let isShown = parameters.revealed == value.id
      parameters.revealed = isShown ? nil : value.id
    case .editor:
      guard let value = selectedParameter else { return [] }
      guard !value.parameter.isSecret else {
        notice = .info("A secret is typed in place, so that no file holds it.")
        return []
      }
      return [
        effect(.editor, .edit(value.value.map(ParameterInput.text) ?? ""))
      ]
    case .review: return show(.review)
    }
    return []
  }

  private mutating func keepingSelection(
    _ change: (inout ParametersState) -> Void
  ) -> [Effect] {
    let name = selectedParameter?.id
    change(&parameters)
    if let name { select(parameter: name) }
    return []
  }

  /// Selects a parameter if it is listed.
  mutating func select(parameter name: String) {
    let listed = listedParameters
    parameters.list.select(listed.firstIndex { $0.id == name } ?? 0)
    parameters.list.fit(count: listed.count, rows: parameterRows)
  }

  /// All services, then each that is chosen, in a circle.
  private mutating func turnService(by step: Int) {
    let turns: [String?] = [nil] + (stack?.chosen ?? [])
    let now = turns.firstIndex(of: parameters.service) ?? 0
    parameters.service = turns[(now + step + turns.count) % turns.count]
    parameters.list = ListState()
    parameters.revealed = nil
  }

  // MARK: Editing

  private mutating func beginEdit(_ value: ParameterValue) -> [Effect] {
    let parameter = value.parameter
    parameters.revealed = nil
    if !value.isTemplate, !parameter.isSecret {
      if parameter.type == .bool { return flip(value) }
      if !parameter.limits.choices.isEmpty, !parameter.type.isCollection {
        let options = parameter.limits.choices.map(ParameterValue.text)
        var list = ListState()
        list.select(options.firstIndex(of: value.display) ?? 0)
        layers.append(
          .choice(
            ChoiceLayer(
              title: parameter.title, options: options, list: list,
              target: .parameter(parameter.name))))
        return []
      }
      if let form = FormLayer(value) {
        layers.append(.form(form))
        return []
      }
    }
    let text =
      parameter.isSecret ? "" : value.value.map(ParameterInput.text) ?? ""
    guard !text.contains("\n") else {
      return [effect(.editor, .edit(text))]
    }
    parameters.edit = ParametersState.InlineEdit(
      parameter: parameter.name, line: LineEditor(text))
    return []
  }

  private mutating func reduceEdit(key: Key) -> [Effect] {
    guard var edit = parameters.edit,
      let value = stack?.value(of: edit.parameter)
    else {
      parameters.edit = nil
      return []
    }
    switch editKeys.command(for: key, vi: false) {
    case .leave:
      parameters.edit = nil
      parameters.preview = nil
      return [effect(.preview, .cancel)]
    case .take:
      switch judge(edit.line.text, for: value.parameter) {
      case .success(let new):
        parameters.edit = nil
        return set(value, to: new)
      case .failure(let failure):
        edit.problem = failure.sentence
        parameters.edit = edit
        return []
      }
    case nil:
      let before = edit.line.text
      _ = edit.line.handle(key)
      parameters.edit = edit
      guard edit.line.text != before else { return [] }
      return typed()
    }
  }

  mutating func pasteIntoEdit(_ text: String) -> [Effect] {
    parameters.edit?.line.insert(text)
    return typed()
  }

  /// Judges what has been typed so far, and asks what it would change.
  private mutating func typed() -> [Effect] {
    guard let edit = parameters.edit,
      let value = stack?.value(of: edit.parameter)
    else { return [] }
    switch judge(edit.line.text, for: value.parameter) {
    case .success(let new):
      parameters.edit?.problem = nil
      return [askPreview(edit.parameter, from: .saved, to: .value(new))]
    case .failure(let failure):
      parameters.edit?.problem = failure.sentence
      parameters.preview = nil
      return [effect(.preview, .cancel)]
    }
  }

  /// A typed text as a value, or why it is not one.
  func judge(
    _ text: String, for parameter: Parameter
  ) -> Result<JSON, Failure> {
    do {
      let value = try ParameterInput.value(text, for: parameter)
      if let problem = ParameterCheck.problem(with: value, for: parameter) {
        return .failure(Failure(sentence: problem.what))
      }
      return .success(value)
    } catch {
      return .failure(Failure(sentence: error.what))
    }
  }

  private mutating func flip(_ value: ParameterValue) -> [Effect] {
    let isOn = value.value?.bool ?? (ParameterInputFlag.isOn(value.value))
    return set(value, to: .bool(!isOn))
  }

  /// Asks what lies between two values; the answer belongs to this parameter.
  ///
  /// What is known of it stays until the answer comes.
  private mutating func askPreview(
    _ name: String, from: PreviewedValue, to: PreviewedValue
  ) -> Effect {
    if parameters.preview?.parameter != name {
      parameters.preview = ParametersState.ShownPreview(parameter: name)
    }
    return effect(.preview, .preview(name, from: from, to: to))
  }

  /// Notes what a write replaces, so that its preview can be told once the
  /// files have it.
  private mutating func noteWritten(_ name: String, before: JSON?) {
    parameters.written = ParametersState.Edit(parameter: name, before: before)
    if parameters.preview?.parameter != name {
      parameters.preview = ParametersState.ShownPreview(parameter: name)
    }
  }

  /// Asks what the edit that is now in the files has changed.
  mutating func previewOfWritten() -> [Effect] {
    guard let edit = parameters.written else { return [] }
    parameters.written = nil
    return [
      askPreview(
        edit.parameter, from: PreviewedValue(own: edit.before), to: .saved)
    ]
  }

  /// Writes a value, remembers the old one, and asks what changes.
  mutating func set(_ value: ParameterValue, to new: JSON?) -> [Effect] {
    let name = value.id
    let wanted = new == value.parameter.defaultValue ? nil : new
    guard wanted != value.own else {
      parameters.preview = nil
      return []
    }
    parameters.history.append(
      ParametersState.Edit(parameter: name, before: value.own))
    noteWritten(name, before: value.own)
    showOwn(wanted, of: name)
    return [effect(.stack, .set(name, wanted))]
  }

  /// Shows a value at once; the answer brings the files' word for it.
  ///
  /// The next key may come before that, and is about this value.
  private mutating func showOwn(_ own: JSON?, of name: String) {
    guard let index = stack?.values.firstIndex(where: { $0.id == name }),
      var value = stack?.values[index]
    else { return }
    let had = value.own
    value.value = own ?? value.parameter.defaultValue
    value.problem = nil
    if own == nil {
      value.origin = value.value == nil ? .missing : .roleDefault
    } else if had == nil {
      value.origin = .file(
        SourceLocation(
          file: value.parameter.isSecret ? "passwords.yml" : "parameters.yml"))
    }
    stack?.values[index] = value
  }

  private mutating func useDefault(_ value: ParameterValue) -> [Effect] {
    if value.parameter.isSecret {
      notice = .info("A secret has no default; n makes a new one.")
      return []
    }
    guard value.own != nil else {
      notice = .info("\(value.id) is the role's default already.")
      return []
    }
    return set(value, to: nil)
  }

  private mutating func undo() -> [Effect] {
    guard let last = parameters.history.popLast() else {
      notice = .info("There is nothing to undo.")
      return []
    }
    notice = .info("\(last.parameter) is as it was before.")
    select(parameter: last.parameter)
    noteWritten(last.parameter, before: stack?.value(of: last.parameter)?.own)
    showOwn(last.before, of: last.parameter)
    return [effect(.stack, .set(last.parameter, last.before))]
  }

  private mutating func generate(_ value: ParameterValue) -> [Effect] {
    guard value.parameter.generate != nil else {
      notice = .info("\(value.id) is not a secret that can be made.")
      return []
    }
    parameters.revealed = nil
    parameters.history.append(
      ParametersState.Edit(parameter: value.id, before: value.own))
    notice = .info("\(value.id) is new; v shows it, u brings the old one back.")
    noteWritten(value.id, before: value.own)
    return [effect(.stack, .generate(value.id))]
  }

  /// Takes what the operator wrote in the editor.
  mutating func takeEdited(_ text: String?) -> [Effect] {
    guard let text, let value = selectedParameter else {
      notice = .info("Nothing was changed.")
      return []
    }
    var body = text
    if case .str = value.parameter.type, body.hasSuffix("\n") {
      body.removeLast()
    }
    switch judge(body, for: value.parameter) {
    case .success(let new): return set(value, to: new)
    case .failure(let failure):
      notice = .problem(failure.sentence)
      return []
    }
  }
}

extension ParameterType {
  var isCollection: Bool {
    switch self {
    case .list, .dict: true
    default: false
    }
  }
}

/// Reads the flags that Ansible lets be written as text or number.
enum ParameterInputFlag {
  static func isOn(_ value: JSON?) -> Bool {
    guard let value,
      case .bool(let flag)? = try? ParameterInput.value(
        ParameterInput.text(value), for: Parameter(name: "flag", type: .bool))
    else { return false }
    return flag
  }
}
