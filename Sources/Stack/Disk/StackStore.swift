// Opens and makes stacks on disk.

import Ansible
import Kubernetes
import Platform

/// A stack as it was opened: its contents, and the state of the files they
/// came from.
public struct OpenStack: Sendable {
  public var contents: StackContents
  public var layout: StackLayout
  /// The files that editing writes, as they were when they were read; nil for
  /// one that did not exist.
  var stamps: [String: Platform.FileStamp?]
  /// The variables by the file that sets them.
  var variables: StackVariables
  /// All roles that can be chosen.
  var roles: RoleSet
}

/// Makes, opens and edits stacks.
///
/// It keeps parsed files as long as they do not change on disk, so that
/// opening a stack again costs little: keep one store for a process.
public struct StackStore: Sendable {
  let files: any Platform.Files
  private let documents: DocumentReader
  let vault: Vault
  /// The catalogue's directory of roles, absolute.
  let catalogue: String

  /// A store over the machine's files and a catalogue of roles.
  ///
  /// `vault` opens what the stack's files hold encrypted.
  public init(
    files: any Platform.Files, catalogue: String, vault: Vault = Vault()
  ) {
    self.files = files
    documents = DocumentReader(files: files, vault: vault)
    self.vault = vault
    self.catalogue = catalogue
  }

  private var roleReader: RoleReader { RoleReader(documents: documents) }

  /// Whether a directory is a stack.
  public func isStack(_ directory: String) -> Bool {
    let layout = StackLayout(directory: directory)
    return (try? files.exists(layout.services)) == true
  }

  /// What can be chosen when there is no stack yet.
  public func available() -> (services: [Service], components: [Component]) {
    let set = RoleSet.read(own: "", catalogue: catalogue, roleReader)
    return (set.services, set.components)
  }

  // MARK: Opening

  /// Reads a stack.
  ///
  /// Whatever is wrong with its content is among the contents' problems.
  ///
  /// - Throws: ``StackProblem`` of kind `notAStack` or `unreadable`.
  public func open(_ directory: String) throws(StackProblem) -> OpenStack {
    let layout = StackLayout(directory: directory)
    try mustBeStack(layout)
    let stamps = try stamps(layout)
    let roles = RoleSet.read(
      own: layout.roles, catalogue: catalogue, roleReader)
    let variables = StackVariables.read(layout, roleReader)
    let local = LocalSettings.read(layout, files)
    return OpenStack(
      contents: StackAssembly(
        layout: layout, roles: roles, variables: variables, local: local,
        files: files
      ).contents(),
      layout: layout, stamps: stamps, variables: variables, roles: roles)
  }

  private func mustBeStack(_ layout: StackLayout) throws(StackProblem) {
    do {
      guard let status = try files.status(layout.directory) else {
        throw StackProblem(
          .notAStack, "there is no directory \(layout.directory)",
          remedy: "make a stack with `quarterdeck new \(layout.directory)`")
      }
      guard status.kind == .folder else {
        throw StackProblem(
          .notAStack, "\(layout.directory) is not a directory")
      }
      _ = try files.list(layout.directory)
      guard try files.exists(layout.services) else {
        throw StackProblem(
          .notAStack,
          "\(layout.directory) is no stack: it has no "
            + "group_vars/all/services.yml",
          remedy: "make one with `quarterdeck new \(layout.directory)`")
      }
      _ = try files.read(layout.services)
    } catch let problem as StackProblem {
      throw problem
    } catch let error as FileError {
      throw StackProblem(error)
    } catch {
      throw StackProblem(.unreadable, "\(error)")
    }
  }

  func stamps(
    _ layout: StackLayout
  ) throws(StackProblem) -> [String: Platform.FileStamp?] {
    var stamps: [String: Platform.FileStamp?] = [:]
    do throws(FileError) {
      for path in [layout.services, layout.parameters, layout.passwords] {
        stamps.updateValue(try files.status(path)?.stamp, forKey: path)
      }
    } catch {
      throw StackProblem(error)
    }
    return stamps
  }

  // MARK: Making

  /// Makes a stack.
  ///
  /// What the services need is chosen along; secrets are generated.
  ///
  /// - Throws: ``StackProblem``: `exists` where the directory holds one or
  ///   anything else, `unknownService`, `cycle`, `unreadable`.
  public func create(
    _ directory: String, services: [String],
    settings: StackSettings = StackSettings()
  ) throws(StackProblem) -> OpenStack {
    let layout = StackLayout(directory: directory)
    let roles = RoleSet.read(own: "", catalogue: catalogue, roleReader)
    let graph = ServiceGraph(
      services: roles.services, components: roles.components)
    var chosen: [String] = []
    for name in services {
      guard graph.services[name] != nil else {
        throw StackProblem(
          .unknownService, "there is no service \(name.printable)",
          remedy: Spelling.suggestion(for: name, among: graph.serviceOrder)
            ?? "choose from \(graph.serviceOrder.joined(separator: ", "))")
      }
      chosen = graph.choosing(name, with: chosen).chosen
    }
    let text = try ServicesFile.text(
      of: layout.name, chosen: chosen, settings: settings)
    do throws(FileError) {
      if try files.status(layout.directory) != nil,
        try !files.list(layout.directory).isEmpty
      {
        throw FileError(
          "make a stack in", layout.directory,
          .wrongKind("the directory is not empty"))
      }
      try files.makeFolder(layout.variables, mode: .sharedFolder)
      try files.makeFolder(layout.roles, mode: .sharedFolder)
      try write(Playbook.configuration, to: layout.configuration)
      try write(Playbook.ignore, to: layout.ignore)
      try write("", to: layout.roles + "/.keep")
      try files.write(text, to: layout.services, mode: .shared)
      try write(ServicesFile.parametersHeader, to: layout.parameters)
      try files.write(
        Array(ServicesFile.passwordsHeader.utf8), to: layout.passwords,
        mode: .secret)
    } catch {
      throw error.path == layout.directory
        ? StackProblem(
          .exists, "\(error)",
          remedy: "name a directory that is new or empty")
        : StackProblem(error)
    }
    try prepare(layout)
    var local = LocalSettings()
    local.context = settings.context
    local.isRehearsal = settings.isRehearsal
    try local.write(layout, files)
    let stack = try open(directory)
    return try apply(stack.contents.missingSecrets, to: stack)
  }

  /// Keeps the stack's private folder and its link to the catalogue.
  public func prepare(_ layout: StackLayout) throws(StackProblem) {
    do throws(FileError) {
      try files.makePrivateFolder(layout.local)
      var target: String?
      do throws(FileError) {
        target = try files.linkTarget(layout.catalogue)
      } catch {
        if !error.isNotFound { throw error }
      }
      if target != catalogue {
        try files.link(layout.catalogue, to: catalogue)
      }
    } catch {
      throw StackProblem(error)
    }
  }

  private func write(_ text: String, to path: String) throws(FileError) {
    try files.write(Array(text.utf8), to: path, mode: .shared)
  }
}

extension StackProblem {
  /// A file that could not be read or written.
  init(_ error: FileError) {
    if case .changed = error.problem {
      self.init(
        .changedOnDisk, "\(error.path) was changed since it was read",
        at: SourceLocation(file: error.path),
        remedy: "read the stack again and repeat the change")
    } else {
      self.init(
        .unreadable, "\(error)", at: SourceLocation(file: error.path),
        remedy: error.problem == .denied
          ? "give yourself the right to it, or run as its owner" : "")
    }
  }
}
