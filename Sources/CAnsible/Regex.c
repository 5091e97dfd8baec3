// PCRE2 with UTF-8, JIT and a match limit: a pattern from a stranger's role ends
// with an answer or with a clear error, never in a stall.

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "CAnsible.h"

struct ca_regex {
  pcre2_code *code;
  uint32_t group_count;
};

ca_regex *ca_regex_compile(
    const uint8_t *pattern, size_t count, uint32_t options, char *message,
    size_t message_capacity, size_t *problem_offset) {
  uint32_t flags = PCRE2_UTF;
  if (!(options & ca_regex_ascii)) flags |= PCRE2_UCP;
  if (options & ca_regex_caseless) flags |= PCRE2_CASELESS;
  if (options & ca_regex_multiline) flags |= PCRE2_MULTILINE;
  if (options & ca_regex_dotall) flags |= PCRE2_DOTALL;
  if (options & ca_regex_extended) flags |= PCRE2_EXTENDED;
  int problem = 0;
  PCRE2_SIZE offset = 0;
  pcre2_compile_context *context = pcre2_compile_context_create(NULL);
  if (!context) return NULL;
  pcre2_set_newline(context, PCRE2_NEWLINE_LF);
  pcre2_code *code =
      pcre2_compile(pattern, count, flags, &problem, &offset, context);
  pcre2_compile_context_free(context);
  if (!code) {
    *problem_offset = offset;
    pcre2_get_error_message(
        problem, (PCRE2_UCHAR *)message, message_capacity);
    return NULL;
  }
  ca_regex *regex = malloc(sizeof *regex);
  if (!regex) {
    pcre2_code_free(code);
    return NULL;
  }
  // Where there is no JIT the interpreter answers the same, slower.
  (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  regex->code = code;
  pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &regex->group_count);
  return regex;
}

void ca_regex_free(ca_regex *regex) {
  if (!regex) return;
  pcre2_code_free(regex->code);
  free(regex);
}

uint32_t ca_regex_group_count(const ca_regex *regex) {
  return regex->group_count;
}

int ca_regex_match(
    const ca_regex *regex, const uint8_t *subject, size_t count, size_t start,
    uint32_t options, uint32_t match_limit, size_t *spans,
    size_t span_capacity) {
  pcre2_match_data *data =
      pcre2_match_data_create_from_pattern(regex->code, NULL);
  pcre2_match_context *context = pcre2_match_context_create(NULL);
  if (!data || !context) {
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    return ca_regex_failure;
  }
  pcre2_set_match_limit(context, match_limit);
  uint32_t flags = PCRE2_NO_UTF_CHECK;
  if (options & ca_regex_anchored) flags |= PCRE2_ANCHORED;
  if (options & ca_regex_end_anchored) flags |= PCRE2_ENDANCHORED;
  if (options & ca_regex_not_empty_at_start) flags |= PCRE2_NOTEMPTY_ATSTART;
  int found = pcre2_match(
      regex->code, subject, count, start, flags, data, context);
  if (found == PCRE2_ERROR_JIT_STACKLIMIT)
    found = pcre2_match(
        regex->code, subject, count, start, flags | PCRE2_NO_JIT, data,
        context);
  int result = 1;
  if (found >= 0) {
    const PCRE2_SIZE *vector = pcre2_get_ovector_pointer(data);
    size_t total = 2 * ((size_t)regex->group_count + 1);
    for (size_t i = 0; i < total && i < span_capacity; i++)
      spans[i] = vector[i] == PCRE2_UNSET ? SIZE_MAX : vector[i];
  } else if (found == PCRE2_ERROR_NOMATCH) {
    result = ca_regex_no_match;
  } else if (
      found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_HEAPLIMIT ||
      found == PCRE2_ERROR_DEPTHLIMIT) {
    result = ca_regex_match_limit;
  } else {
    result = ca_regex_failure;
  }
  pcre2_match_data_free(data);
  pcre2_match_context_free(context);
  return result;
}
