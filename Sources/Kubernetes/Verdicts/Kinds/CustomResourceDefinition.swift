// CustomResourceDefinition: its kind is served, or its names are taken.
//
//   status: {conditions: [{type: NamesAccepted, status: "True"},
//     {type: Established, status: "True"}]}

enum CustomResourceDefinitionRule: VerdictRule {
  static func judge(_ object: KubernetesObject, _ around: Circumstances)
    -> Verdict
  {
    if let names = object.condition("NamesAccepted"), names.isFalse {
      return Verdict(
        .failed, names.word("NamesNotAccepted"),
        names.clause("its names are taken"))
    }
    guard let established = object.condition("Established") else {
      return Verdict(.inProgress, "Installing", "is being established")
    }
    if established.isTrue {
      return Verdict(.current, "Established", "is established")
    }
    return Verdict(
      established.isFalse && established.reason != "Installing"
        ? .failed : .inProgress, established.word("Installing"),
      established.clause("is being established"))
  }
}
