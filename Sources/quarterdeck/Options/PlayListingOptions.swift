// What of a playbook is listed instead of running it.

import ArgumentParser

struct PlayListingOptions: ParsableArguments {
  @Flag(help: "List the tasks that would run, and run none.")
  var listTasks = false

  @Flag(help: "List the tags that tasks have, and run nothing.")
  var listTags = false

  @Flag(help: "List the hosts that plays choose, and run nothing.")
  var listHosts = false

  @Flag(help: "Only read the playbook and say what is wrong with it.")
  var syntaxCheck = false

  /// Whether anything is listed, or only read.
  var isAsked: Bool { showsPlays || syntaxCheck }

  /// Whether plays are listed.
  var showsPlays: Bool { listTasks || listTags || listHosts }
}
