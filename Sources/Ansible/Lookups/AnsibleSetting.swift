// Settings of ansible.cfg by the names that the `config` lookup takes
// (https://docs.ansible.com/ansible/latest/reference_appendices/config.html):
// those that bear on roles that run on one local host.

import Jinja

/// One setting's value and where it comes from.
struct AnsibleSetting {
  var value: Value
  /// The path of ansible.cfg, `env: NAME`, `var: NAME` or `default`.
  var origin: String

  /// The value of the setting `name`; nil where there is no such setting here.
  static func value(
    _ name: String, configuration: Configuration,
    environment: [String: String],
    variable: (String) throws -> Value?
  ) throws -> AnsibleSetting? {
    guard
      let line = table.split(separator: "\n").first(where: {
        $0.hasPrefix(name + "|")
      })
    else { return nil }
    let fields = line.split(separator: "|", omittingEmptySubsequences: false)
      .map(String.init)
    guard fields.count == 6 else { return nil }
    if !fields[5].isEmpty, let value = try variable(fields[5]) {
      return AnsibleSetting(value: value, origin: "var: \(fields[5])")
    }
    let type = fields[1]
    if let text = environment[fields[3]], !fields[3].isEmpty {
      return AnsibleSetting(
        value: typed(text, type, environment), origin: "env: \(fields[3])")
    }
    let place = fields[4].split(separator: ".", maxSplits: 1)
      .map(String.init)
    if place.count == 2, let text = configuration[place[0], place[1]] {
      return AnsibleSetting(
        value: typed(text, type, environment), origin: configuration.file)
    }
    return AnsibleSetting(
      value: typed(fields[2], type, environment), origin: "default")
  }

  private static func typed(
    _ text: String, _ type: String, _ environment: [String: String]
  ) -> Value {
    if text == "~" { return .none }
    switch type {
    case "boolean": return Value(TypeCheck.boolean(Value(text)) ?? false)
    case "integer": return Int(text).map { Value($0) } ?? Value(text)
    case "float": return Double(text).map { Value($0) } ?? Value(text)
    case "list":
      return Value(
        text.split(separator: ",").map { Value(String($0.stripped)) })
    case "pathlist", "pathspec":
      let mark: Character = type == "pathlist" ? "," : ":"
      return Value(
        text.split(separator: mark).map {
          Value(PosixPath.expandingUser(String($0.stripped), environment))
        })
    case "path":
      return Value(PosixPath.expandingUser(text, environment))
    default: return Value(text)
    }
  }

