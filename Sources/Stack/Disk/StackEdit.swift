// Changes to a stack's files.

import Ansible
import Kubernetes
import Platform

/// One change to a stack.
public enum StackEdit: Sendable, Hashable {
  /// These are the chosen services; `ServiceGraph` says what to choose along.
  case choose([String])
  /// A parameter gets a value; the role's default takes it out of the file.
  case set(String, JSON)
  /// A parameter goes back to the role's default.
  case reset(String)
  /// A secret gets a fresh value by its rule.
  case generate(String)
  /// The cluster's identity, once the first plan for it is frozen.
  case recordCluster(uid: String, policyVersion: String?)
  /// Where the stack is deployed to, on this machine.
  case useCluster(context: String?, isRehearsal: Bool)
}

extension StackStore {
  /// Writes changes to the stack's files and reads it again.
  ///
  /// Comments and everything else around the changed values stay. All changes
  /// are checked before the first file is written.
  ///
  /// - Throws: ``StackProblem``: `changedOnDisk` when a file is not what it
  ///   was when the stack was opened, `wrongType`, `outOfRange`,
  ///   `unknownParameter`, `unknownService`, `unreadable`.
  public func apply(
    _ edits: [StackEdit], to stack: OpenStack
  ) throws(StackProblem) -> OpenStack {
    guard !edits.isEmpty else { return stack }
    var editor = StackEditor(stack: stack, store: self)
    for edit in edits { try editor.apply(edit) }
    try editor.write()
    return try open(stack.layout.directory)
  }

  /// The texts that files would have after some changes, by absolute path.
  ///
  /// Nothing is written: this is what a preview is rendered from.
  ///
  /// - Throws: what ``apply(_:to:)`` throws but for `changedOnDisk`.
  public func texts(
    after edits: [StackEdit], in stack: OpenStack
  ) throws(StackProblem) -> [String: String] {
    var editor = StackEditor(stack: stack, store: self)
    for edit in edits { try editor.apply(edit) }
    return editor.newTexts
  }

  /// Writes the playbooks that follow from the chosen services.
  ///
  /// A playbook that the operator rewrote (its first line is not ours) stays.
  public func writePlaybooks(_ stack: OpenStack) throws(StackProblem) {
    var editor = StackEditor(stack: stack, store: self)
    try editor.playbooks()
    try editor.write()
  }
}

/// Collects the new texts of a stack's files.
private struct StackEditor {
  let stack: OpenStack
  let files: any Platform.Files
  private let vault: Vault
  private var texts: [String: VariablesText] = [:]
  /// What files that are encrypted as a whole were opened with.
  private var sealed: [String: VaultSecret] = [:]
  private var playbookTexts: [String: String] = [:]
  private var local: LocalSettings?

  init(stack: OpenStack, store: StackStore) {
    self.stack = stack
    files = store.files
    vault = store.vault
  }

  private var layout: StackLayout { stack.layout }

  mutating func apply(_ edit: StackEdit) throws(StackProblem) {
    switch edit {
    case .choose(let names): try choose(names)
    case .set(let name, let value): try set(name, value)
    case .reset(let name):
      _ = try parameter(name)
      try remove(name)
    case .generate(let name): try generate(name)
    case .recordCluster(let uid, let policyVersion):
      try put(
        ServicesFile.clusterUID, .string(uid), in: layout.services,
        comment: "The uid of kube-system in the cluster that this stack is "
          + "deployed to: no other one is touched.")
      if let policyVersion,
        stack.roles.parameters[ServicesFile.policyVersion]?.defaultValue
          != .string(policyVersion)
          || stack.variables.entries[ServicesFile.policyVersion] != nil
      {
        try put(
          ServicesFile.policyVersion, .string(policyVersion),
          in: layout.services,
          comment: "What this cluster serves for PodDisruptionBudgets.")
      }
    case .useCluster(let context, let isRehearsal):
      local = LocalSettings(context: context, isRehearsal: isRehearsal)
    }
  }

  // MARK: Single changes

  private mutating func choose(_ names: [String]) throws(StackProblem) {
    let known = stack.roles.services.map(\.name)
    for name in names where !known.contains(name) {
      throw StackProblem(
        .unknownService, "there is no service \(name.printable)",
        remedy: Spelling.suggestion(for: name, among: known)
          ?? "choose from \(known.joined(separator: ", "))")
    }
    let ordered = known.filter { names.contains($0) }
    try put(
      ServicesFile.chosen, .array(ordered.map(JSON.string)),
      in: layout.services, comment: "The chosen services, by name.")
    try playbooks(chosen: ordered)
    // A service that comes needs its secrets.
    for parameter in stack.roles.parameters(of: ordered)
    where parameter.isSecret && parameter.generate != nil
      && stack.variables.entries[parameter.name] == nil
    {
      try generate(parameter.name)
    }
  }

  private mutating func set(
    _ name: String, _ value: JSON
  ) throws(StackProblem) {
    let parameter = try parameter(name)
    if let problem = ParameterCheck.problem(with: value, for: parameter) {
      throw problem
    }
    if !parameter.isSecret, value == parameter.defaultValue,
      !ServicesFile.names.contains(name)
    {
      return try remove(name)
    }
    try put(
      name, value, in: try file(of: parameter),
      comment: parameter.description.isEmpty
        ? parameter.title : parameter.description)
  }

