// libyaml's emitter, which PyYAML's C dumper writes through too: the same calls
// give the same line breaks and quotes.

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "CAnsible.h"

struct ca_yaml_emitter {
  yaml_emitter_t emitter;
  bool explicit_start;
  bool explicit_end;
  uint8_t *text;
  size_t count;
  size_t capacity;
};

static int append(void *context, unsigned char *bytes, size_t count) {
  ca_yaml_emitter *self = context;
  if (self->count + count > self->capacity) {
    size_t next = self->capacity * 2 + count + 256;
    uint8_t *moved = realloc(self->text, next);
    if (!moved) return 0;
    self->text = moved;
    self->capacity = next;
  }
  memcpy(self->text + self->count, bytes, count);
  self->count += count;
  return 1;
}

ca_yaml_emitter *ca_yaml_emitter_new(const ca_yaml_layout *layout) {
  ca_yaml_emitter *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  if (!yaml_emitter_initialize(&self->emitter)) {
    free(self);
    return NULL;
  }
  yaml_emitter_set_output(&self->emitter, append, self);
  yaml_emitter_set_encoding(&self->emitter, YAML_UTF8_ENCODING);
  yaml_emitter_set_indent(&self->emitter, layout->indent);
  yaml_emitter_set_width(&self->emitter, layout->width);
  yaml_emitter_set_unicode(&self->emitter, layout->allow_unicode);
  yaml_emitter_set_canonical(&self->emitter, layout->canonical);
  self->explicit_start = layout->explicit_start;
  self->explicit_end = layout->explicit_end;
  return self;
}

void ca_yaml_emitter_free(ca_yaml_emitter *self) {
  if (!self) return;
  yaml_emitter_delete(&self->emitter);
  free(self->text);
  free(self);
}

static yaml_char_t *chars(const char *text) { return (yaml_char_t *)text; }

bool ca_yaml_emit_start(ca_yaml_emitter *self) {
  yaml_event_t event;
  return yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING) &&
         yaml_emitter_emit(&self->emitter, &event) &&
         yaml_document_start_event_initialize(
             &event, NULL, NULL, NULL, !self->explicit_start) &&
         yaml_emitter_emit(&self->emitter, &event);
}

bool ca_yaml_emit_end(ca_yaml_emitter *self) {
  yaml_event_t event;
  return yaml_document_end_event_initialize(&event, !self->explicit_end) &&
         yaml_emitter_emit(&self->emitter, &event) &&
         yaml_stream_end_event_initialize(&event) &&
         yaml_emitter_emit(&self->emitter, &event) &&
         yaml_emitter_flush(&self->emitter);
}

bool ca_yaml_emit_scalar(
    ca_yaml_emitter *self, const char *anchor, const char *tag,
    const uint8_t *value, size_t count, bool plain_implicit,
    bool quoted_implicit, uint8_t style) {
  yaml_event_t event;
  return yaml_scalar_event_initialize(
             &event, chars(anchor), chars(tag), (yaml_char_t *)value,
             (int)count, plain_implicit, quoted_implicit,
             (yaml_scalar_style_t)style) &&
         yaml_emitter_emit(&self->emitter, &event);
}

bool ca_yaml_emit_sequence_start(
    ca_yaml_emitter *self, const char *anchor, const char *tag, bool implicit,
    uint8_t style) {
  yaml_event_t event;
  return yaml_sequence_start_event_initialize(
             &event, chars(anchor), chars(tag), implicit,
             style == ca_yaml_style_flow ? YAML_FLOW_SEQUENCE_STYLE
                                         : YAML_BLOCK_SEQUENCE_STYLE) &&
         yaml_emitter_emit(&self->emitter, &event);
}

bool ca_yaml_emit_sequence_end(ca_yaml_emitter *self) {
  yaml_event_t event;
  return yaml_sequence_end_event_initialize(&event) &&
         yaml_emitter_emit(&self->emitter, &event);
}

bool ca_yaml_emit_mapping_start(
    ca_yaml_emitter *self, const char *anchor, const char *tag, bool implicit,
    uint8_t style) {
  yaml_event_t event;
  return yaml_mapping_start_event_initialize(
             &event, chars(anchor), chars(tag), implicit,
             style == ca_yaml_style_flow ? YAML_FLOW_MAPPING_STYLE
                                         : YAML_BLOCK_MAPPING_STYLE) &&
         yaml_emitter_emit(&self->emitter, &event);
}

bool ca_yaml_emit_mapping_end(ca_yaml_emitter *self) {
  yaml_event_t event;
  return yaml_mapping_end_event_initialize(&event) &&
         yaml_emitter_emit(&self->emitter, &event);
}

bool ca_yaml_emit_alias(ca_yaml_emitter *self, const char *anchor) {
  yaml_event_t event;
  return yaml_alias_event_initialize(&event, chars(anchor)) &&
         yaml_emitter_emit(&self->emitter, &event);
}

const char *ca_yaml_emitter_problem(const ca_yaml_emitter *self) {
  return self->emitter.problem ? self->emitter.problem : "out of memory";
}

const uint8_t *ca_yaml_emitter_text(
    const ca_yaml_emitter *self, size_t *count) {
  *count = self->count;
  return self->text;
}
