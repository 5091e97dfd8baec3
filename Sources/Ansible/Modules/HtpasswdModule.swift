// `community.general.htpasswd`: a user's line in a password file of a web
// server.

import Jinja
import OrderedCollections

struct HtpasswdModule: Module {
  let names = ["community.general.htpasswd", "htpasswd"]
  let refusedArguments = Set(FileAttributes.refused)

  private static let spec = ValidationSpec(
    OrderedDictionary(
      uniqueKeysWithValues: [
        (
          "path",
          .init("path", required: true, aliases: ["dest", "destfile"])
        ),
        ("name", .init("str", required: true, aliases: ["username"])),
        ("password", .init("str", secret: true)),
        (
          "hash_scheme",
          .init("str", default: "apr_md5_crypt", aliases: ["crypt_scheme"])
        ),
        (
          "state",
          .init("str", default: "present", choices: ["present", "absent"])
        ),
        ("create", .init("bool", default: true)),
      ] + FileAttributes.options))

  func run(_ call: ModuleCall) async throws -> ModuleResult {
    let arguments = try call.validated(by: Self.spec)
    try FileAttributes.check(call)
    let path = call.local(PlainText.of(arguments["path"] ?? ""))
    let user = PlainText.of(arguments["name"] ?? "")
    let isPresent = arguments["state"]?.text != "absent"
    let exists = call.search.files.exists(path)
    if !exists, !isPresent {
      call.warn("\(path) does not exist")
      return ModuleResult(changed: false, message: "\(user) not present")
    }
    if !exists, arguments["create"]?.boolean == false {
      return .failure("Destination \(path) does not exist")
    }
    let old = exists ? try call.search.files.text(path) : ""
    // Empty lines would be read as users without a name.
    var lines = old.split(separator: "\n").map(String.init)
      .filter { !$0.allSatisfy(\.isWhitespace) }
    let index = lines.firstIndex {
      !$0.hasPrefix("#") && $0.prefix { $0 != ":" } == user[...]
    }
    var message = "\(user) \(isPresent ? "already" : "not") present"
    var isChanged = false
    if isPresent {
      guard let word = arguments["password"], !word.isNone else {
        return .failure("secret must be unicode or bytes, not None")
      }
      let password = PlainText.of(word)
      let hash = index.map { lines[$0].split(separator: ":", maxSplits: 1) }
      if hash.map({
        ApacheHash.verify(password, $0.count > 1 ? String($0[1]) : "")
      }) != true {
        let scheme = arguments["hash_scheme"]?.text ?? ""
        guard let made = try ApacheHash.hash(password, scheme: scheme) else {
          throw Refusal(
            .argument, "hash_scheme: \(scheme)", at: call.task.place)
        }
        message =
          exists
          ? "Add/update \(user)" : "Created \(path) and added \(user)"
        isChanged = true
        if let index {
          lines[index] = "\(user):\(made)"
        } else {
          lines.append("\(user):\(made)")
        }
      }
    } else if let index {
      lines.remove(at: index)
      message = "Remove \(user)"
      isChanged = true
    }
    let text = lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
    let ended = try await TextEditing.write(
      isChanged ? text : nil, to: path, saying: message, arguments, call)
    return ended.result
  }
}
