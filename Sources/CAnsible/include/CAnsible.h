// What Swift sees of libyaml, PCRE2 and libcrypt: plain C types of our own, so
// that no macro and no union of those libraries has to be imported.

#ifndef CAnsible_H
#define CAnsible_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: YAML, read

enum {
  ca_yaml_kind_stream_start = 1,
  ca_yaml_kind_stream_end,
  ca_yaml_kind_document_start,
  ca_yaml_kind_document_end,
  ca_yaml_kind_alias,
  ca_yaml_kind_scalar,
  ca_yaml_kind_sequence_start,
  ca_yaml_kind_sequence_end,
  ca_yaml_kind_mapping_start,
  ca_yaml_kind_mapping_end,
};

enum {
  ca_yaml_style_any = 0,
  ca_yaml_style_plain = 1,
  ca_yaml_style_single_quoted = 2,
  ca_yaml_style_double_quoted = 3,
  ca_yaml_style_literal = 4,
  ca_yaml_style_folded = 5,
  // Of collections:
  ca_yaml_style_block = 6,
  ca_yaml_style_flow = 7,
};

/// A place in the text; line and column count characters from 0, byte counts
/// bytes from 0.
typedef struct {
  uint32_t line;
  uint32_t column;
  uint32_t byte;
} ca_yaml_mark;

/// A run of bytes in `ca_yaml_events.text`. `offset` is UINT32_MAX where the
/// event has none.
typedef struct {
  uint32_t offset;
  uint32_t length;
} ca_yaml_span;

typedef struct {
  uint8_t kind;
  uint8_t style;
  /// Of a scalar: whether the tag may be left out for a plain and for a quoted
  /// scalar. Of a collection and a document: `plain_implicit` alone.
  bool plain_implicit;
  bool quoted_implicit;
  ca_yaml_mark start;
  ca_yaml_mark end;
  ca_yaml_span value;  // scalar: content; alias: name
  ca_yaml_span anchor;
  ca_yaml_span tag;
} ca_yaml_event;

/// All events of one text, or those before the first error.
typedef struct {
  ca_yaml_event *events;
  size_t count;
  size_t capacity;
  uint8_t *text;
  size_t text_count;
  size_t text_capacity;
  /// Null where the text is well formed; a static string otherwise.
  const char *problem;
  const char *context;
  ca_yaml_mark problem_mark;
  ca_yaml_mark context_mark;
  /// Reading errors: the value that is not allowed, or -1.
  int problem_value;
} ca_yaml_events;

/// Reads a whole UTF-8 text. The result is freed with `ca_yaml_events_free`
/// and is null only where memory ran out.
ca_yaml_events *ca_yaml_read(
    const uint8_t *bytes, size_t count, uint32_t maximum_depth);
void ca_yaml_events_free(ca_yaml_events *events);

// MARK: YAML, written

typedef struct ca_yaml_emitter ca_yaml_emitter;

typedef struct {
  int indent;
  int width;
  bool allow_unicode;
  bool canonical;
  bool explicit_start;
  bool explicit_end;
} ca_yaml_layout;

/// Starts a writer that collects UTF-8 text; null where memory ran out.
ca_yaml_emitter *ca_yaml_emitter_new(const ca_yaml_layout *layout);
void ca_yaml_emitter_free(ca_yaml_emitter *emitter);
/// Each returns false after an error, which `ca_yaml_emitter_problem` names.
bool ca_yaml_emit_start(ca_yaml_emitter *emitter);
bool ca_yaml_emit_end(ca_yaml_emitter *emitter);
bool ca_yaml_emit_scalar(
    ca_yaml_emitter *emitter, const char *anchor, const char *tag,
    const uint8_t *value, size_t count, bool plain_implicit,
    bool quoted_implicit, uint8_t style);
bool ca_yaml_emit_sequence_start(
    ca_yaml_emitter *emitter, const char *anchor, const char *tag,
    bool implicit, uint8_t style);
bool ca_yaml_emit_sequence_end(ca_yaml_emitter *emitter);
bool ca_yaml_emit_mapping_start(
    ca_yaml_emitter *emitter, const char *anchor, const char *tag,
    bool implicit, uint8_t style);
bool ca_yaml_emit_mapping_end(ca_yaml_emitter *emitter);
bool ca_yaml_emit_alias(ca_yaml_emitter *emitter, const char *anchor);
const char *ca_yaml_emitter_problem(const ca_yaml_emitter *emitter);
/// What was written so far; valid until the next call.
const uint8_t *ca_yaml_emitter_text(
    const ca_yaml_emitter *emitter, size_t *count);

// MARK: Regular expressions

typedef struct ca_regex ca_regex;

enum {
  ca_regex_caseless = 1,
  ca_regex_multiline = 2,
  ca_regex_dotall = 4,
  ca_regex_extended = 8,
  ca_regex_ascii = 16,
};

enum {
  ca_regex_no_match = -1,
  ca_regex_match_limit = -2,
  ca_regex_failure = -3,
};

enum {
  ca_regex_anchored = 1,
  ca_regex_end_anchored = 2,
  ca_regex_not_empty_at_start = 4,
};

/// Compiles a UTF-8 pattern in PCRE2's dialect. Null on error, with a message
/// of at most `message_capacity` bytes and the byte where the problem is.
ca_regex *ca_regex_compile(
    const uint8_t *pattern, size_t count, uint32_t options, char *message,
    size_t message_capacity, size_t *problem_offset);
void ca_regex_free(ca_regex *regex);
uint32_t ca_regex_group_count(const ca_regex *regex);
/// Matches from byte `start` of a valid UTF-8 subject. `spans` has room for
/// start and end of the whole match and of every group; a group that took no
/// part has SIZE_MAX. Returns 1, or one of the negative codes above.
int ca_regex_match(
    const ca_regex *regex, const uint8_t *subject, size_t count, size_t start,
    uint32_t options, uint32_t match_limit, size_t *spans,
    size_t span_capacity);

// MARK: Password hashes

/// Hashes `phrase` by crypt(5)'s `setting`; false where libcrypt refuses it.
bool ca_crypt(
    const char *phrase, const char *setting, char *hash, size_t capacity);

#endif