  /// Name, type, default (`~` for none), environment variable, section and key,
  /// and the variable that comes first.
  private static let table = """
    ACTION_WARNINGS|boolean|True|ANSIBLE_ACTION_WARNINGS|defaults.action_warnings|
    AGNOSTIC_BECOME_PROMPT|boolean|True|ANSIBLE_AGNOSTIC_BECOME_PROMPT|privilege_escalation.agnostic_become_prompt|
    ALLOW_BROKEN_CONDITIONALS|boolean|False|ANSIBLE_ALLOW_BROKEN_CONDITIONALS|defaults.allow_broken_conditionals|
    ALLOW_EMBEDDED_TEMPLATES|boolean|True|ANSIBLE_ALLOW_EMBEDDED_TEMPLATES|defaults.allow_embedded_templates|
    ANSIBLE_CONNECTION_PATH|path|~|ANSIBLE_CONNECTION_PATH|persistent_connection.ansible_connection_path|
    ANSIBLE_FORCE_COLOR|boolean|False|ANSIBLE_FORCE_COLOR|defaults.force_color|
    ANSIBLE_HOME|path|~/.ansible|ANSIBLE_HOME|defaults.home|
    ANSIBLE_NOCOLOR|boolean|False|ANSIBLE_NOCOLOR|defaults.nocolor|
    ANSIBLE_NOCOWS|boolean|False|ANSIBLE_NOCOWS|defaults.nocows|
    ANSIBLE_PIPELINING|boolean|False|ANSIBLE_PIPELINING|defaults.pipelining|
    ANY_ERRORS_FATAL|boolean|False|ANSIBLE_ANY_ERRORS_FATAL|defaults.any_errors_fatal|
    CALLBACKS_ENABLED|list||ANSIBLE_CALLBACKS_ENABLED|defaults.callbacks_enabled|
    COLLECTIONS_ON_ANSIBLE_VERSION_MISMATCH|string|warning|ANSIBLE_COLLECTIONS_ON_ANSIBLE_VERSION_MISMATCH|defaults.collections_on_ansible_version_mismatch|
    COLLECTIONS_PATHS|pathspec|~/.ansible/collections:/usr/share/ansible/collections|ANSIBLE_COLLECTIONS_PATH|defaults.collections_path|
    COLLECTIONS_SCAN_SYS_PATH|boolean|True|ANSIBLE_COLLECTIONS_SCAN_SYS_PATH|defaults.collections_scan_sys_path|
    COVERAGE_REMOTE_OUTPUT|string|~|_ANSIBLE_COVERAGE_REMOTE_OUTPUT||_ansible_coverage_remote_output
    COVERAGE_REMOTE_PATHS|string|*|_ANSIBLE_COVERAGE_REMOTE_PATH_FILTER||
    DEFAULT_ALLOW_UNSAFE_LOOKUPS|boolean|False||defaults.allow_unsafe_lookups|
    DEFAULT_ASK_PASS|boolean|False|ANSIBLE_ASK_PASS|defaults.ask_pass|
    DEFAULT_ASK_VAULT_PASS|boolean|False|ANSIBLE_ASK_VAULT_PASS|defaults.ask_vault_pass|
    DEFAULT_BECOME|boolean|False|ANSIBLE_BECOME|privilege_escalation.become|
    DEFAULT_BECOME_ASK_PASS|boolean|False|ANSIBLE_BECOME_ASK_PASS|privilege_escalation.become_ask_pass|
    DEFAULT_BECOME_EXE|string|~|ANSIBLE_BECOME_EXE|privilege_escalation.become_exe|
    DEFAULT_BECOME_FLAGS|string||ANSIBLE_BECOME_FLAGS|privilege_escalation.become_flags|
    DEFAULT_BECOME_METHOD|string|sudo|ANSIBLE_BECOME_METHOD|privilege_escalation.become_method|
    DEFAULT_BECOME_USER|string|root|ANSIBLE_BECOME_USER|privilege_escalation.become_user|
    DEFAULT_DEBUG|boolean|False|ANSIBLE_DEBUG|defaults.debug|
    DEFAULT_EXECUTABLE|string|/bin/sh|ANSIBLE_EXECUTABLE|defaults.executable|
    DEFAULT_FORCE_HANDLERS|boolean|False|ANSIBLE_FORCE_HANDLERS|defaults.force_handlers|
    DEFAULT_FORKS|integer|5|ANSIBLE_FORKS|defaults.forks|
    DEFAULT_GATHERING|string|implicit|ANSIBLE_GATHERING|defaults.gathering|
    DEFAULT_HASH_BEHAVIOUR|string|replace|ANSIBLE_HASH_BEHAVIOUR|defaults.hash_behaviour|
    DEFAULT_HOST_LIST|pathlist|/etc/ansible/hosts|ANSIBLE_INVENTORY|defaults.inventory|
    DEFAULT_INTERNAL_POLL_INTERVAL|float|0.001||defaults.internal_poll_interval|
    DEFAULT_JINJA2_EXTENSIONS|list||ANSIBLE_JINJA2_EXTENSIONS|defaults.jinja2_extensions|
    DEFAULT_JINJA2_NATIVE|boolean|True|ANSIBLE_JINJA2_NATIVE|defaults.jinja2_native|
    DEFAULT_KEEP_REMOTE_FILES|boolean|False|ANSIBLE_KEEP_REMOTE_FILES|defaults.keep_remote_files|
    DEFAULT_LIBVIRT_LXC_NOSECLABEL|boolean|False|ANSIBLE_LIBVIRT_LXC_NOSECLABEL|selinux.libvirt_lxc_noseclabel|
    DEFAULT_LOAD_CALLBACK_PLUGINS|boolean|False|ANSIBLE_LOAD_CALLBACK_PLUGINS|defaults.bin_ansible_callbacks|
    DEFAULT_LOCAL_TMP|tmppath|~/.ansible/tmp|ANSIBLE_LOCAL_TEMP|defaults.local_tmp|
    DEFAULT_LOG_FILTER|list||ANSIBLE_LOG_FILTER|defaults.log_filter|
    DEFAULT_LOG_PATH|path|~|ANSIBLE_LOG_PATH|defaults.log_path|
    DEFAULT_MANAGED_STR|string|Ansible managed||defaults.ansible_managed|
    DEFAULT_MODULE_ARGS|string|~|ANSIBLE_MODULE_ARGS|defaults.module_args|
    DEFAULT_MODULE_COMPRESSION|string|ZIP_DEFLATED||defaults.module_compression|ansible_module_compression
    DEFAULT_MODULE_NAME|string|command||defaults.module_name|
    DEFAULT_MODULE_PATH|pathspec|~/.ansible/plugins/modules:/usr/share/ansible/plugins/modules|ANSIBLE_LIBRARY|defaults.library|
    DEFAULT_MODULE_UTILS_PATH|pathspec|~/.ansible/plugins/module_utils:/usr/share/ansible/plugins/module_utils|ANSIBLE_MODULE_UTILS|defaults.module_utils|
    DEFAULT_NO_LOG|boolean|False|ANSIBLE_NO_LOG|defaults.no_log|
    DEFAULT_NO_TARGET_SYSLOG|boolean|False|ANSIBLE_NO_TARGET_SYSLOG|defaults.no_target_syslog|ansible_no_target_syslog
    DEFAULT_NULL_REPRESENTATION|raw|~|ANSIBLE_NULL_REPRESENTATION|defaults.null_representation|
    DEFAULT_POLL_INTERVAL|integer|15|ANSIBLE_POLL_INTERVAL|defaults.poll_interval|
    DEFAULT_PRIVATE_KEY_FILE|path|~|ANSIBLE_PRIVATE_KEY_FILE|defaults.private_key_file|
    DEFAULT_PRIVATE_ROLE_VARS|boolean|False|ANSIBLE_PRIVATE_ROLE_VARS|defaults.private_role_vars|
    DEFAULT_REMOTE_PORT|integer|~|ANSIBLE_REMOTE_PORT|defaults.remote_port|
    DEFAULT_REMOTE_USER|string|~|ANSIBLE_REMOTE_USER|defaults.remote_user|
    DEFAULT_ROLES_PATH|pathspec|~/.ansible/roles:/usr/share/ansible/roles:/etc/ansible/roles|ANSIBLE_ROLES_PATH|defaults.roles_path|
    DEFAULT_SELINUX_SPECIAL_FS|list|fuse,nfs,vboxsf,ramfs,9p,vfat|ANSIBLE_SELINUX_SPECIAL_FS|selinux.special_context_filesystems|
    DEFAULT_STDOUT_CALLBACK|string|default|ANSIBLE_STDOUT_CALLBACK|defaults.stdout_callback|
    DEFAULT_STRATEGY|string|linear|ANSIBLE_STRATEGY|defaults.strategy|
    DEFAULT_SU|boolean|False|ANSIBLE_SU|defaults.su|
    DEFAULT_SYSLOG_FACILITY|string|LOG_USER|ANSIBLE_SYSLOG_FACILITY|defaults.syslog_facility|
    DEFAULT_TIMEOUT|integer|10|ANSIBLE_TIMEOUT|defaults.timeout|
    DEFAULT_TRANSPORT|string|ssh|ANSIBLE_TRANSPORT|defaults.transport|
    DEFAULT_UNDEFINED_VAR_BEHAVIOR|boolean|True|ANSIBLE_ERROR_ON_UNDEFINED_VARS|defaults.error_on_undefined_vars|
    DEFAULT_VAULT_ENCRYPT_IDENTITY|string|~|ANSIBLE_VAULT_ENCRYPT_IDENTITY|defaults.vault_encrypt_identity|
    DEFAULT_VAULT_IDENTITY|string|default|ANSIBLE_VAULT_IDENTITY|defaults.vault_identity|
    DEFAULT_VAULT_IDENTITY_LIST|list||ANSIBLE_VAULT_IDENTITY_LIST|defaults.vault_identity_list|
    DEFAULT_VAULT_ID_MATCH|string|False|ANSIBLE_VAULT_ID_MATCH|defaults.vault_id_match|
    DEFAULT_VAULT_PASSWORD_FILE|path|~|ANSIBLE_VAULT_PASSWORD_FILE|defaults.vault_password_file|
    DEFAULT_VERBOSITY|integer|0|ANSIBLE_VERBOSITY|defaults.verbosity|
    DEVEL_WARNING|boolean|True|ANSIBLE_DEVEL_WARNING|defaults.devel_warning|
    DIFF_ALWAYS|boolean|False|ANSIBLE_DIFF_ALWAYS|diff.always|
    DIFF_CONTEXT|integer|3|ANSIBLE_DIFF_CONTEXT|diff.context|
    DISPLAY_ARGS_TO_STDOUT|boolean|False|ANSIBLE_DISPLAY_ARGS_TO_STDOUT|defaults.display_args_to_stdout|
    DISPLAY_SKIPPED_HOSTS|boolean|True|ANSIBLE_DISPLAY_SKIPPED_HOSTS|defaults.display_skipped_hosts|
    DOCSITE_ROOT_URL|string|https://docs.ansible.com/ansible-core/||defaults.docsite_root_url|
    DUPLICATE_YAML_DICT_KEY|string|warn|ANSIBLE_DUPLICATE_YAML_DICT_KEY|defaults.duplicate_dict_key|
    ENABLE_TASK_DEBUGGER|boolean|False|ANSIBLE_ENABLE_TASK_DEBUGGER|defaults.enable_task_debugger|
    ERROR_ON_MISSING_HANDLER|boolean|True|ANSIBLE_ERROR_ON_MISSING_HANDLER|defaults.error_on_missing_handler|
    FACTS_MODULES|list|smart|ANSIBLE_FACTS_MODULES|defaults.facts_modules|ansible_facts_modules
    HOST_KEY_CHECKING|boolean|True|ANSIBLE_HOST_KEY_CHECKING|defaults.host_key_checking|
    HOST_PATTERN_MISMATCH|string|warning|ANSIBLE_HOST_PATTERN_MISMATCH|inventory.host_pattern_mismatch|
    INJECT_FACTS_AS_VARS|boolean|True|ANSIBLE_INJECT_FACT_VARS|defaults.inject_facts_as_vars|
    INVALID_TASK_ATTRIBUTE_FAILED|boolean|True|ANSIBLE_INVALID_TASK_ATTRIBUTE_FAILED|defaults.invalid_task_attribute_failed|
    LOCALHOST_WARNING|boolean|True|ANSIBLE_LOCALHOST_WARNING|defaults.localhost_warning|
    LOG_VERBOSITY|integer|~|ANSIBLE_LOG_VERBOSITY|defaults.log_verbosity|
    MAX_FILE_SIZE_FOR_DIFF|integer|104448|ANSIBLE_MAX_DIFF_SIZE|defaults.max_diff_size|
    MODULE_STRICT_UTF8_RESPONSE|boolean|True|ANSIBLE_MODULE_STRICT_UTF8_RESPONSE|defaults.module_strict_utf8_response|
    PLAYBOOK_DIR|path|~|ANSIBLE_PLAYBOOK_DIR|defaults.playbook_dir|
    PLAYBOOK_VARS_ROOT|string|top|ANSIBLE_PLAYBOOK_VARS_ROOT|defaults.playbook_vars_root|
    PYTHON_MODULE_RLIMIT_NOFILE|string|0|ANSIBLE_PYTHON_MODULE_RLIMIT_NOFILE|defaults.python_module_rlimit_nofile|ansible_python_module_rlimit_nofile
    RETRY_FILES_ENABLED|boolean|False|ANSIBLE_RETRY_FILES_ENABLED|defaults.retry_files_enabled|
    RETRY_FILES_SAVE_PATH|path|~|ANSIBLE_RETRY_FILES_SAVE_PATH|defaults.retry_files_save_path|
    STRING_TYPE_FILTERS|list|string,to_json,to_nice_json,to_yaml,to_nice_yaml,ppretty,json|ANSIBLE_STRING_TYPE_FILTERS|jinja2.dont_type_filters|
    SYSTEM_WARNINGS|boolean|True|ANSIBLE_SYSTEM_WARNINGS|defaults.system_warnings|
    TAGS_RUN|list||ANSIBLE_RUN_TAGS|tags.run|
    TAGS_SKIP|list||ANSIBLE_SKIP_TAGS|tags.skip|
    TASK_DEBUGGER_IGNORE_ERRORS|boolean|True|ANSIBLE_TASK_DEBUGGER_IGNORE_ERRORS|defaults.task_debugger_ignore_errors|
    TRANSFORM_INVALID_GROUP_CHARS|string|never|ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS|defaults.force_valid_group_names|
    VALIDATE_ACTION_GROUP_METADATA|boolean|True|ANSIBLE_VALIDATE_ACTION_GROUP_METADATA|defaults.validate_action_group_metadata|
    VARIABLE_PRECEDENCE|list|all_inventory,groups_inventory,all_plugins_inventory,all_plugins_play,groups_plugins_inventory,groups_plugins_play|ANSIBLE_PRECEDENCE|defaults.precedence|
    VAULT_ENCRYPT_SALT|string|~|ANSIBLE_VAULT_ENCRYPT_SALT|defaults.vault_encrypt_salt|
    VERBOSE_TO_STDERR|boolean|False|ANSIBLE_VERBOSE_TO_STDERR|defaults.verbose_to_stderr|
    YAML_FILENAME_EXTENSIONS|list|.yml,.yaml,.json|ANSIBLE_YAML_FILENAME_EXT|defaults.yaml_valid_extensions|
    """
}
