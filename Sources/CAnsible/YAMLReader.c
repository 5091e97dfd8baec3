// libyaml's events of a whole text, collected in one call into flat memory, so
// that reading a file costs Swift one crossing and no union.

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "CAnsible.h"

// libyaml counts characters; splicing needs bytes. Marks come nearly in order,
// so a cursor that moves both ways costs little.
typedef struct {
  const uint8_t *bytes;
  size_t count;
  bool is_ascii;
  size_t character;
  size_t byte;
} cursor;

static bool is_ascii(const uint8_t *bytes, size_t count) {
  uint8_t high = 0;
  for (size_t i = 0; i < count; i++) high |= bytes[i];
  return high < 0x80;
}

static size_t byte_of(cursor *at, size_t character) {
  if (at->is_ascii) return character < at->count ? character : at->count;
  while (at->character < character && at->byte < at->count) {
    do at->byte++;
    while (at->byte < at->count && (at->bytes[at->byte] & 0xC0) == 0x80);
    at->character++;
  }
  while (at->character > character && at->byte > 0) {
    do at->byte--;
    while (at->byte > 0 && (at->bytes[at->byte] & 0xC0) == 0x80);
    at->character--;
  }
  return at->byte;
}

static ca_yaml_mark mark_of(cursor *at, yaml_mark_t mark) {
  ca_yaml_mark result = {
      .line = (uint32_t)mark.line,
      .column = (uint32_t)mark.column,
      .byte = (uint32_t)byte_of(at, mark.index),
  };
  return result;
}

static bool grow(void **memory, size_t *capacity, size_t wanted, size_t unit) {
  if (wanted <= *capacity) return true;
  size_t next = *capacity * 2 > wanted ? *capacity * 2 : wanted;
  void *moved = realloc(*memory, next * unit);
  if (!moved) return false;
  *memory = moved;
  *capacity = next;
  return true;
}

static const ca_yaml_span absent = {.offset = UINT32_MAX, .length = 0};

static bool keep(
    ca_yaml_events *all, const yaml_char_t *text, size_t count,
    ca_yaml_span *span) {
  if (!text) {
    *span = absent;
    return true;
  }
  if (!grow((void **)&all->text, &all->text_capacity, all->text_count + count,
            1))
    return false;
  memcpy(all->text + all->text_count, text, count);
  span->offset = (uint32_t)all->text_count;
  span->length = (uint32_t)count;
  all->text_count += count;
  return true;
}

static bool keep_string(
    ca_yaml_events *all, const yaml_char_t *text, ca_yaml_span *span) {
  return keep(all, text, text ? strlen((const char *)text) : 0, span);
}

static uint8_t collection_style(bool is_flow) {
  return is_flow ? ca_yaml_style_flow : ca_yaml_style_block;
}

