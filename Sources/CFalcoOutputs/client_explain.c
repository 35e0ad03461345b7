// SPDX-License-Identifier: Apache-2.0
//
// What gRPC says, in words that help.
#include <ctype.h>
#include <string.h>

#include "client_state.h"

static const char *status_name(grpc_status_code status) {
    static const char *const names[] = {
        "OK",          "CANCELLED",         "UNKNOWN",   "INVALID_ARGUMENT",    "DEADLINE_EXCEEDED", "NOT_FOUND",
        "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
        "UNIMPLEMENTED", "INTERNAL",        "UNAVAILABLE", "DATA_LOSS",         "UNAUTHENTICATED",
    };
    size_t index = (size_t)status;
    return index < sizeof names / sizeof *names ? names[index] : "an unknown status";
}

/// The peer chooses the text: only what is printable goes on, and not too much of it.
static void printable(grpc_slice text, char *out, size_t size) {
    size_t length = GRPC_SLICE_LENGTH(text);
    if (length > size - 1) length = size - 1;
    const uint8_t *bytes = GRPC_SLICE_START_PTR(text);
    for (size_t index = 0; index < length; index++) out[index] = isprint(bytes[index]) ? (char)bytes[index] : '?';
    out[length] = 0;
}

static bool mentions(const char *text, const char *part) { return strstr(text, part) != NULL; }

static const char *hint(const cfalco_client *client, grpc_status_code status, const char *text) {
    if (status == GRPC_STATUS_OK) return ": the peer ended the stream, as Falco does when it restarts";
    if (status == GRPC_STATUS_RESOURCE_EXHAUSTED && mentions(text, "larger than max")) {
        return ": raise receive_limit; the message is lost";
    }
    if (status == GRPC_STATUS_UNIMPLEMENTED) return ": the peer does not serve Falco's outputs";
    if (status != GRPC_STATUS_UNAVAILABLE) return "";
    if (client->address.is_unix) {
        if (mentions(text, "No such file")) return ": is Falco running, with grpc.enabled and grpc_output.enabled?";
        if (mentions(text, "Permission denied")) return ": the socket's file mode keeps us out";
        return "";
    }
    if (mentions(text, "Socket closed") || mentions(text, "andshake") || mentions(text, "SSL") ||
        mentions(text, "Connection reset") || mentions(text, "Broken pipe") || mentions(text, "certificate")) {
        return ": it may be the certificate (the peer refuses ours, or we do not trust its, or its name differs)";
    }
    return "";
}

void cfalco_client_explain(const cfalco_client *client, grpc_status_code status, grpc_slice text, char *message,
                           size_t size) {
    char said[256];
    printable(text, said, sizeof said);
    cfalco_say(message, size, "%s: %s%s%s%s", client->address.target, status_name(status), said[0] == 0 ? "" : ", ",
               said, hint(client, status, said));
}