  private mutating func generate(_ name: String) throws(StackProblem) {
    let parameter = try parameter(name)
    guard let rule = parameter.generate else {
      throw StackProblem(
        .wrongType, "\(name) has no rule by which it could be generated",
        remedy: "set it", parameter: name)
    }
    var generator = SecretGenerator()
    try put(
      name, .string(generator.secret(for: rule)), in: layout.passwords,
      comment: parameter.title)
  }

  private mutating func remove(_ name: String) throws(StackProblem) {
    guard let entry = stack.variables.entries[name] else { return }
    let file = entry.location.file
    guard [layout.parameters, layout.passwords, layout.services].contains(file)
    else {
      throw StackProblem(
        .unreadable,
        "\(name) is set in \(layout.relative(file)), which is yours",
        at: entry.location, remedy: "take it out there", parameter: name)
    }
    var text = try text(file)
    let parameter = stack.roles.parameters[name]
    try text.remove(
      name,
      comments: [parameter?.description, parameter?.title].compactMap { $0 }
        .filter { !$0.isEmpty })
    texts[file] = text
  }

  private mutating func put(
    _ name: String, _ value: JSON, in file: String, comment: String
  ) throws(StackProblem) {
    var text = try text(file)
    try text.set(name, to: value, comment: comment)
    texts[file] = text
  }

  /// The file that a parameter is written to: ours, unless it would lose
  /// against one of the operator's.
  private func file(of parameter: Parameter) throws(StackProblem) -> String {
    let own =
      ServicesFile.names.contains(parameter.name)
      ? layout.services
      : parameter.isSecret ? layout.passwords : layout.parameters
    if let entry = stack.variables.entries[parameter.name],
      entry.location.file != own
    {
      let file = layout.relative(entry.location.file)
      throw StackProblem(
        .unreadable, "\(parameter.name) is set in \(file), which is yours",
        at: entry.location, remedy: "change it there, or take it out there",
        parameter: parameter.name)
    }
    return own
  }

  private func parameter(_ name: String) throws(StackProblem) -> Parameter {
    guard let parameter = stack.roles.parameters[name] else {
      throw StackProblem(
        .unknownParameter, "no role has a parameter \(name.printable)",
        remedy: Spelling.suggestion(for: name, among: stack.roles.order) ?? "",
        parameter: name)
    }
    return parameter
  }

  // MARK: Playbooks

  mutating func playbooks() throws(StackProblem) {
    try playbooks(chosen: stack.contents.chosen)
  }

  private mutating func playbooks(
    chosen: [String]
  ) throws(StackProblem) {
    let graph = ServiceGraph(
      services: stack.roles.services, components: stack.roles.components)
    for entryPoint in Playbook.entryPoints {
      let order = try graph.stages(
        of: chosen, upgrade: entryPoint == "upgrade"
      ).flatMap(\.components).compactMap { graph.components[$0] }
      playbookTexts[layout.playbook(entryPoint)] = Playbook.text(
        entryPoint, components: order, stack: stack.contents.name)
    }
  }

  // MARK: Files

  private mutating func text(
    _ file: String
  ) throws(StackProblem) -> VariablesText {
    if let text = texts[file] { return text }
    var bytes: [UInt8] = []
    do throws(FileError) {
      if try files.exists(file) { bytes = try files.read(file).bytes }
    } catch {
      throw StackProblem(error)
    }
    if Vault.isEncrypted(bytes) { bytes = try opened(bytes, file) }
    return try VariablesText(bytes, file: file)
  }

  /// The text of an encrypted file; it will be written encrypted again.
  private mutating func opened(
    _ bytes: [UInt8], _ file: String
  ) throws(StackProblem) -> [UInt8] {
    do {
      let (plaintext, secret) = try vault.open(bytes)
      sealed[file] = secret
      return plaintext
    } catch {
      throw .locked("\(error)", at: SourceLocation(file: file))
    }
  }

  /// The bytes of a file as they are written.
  private func bytes(
    of text: VariablesText, in file: String
  ) throws(StackProblem) -> [UInt8] {
    guard let secret = sealed[file] else { return text.bytes }
    do {
      return try Vault.encrypt(text.bytes, with: secret)
    } catch {
      throw StackProblem(.secret, "\(error)", at: SourceLocation(file: file))
    }
  }

  /// The new texts of the files of variables.
  var newTexts: [String: String] {
    texts.mapValues { String(decoding: $0.bytes, as: UTF8.self) }
  }

  func write() throws(StackProblem) {
    var contents: [String: [UInt8]] = [:]
    for (file, text) in texts {
      contents[file] = try bytes(of: text, in: file)
    }
    do throws(FileError) {
      for (file, content) in contents.sorted(by: { $0.key < $1.key }) {
        let expected: ExpectedFile =
          switch stack.stamps[file] {
          case .some(.some(let stamp)): .unchanged(stamp)
          case .some(.none): .nothing
          case .none: .anything
          }
        _ = try files.write(
          content, to: file,
          mode: file == layout.passwords ? .secret : nil, expected: expected)
      }
      for (file, text) in playbookTexts where try isOurs(file, text) {
        try files.write(Array(text.utf8), to: file)
      }
    } catch {
      throw StackProblem(error)
    }
    if let local { try local.write(layout, files) }
  }

  /// Whether a playbook is missing or begins as ours do, and differs.
  private func isOurs(
    _ file: String, _ text: String
  ) throws(FileError) -> Bool {
    guard try files.exists(file) else { return true }
    let old = String(decoding: try files.read(file).bytes, as: UTF8.self)
    return old != text && old.hasPrefix(text.prefix { $0 != "\n" })
  }
}
