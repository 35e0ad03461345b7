// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "core.h"

/// gRPC takes a URI: what could be read as one of its delimiters is percent-encoded.
static char *encoded_target(const char *prefix, const char *path) {
    size_t length = strlen(prefix) + 3 * strlen(path) + 1;
    char *target = malloc(length);
    if (target == NULL) return NULL;
    char *end = target + sprintf(target, "%s", prefix);
    for (const unsigned char *byte = (const unsigned char *)path; *byte != 0; byte++) {
        if (isalnum(*byte) || strchr("-._~/", *byte) != NULL) {
            *end++ = (char)*byte;
        } else {
            end += sprintf(end, "%%%02X", *byte);
        }
    }
    *end = 0;
    return target;
}

static bool valid_port(const char *text) {
    char *end = NULL;
    if (!isdigit((unsigned char)*text)) return false;
    long port = strtol(text, &end, 10);
    return *end == 0 && port >= 0 && port <= 65535;
}

static bool parse_tcp(const char *text, cfalco_address *address, char *message, size_t size) {
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || !valid_port(colon + 1)) {
        cfalco_say(message, size, "\"%s\" is no address: it should be unix:///PATH or HOST:PORT", text);
        return false;
    }
    bool bracketed = text[0] == '[' && colon[-1] == ']';
    for (const char *byte = text; byte < colon; byte++) {
        bool address_byte = isalnum((unsigned char)*byte) || strchr("-._", *byte) != NULL;
        bool bracket_byte = bracketed && strchr("[]:%", *byte) != NULL;
        if (address_byte || bracket_byte) continue;
        cfalco_say(message, size, "\"%s\" is no address: the host holds a character that no host name has%s", text,
                   *byte == ':' ? " (an IPv6 address goes in brackets)" : "");
        return false;
    }
    address->target = strdup(text);
    return address->target != NULL;
}

bool cfalco_address_parse(const char *text, cfalco_address *address, char *message, size_t size) {
    memset(address, 0, sizeof *address);
    if (text == NULL || *text == 0) {
        cfalco_say(message, size, "the address is empty");
        return false;
    }
    if (strncmp(text, "unix:", 5) != 0) return parse_tcp(text, address, message, size);
    const char *path = text + 5;
    if (strncmp(path, "//", 2) == 0) path += 2;
    if (*path == 0) {
        cfalco_say(message, size, "\"%s\" names no socket file", text);
        return false;
    }
    if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path) {
        cfalco_say(message, size, "the path of the socket is too long: %zu bytes, at most %zu are possible", strlen(path),
                   sizeof((struct sockaddr_un *)NULL)->sun_path - 1);
        return false;
    }
    address->is_unix = true;
    address->path = strdup(path);
    address->target = encoded_target("unix:", path);
    return address->path != NULL && address->target != NULL;
}

void cfalco_address_free(cfalco_address *address) {
    free(address->path);
    free(address->target);
    memset(address, 0, sizeof *address);
}
