// SPDX-License-Identifier: Apache-2.0
//
// An alert written out in canonical form: equal text, equal alert, whichever way it came in.
#ifndef JSON_DUMP_H
#define JSON_DUMP_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calert_batch.h"

static void dump_text(FILE *out, const calert_batch *batch, calert_slice slice) {
    const uint8_t *text = calert_slice_bytes(batch, slice);
    for (uint32_t i = 0; i < slice.length; i++) {
        if (text[i] >= 32 && text[i] < 127 && text[i] != '\\') {
            fputc(text[i], out);
        } else {
            fprintf(out, "\\%02x", text[i]);
        }
    }
}

static int compare_lines(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/// One line per part; output fields sorted by name, null ones left out because absent is the same. The caller frees it.
static char *dump_alert(const calert_batch *batch, uint32_t index) {
    const calert_record *record = &batch->records[index];
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "time=%" PRId64 "%s priority=%s", record->event_time,
            (record->flags & CALERT_TIME_FROM_ARRIVAL) ? " (arrival)" : "", calert_priority_name(record->priority));
    fprintf(out, "\nrule=");
    dump_text(out, batch, record->rule);
    fprintf(out, "\nsource=");
    dump_text(out, batch, record->source);
    fprintf(out, "\nhostname=");
    dump_text(out, batch, record->hostname);
    fprintf(out, "\noutput=");
    dump_text(out, batch, record->output);
    fprintf(out, "\nmessage=");
    dump_text(out, batch, record->message);
    fprintf(out, "\ntags=");
    for (uint32_t i = 0; i < record->tag_count; i++) {
        dump_text(out, batch, batch->tags[record->first_tag + i]);
        fputc(' ', out);
    }
    char **lines = calloc((size_t)record->field_count + 1, sizeof *lines);
    uint32_t count = 0;
    for (uint32_t i = 0; i < record->field_count; i++) {
        const calert_field *field = &batch->fields[record->first_field + i];
        if (field->kind <= CALERT_EMPTY) continue;
        size_t line_size;
        FILE *line = open_memstream(&lines[count++], &line_size);
        dump_text(line, batch, field->key);
        switch (field->kind) {
            case CALERT_INT64:
            case CALERT_BOOL: fprintf(line, " kind=%d id=%u %" PRId64, field->kind, field->key_id, field->number.i); break;
            case CALERT_UINT64: fprintf(line, " kind=%d id=%u %" PRIu64, field->kind, field->key_id, field->number.u); break;
            case CALERT_DOUBLE: fprintf(line, " kind=%d id=%u %.17g", field->kind, field->key_id, field->number.d); break;
            default:
                fprintf(line, " kind=%d id=%u ", field->kind, field->key_id);
                dump_text(line, batch, field->text);
        }
        fclose(line);
    }
    qsort(lines, count, sizeof *lines, compare_lines);
    for (uint32_t i = 0; i < count; i++) {
        fprintf(out, "\n%s", lines[i]);
        free(lines[i]);
    }
    free(lines);
    fclose(out);
    return text;
}

#endif
