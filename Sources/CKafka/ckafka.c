// SPDX-License-Identifier: Apache-2.0
#include "ckafka.h"

#include <librdkafka/rdkafka.h>
#include <stdlib.h>
#include <string.h>

struct ckafka {
    rd_kafka_t *handle;
    char *topic;
    /// Reports not yet taken: a ring that grows to what is under way at most.
    ckafka_report *reports;
    size_t first, count, room;
    size_t outstanding;
    bool has_trouble;
    char trouble[CKAFKA_TEXT];
};

static void copy_text(char *target, const char *text) {
    strncpy(target, text ? text : "", CKAFKA_TEXT - 1);
    target[CKAFKA_TEXT - 1] = 0;
}

/// What is said of a broker ends in times and counts that are never the same twice.
static void note_trouble(ckafka *producer, const char *text) {
    copy_text(producer->trouble, text);
    char *tail = strstr(producer->trouble, " (after ");
    if (tail) *tail = 0;
    tail = strstr(producer->trouble, " (timeout ");
    if (tail) *tail = 0;
    producer->has_trouble = true;
}

// All callbacks run inside ckafka_poll: reports and errors always do, logs because of log.queue.

static void on_report(rd_kafka_t *handle, const rd_kafka_message_t *message, void *context) {
    (void)handle;
    ckafka *producer = context;
    if (producer->count == producer->room) {
        // Unreachable: ckafka_produce made the room.
        return;
    }
    ckafka_report *report = &producer->reports[(producer->first + producer->count) % producer->room];
    report->token = (uint64_t)(uintptr_t)message->_private;
    report->code = message->err;
    producer->count += 1;
}

static void on_error(rd_kafka_t *handle, int code, const char *reason, void *context) {
    ckafka *producer = context;
    char text[CKAFKA_TEXT];
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        rd_kafka_fatal_error(handle, text, sizeof text);
        note_trouble(producer, text);
    } else if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || !producer->has_trouble) {
        // That all brokers are down says less than why the last one is.
        note_trouble(producer, reason);
    }
}

static void on_log(const rd_kafka_t *handle, int level, const char *facility, const char *text) {
    (void)facility;
    // syslog's levels: errors and worse.
    ckafka *producer = rd_kafka_opaque(handle);
    if (level <= 3 && producer) note_trouble(producer, text);
}

static bool grow(ckafka *producer) {
    size_t needed = producer->outstanding + 1;
    if (needed <= producer->room) return true;
    size_t room = producer->room ? producer->room * 2 : 1024;
    ckafka_report *reports = calloc(room, sizeof *reports);
    if (!reports) return false;
    for (size_t place = 0; place < producer->count; place++)
        reports[place] = producer->reports[(producer->first + place) % producer->room];
    free(producer->reports);
    producer->reports = reports;
    producer->room = room;
    producer->first = 0;
    return true;
}

static bool set(rd_kafka_conf_t *conf, const char *name, const char *value, char *reason) {
    char text[CKAFKA_TEXT] = "";
    rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name, value, text, sizeof text);
    if (result == RD_KAFKA_CONF_OK) return true;
    // The library's text may quote the value, and values may be secret.
    copy_text(reason, result == RD_KAFKA_CONF_UNKNOWN ? "librdkafka knows no property " : "librdkafka refuses the value of ");
    strncat(reason, name, CKAFKA_TEXT - strlen(reason) - 1);
    return false;
}

static ckafka *make(rd_kafka_conf_t *conf, const char *topic, char *reason) {
    ckafka *producer = calloc(1, sizeof *producer);
    if (producer) producer->topic = strdup(topic);
    if (!producer || !producer->topic) {
        free(producer);
        rd_kafka_conf_destroy(conf);
        copy_text(reason, "out of memory");
        return NULL;
    }
    rd_kafka_conf_set_opaque(conf, producer);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    // Takes the configuration over only when it succeeds.
    producer->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, CKAFKA_TEXT);
    if (!producer->handle) {
        rd_kafka_conf_destroy(conf);
        free(producer->topic);
        free(producer);
        return NULL;
    }
    rd_kafka_set_log_queue(producer->handle, NULL);
    return producer;
}

ckafka *ckafka_open(const char *const *pairs, size_t count, const char *topic, char reason[CKAFKA_TEXT]) {
    reason[0] = 0;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (!set(conf, "log.queue", "true", reason)) goto failed;
    for (size_t place = 0; place < count; place++)
        if (!set(conf, pairs[2 * place], pairs[2 * place + 1], reason)) goto failed;
    return make(conf, topic, reason);
failed:
    rd_kafka_conf_destroy(conf);
    return NULL;
}

void ckafka_close(ckafka *producer) {
    if (!producer) return;
    rd_kafka_purge(producer->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_destroy_flags(producer->handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(producer->reports);
    free(producer->topic);
    free(producer);
}

int32_t ckafka_produce(
    ckafka *producer, const void *value, size_t value_length, const void *key, size_t key_length, const void *id,
    size_t id_length, uint64_t token
) {
    if (!grow(producer)) return RD_KAFKA_RESP_ERR__QUEUE_FULL;
    rd_kafka_resp_err_t error = rd_kafka_producev(
        producer->handle, RD_KAFKA_V_TOPIC(producer->topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE((void *)value, value_length), RD_KAFKA_V_KEY((void *)key, key_length),
        RD_KAFKA_V_HEADER("id", id, id_length), RD_KAFKA_V_OPAQUE((void *)(uintptr_t)token), RD_KAFKA_V_END);
    if (!error) producer->outstanding += 1;
    return error;
}

void ckafka_poll(ckafka *producer, int timeout_ms) { rd_kafka_poll(producer->handle, timeout_ms); }

bool ckafka_next(ckafka *producer, ckafka_report *report) {
    if (!producer->count) return false;
    *report = producer->reports[producer->first];
    producer->first = (producer->first + 1) % producer->room;
    producer->count -= 1;
    producer->outstanding -= 1;
    return true;
}

size_t ckafka_outstanding(const ckafka *producer) { return producer->outstanding; }

void ckafka_purge(ckafka *producer) {
    rd_kafka_purge(producer->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

bool ckafka_is_fatal(ckafka *producer) { return rd_kafka_fatal_error(producer->handle, NULL, 0) != 0; }

bool ckafka_trouble(ckafka *producer, char text[CKAFKA_TEXT]) {
    if (!producer->has_trouble) return false;
    producer->has_trouble = false;
    copy_text(text, producer->trouble);
    return true;
}

ckafka_fate ckafka_fate_of(int32_t code) {
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR: return CKAFKA_DELIVERED;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE: return CKAFKA_REFUSED;
    default: return CKAFKA_FAILED;
    }
}

bool ckafka_is_full(int32_t code) { return code == RD_KAFKA_RESP_ERR__QUEUE_FULL; }

const char *ckafka_error_text(int32_t code) { return rd_kafka_err2str(code); }