// Adds one event; false where memory ran out. `depth` follows collections.
static bool add(
    ca_yaml_events *all, cursor *at, const yaml_event_t *event, int *depth) {
  if (!grow((void **)&all->events, &all->capacity, all->count + 1,
            sizeof(ca_yaml_event)))
    return false;
  ca_yaml_event *made = &all->events[all->count];
  memset(made, 0, sizeof *made);
  made->value = made->anchor = made->tag = absent;
  made->start = mark_of(at, event->start_mark);
  made->end = mark_of(at, event->end_mark);
  bool kept = true;
  switch (event->type) {
  case YAML_NO_EVENT:
    return true;
  case YAML_STREAM_START_EVENT:
    made->kind = ca_yaml_kind_stream_start;
    break;
  case YAML_STREAM_END_EVENT:
    made->kind = ca_yaml_kind_stream_end;
    break;
  case YAML_DOCUMENT_START_EVENT:
    made->kind = ca_yaml_kind_document_start;
    made->plain_implicit = event->data.document_start.implicit;
    break;
  case YAML_DOCUMENT_END_EVENT:
    made->kind = ca_yaml_kind_document_end;
    made->plain_implicit = event->data.document_end.implicit;
    break;
  case YAML_ALIAS_EVENT:
    made->kind = ca_yaml_kind_alias;
    kept = keep_string(all, event->data.alias.anchor, &made->value);
    break;
  case YAML_SCALAR_EVENT:
    made->kind = ca_yaml_kind_scalar;
    made->style = (uint8_t)event->data.scalar.style;
    made->plain_implicit = event->data.scalar.plain_implicit;
    made->quoted_implicit = event->data.scalar.quoted_implicit;
    kept = keep(all, event->data.scalar.value, event->data.scalar.length,
                &made->value) &&
           keep_string(all, event->data.scalar.anchor, &made->anchor) &&
           keep_string(all, event->data.scalar.tag, &made->tag);
    break;
  case YAML_SEQUENCE_START_EVENT:
    *depth += 1;
    made->kind = ca_yaml_kind_sequence_start;
    made->style = collection_style(
        event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
    made->plain_implicit = event->data.sequence_start.implicit;
    kept = keep_string(all, event->data.sequence_start.anchor, &made->anchor) &&
           keep_string(all, event->data.sequence_start.tag, &made->tag);
    break;
  case YAML_MAPPING_START_EVENT:
    *depth += 1;
    made->kind = ca_yaml_kind_mapping_start;
    made->style = collection_style(
        event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
    made->plain_implicit = event->data.mapping_start.implicit;
    kept = keep_string(all, event->data.mapping_start.anchor, &made->anchor) &&
           keep_string(all, event->data.mapping_start.tag, &made->tag);
    break;
  case YAML_SEQUENCE_END_EVENT:
    *depth -= 1;
    made->kind = ca_yaml_kind_sequence_end;
    break;
  case YAML_MAPPING_END_EVENT:
    *depth -= 1;
    made->kind = ca_yaml_kind_mapping_end;
    break;
  }
  if (kept) all->count += 1;
  return kept;
}

// The place of a reading error is a byte offset alone: finds line and column.
static ca_yaml_mark place_of_byte(const uint8_t *bytes, size_t offset) {
  ca_yaml_mark mark = {.byte = (uint32_t)offset};
  for (size_t i = 0; i < offset; i++) {
    if (bytes[i] == '\n') {
      mark.line += 1;
      mark.column = 0;
    } else if ((bytes[i] & 0xC0) != 0x80) {
      mark.column += 1;
    }
  }
  return mark;
}

static void fail(ca_yaml_events *all, cursor *at, const yaml_parser_t *parser) {
  all->problem = parser->problem ? parser->problem : "the text is not YAML";
  if (parser->error == YAML_READER_ERROR) {
    size_t offset = parser->problem_offset;
    all->problem_mark =
        place_of_byte(at->bytes, offset < at->count ? offset : at->count);
    all->problem_value = parser->problem_value;
    return;
  }
  all->problem_mark = mark_of(at, parser->problem_mark);
  all->context = parser->context;
  if (parser->context) all->context_mark = mark_of(at, parser->context_mark);
}

ca_yaml_events *ca_yaml_read(
    const uint8_t *bytes, size_t count, uint32_t maximum_depth) {
  ca_yaml_events *all = calloc(1, sizeof *all);
  if (!all) return NULL;
  all->problem_value = -1;
  cursor at = {.bytes = bytes, .count = count};
  at.is_ascii = is_ascii(bytes, count);
  if (!grow((void **)&all->events, &all->capacity, count / 12 + 16,
            sizeof(ca_yaml_event)) ||
      !grow((void **)&all->text, &all->text_capacity, count + 16, 1)) {
    ca_yaml_events_free(all);
    return NULL;
  }
  yaml_parser_t parser;
  if (!yaml_parser_initialize(&parser)) {
    ca_yaml_events_free(all);
    return NULL;
  }
  yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser, bytes, count);
  int depth = 0;
  for (bool done = false; !done;) {
    yaml_event_t event;
    if (!yaml_parser_parse(&parser, &event)) {
      fail(all, &at, &parser);
      break;
    }
    done = event.type == YAML_STREAM_END_EVENT;
    bool added = add(all, &at, &event, &depth);
    yaml_mark_t place = event.start_mark;
    yaml_event_delete(&event);
    if (!added) {
      yaml_parser_delete(&parser);
      ca_yaml_events_free(all);
      return NULL;
    }
    if (depth > (int)maximum_depth) {
      all->problem = "collections are nested too deeply";
      all->problem_mark = mark_of(&at, place);
      break;
    }
  }
  yaml_parser_delete(&parser);
  return all;
}

void ca_yaml_events_free(ca_yaml_events *events) {
  if (!events) return;
  free(events->events);
  free(events->text);
  free(events);
}
