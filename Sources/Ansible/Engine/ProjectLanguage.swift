// The template language of one project: Jinja with Ansible's filters, tests
// and lookups over the project's files.

import Glibc
import Jinja

/// The environments in which a project's templates run.
public struct ProjectLanguage: Sendable {
  /// Without effects: lookups that run programs or make secrets are unknown.
  public let preview: Environment
  /// With effects, for a run.
  public let run: Environment
  /// The names of the lookups, without the collection of the built-in ones.
  public let lookups: Set<String>

  /// The language of the project in `directory`.
  public init(
    directory: String, files: any SourceFiles, vault: Vault,
    configuration: Configuration = Configuration(),
    environment: [String: String]
  ) {
    var world = PluginWorld(files: files, directory: directory)
    world.environment = environment
    world.vault = vault
    world.configuration = configuration
    world.linkTarget = Self.linkTarget
    world.fileState = { PlatformMachine().state(of: $0, followsLinks: false) }
    world.zoneOffset = Self.zoneOffset
    let watching = AnsiblePlugins(world: world)
    preview = Self.environment(watching, directory, files)
    let general = "community.general."
    // Ansible redirects their short names.
    lookups = watching.lookupNames.union(
      watching.lookupNames.filter { $0.hasPrefix(general) }
        .map { String($0.dropFirst(general.count)) })
    world.effects = ShellEffects()
    world.now = Self.now
    run = Self.environment(
      AnsiblePlugins(world: world), directory, files)
  }

  private static func environment(
    _ plugins: AnsiblePlugins, _ directory: String, _ files: any SourceFiles
  ) -> Environment {
    var options = Options.ansible
    options.keepsBackslashes = true
    options.keepsTrailingNewline = false
    return plugins.environment(options: options) { registry in
      registry.globals["omit"] = Omit.value
      registry.loader = TemplateFolders([directory]).loader(files)
    }
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  static func zoneOffset(_ instant: Double) -> Int {
    var seconds = time_t(instant)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return parts.tm_gmtoff
  }

  private static func linkTarget(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = readlink(path, &buffer, buffer.count)
    guard count >= 0 else { return nil }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }
}
