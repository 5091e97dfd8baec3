// Finding a program the way a shell does.

import Glibc

/// The path of a program: itself when it holds a slash and can be executed,
/// else the first of that name in the folders of `searchPath`.
///
/// A relative path with a slash counts from `directory`, where the child will
/// be; nil means ours.
public func findExecutable(
  _ name: String, searchPath: String?, from directory: String? = nil
) -> String? {
  if name.contains("/") {
    let path =
      if let directory, !name.hasPrefix("/") { directory + "/" + name } else {
        name
      }
    return isExecutableFile(path) ? path : nil
  }
  guard !name.isEmpty else { return nil }
  let folders = (searchPath ?? "/usr/local/bin:/usr/bin:/bin")
    .split(separator: ":", omittingEmptySubsequences: false)
  for folder in folders {
    // An empty part means the current directory, as in a shell.
    let path = (folder.isEmpty ? "." : String(folder)) + "/" + name
    if isExecutableFile(path) { return path }
  }
  return nil
}

private func isExecutableFile(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    && access(path, X_OK) == 0
}
