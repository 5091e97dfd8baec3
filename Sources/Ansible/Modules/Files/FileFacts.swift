// What results tell of the file that they name: owner, group, mode, size and
// kind.

import Jinja

extension ModuleResult {
  /// Adds what is known of the file under `path`, else `dest`.
  ///
  /// Every module of Ansible that runs on a host ends with this, see
  /// ansible-core's basic.py, add_path_info. In a preview that changes
  /// something only the run can tell.
  mutating func describeFile(_ call: ModuleCall) {
    guard let path = (values["path"] ?? values["dest"])?.text,
      values["uid"] == nil
    else { return }
    if call.isPreview, changed ?? true {
      if values["state"]?.text == "absent" { return }
      for name in Self.fileFacts where values[name] == nil {
        values[name] = .unknown
      }
      return
    }
    let place = call.onThisMachine(path)
    guard let stamp = call.search.files.stamp(place),
      let state = call.machine.state(of: place, followsLinks: false)
    else { return }
    values["uid"] = Value(Int(state.user))
    values["gid"] = Value(Int(state.group))
    values["owner"] = Value(state.userName ?? String(state.user))
    values["group"] = Value(state.groupName ?? String(state.group))
    values["mode"] = Value(FileRights.text(state.mode))
    values["size"] = Value(state.size)
    values["state"] =
      call.machine.linkTarget(place) != nil
      ? "link"
      : stamp.isDirectory ? "directory" : state.links > 1 ? "hard" : "file"
  }

  private static let fileFacts = [
    "uid", "gid", "owner", "group", "mode", "size", "state",
  ]
}

/// A failure as a module tells it, with what else its result holds.
struct ModuleFailure: Error {
  var result: ModuleResult

  init(_ message: String, _ others: Parameters = [:]) {
    result = .failure(message)
    result.values.merge(others) { $1 }
  }
}
