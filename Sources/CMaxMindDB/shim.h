// SPDX-License-Identifier: Apache-2.0
//
// What Creance asks of libmaxminddb: open a database that lies in memory, and look one address up without allocating.
#ifndef CMAXMINDDB_SHIM_H
#define CMAXMINDDB_SHIM_H

#include <maxminddb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/// A file without a name that only this process can reach, or -1 (errno says why). What is mapped from it cannot be
/// changed or cut short behind our back, as a file of the disk can.
static inline int cmaxminddb_memory_file(void) { return (int)syscall(SYS_memfd_create, "creance-database", 1u); }

typedef struct {
    const char *text;  ///< into the database; NULL for none
    uint32_t length;
} cmaxminddb_text;

typedef struct {
    cmaxminddb_text country, city, organization;
    uint32_t number;  ///< of the autonomous system; 0 for none
} cmaxminddb_facts;

static inline cmaxminddb_text cmaxminddb_string(MMDB_entry_s *entry, const char *const *path) {
    MMDB_entry_data_s data;
    cmaxminddb_text none = {NULL, 0};
    if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data || data.type != MMDB_DATA_TYPE_UTF8_STRING)
        return none;
    cmaxminddb_text text = {data.utf8_string, data.data_size};
    return text;
}

static inline uint32_t cmaxminddb_number(MMDB_entry_s *entry, const char *const *path) {
    MMDB_entry_data_s data;
    if (MMDB_aget_value(entry, &data, path) != MMDB_SUCCESS || !data.has_data) return 0;
    if (data.type == MMDB_DATA_TYPE_UINT32) return data.uint32;
    return data.type == MMDB_DATA_TYPE_UINT16 ? data.uint16 : 0;
}

/// What the database knows about an address: 16 bytes of IPv6, or the 4 of IPv4. False when it knows nothing, also when
/// its bytes make no sense.
static inline bool cmaxminddb_find(const MMDB_s *database, const uint8_t *address, bool is_ipv4, cmaxminddb_facts *facts) {
    static const char *const country[] = {"country", "iso_code", NULL};
    static const char *const city[] = {"city", "names", "en", NULL};
    static const char *const number[] = {"autonomous_system_number", NULL};
    static const char *const organization[] = {"autonomous_system_organization", NULL};
    static const char *const traits_number[] = {"traits", "autonomous_system_number", NULL};
    static const char *const traits_organization[] = {"traits", "autonomous_system_organization", NULL};
    struct sockaddr_in6 v6;
    struct sockaddr_in v4;
    const struct sockaddr *place;
    if (is_ipv4) {
        memset(&v4, 0, sizeof v4);
        v4.sin_family = AF_INET;
        memcpy(&v4.sin_addr, address, 4);
        place = (const struct sockaddr *)&v4;
    } else {
        memset(&v6, 0, sizeof v6);
        v6.sin6_family = AF_INET6;
        memcpy(&v6.sin6_addr, address, 16);
        place = (const struct sockaddr *)&v6;
    }
    int error = MMDB_SUCCESS;
    MMDB_lookup_result_s result = MMDB_lookup_sockaddr(database, place, &error);
    if (error != MMDB_SUCCESS || !result.found_entry) return false;
    facts->country = cmaxminddb_string(&result.entry, country);
    facts->city = cmaxminddb_string(&result.entry, city);
    facts->number = cmaxminddb_number(&result.entry, number);
    if (facts->number == 0) facts->number = cmaxminddb_number(&result.entry, traits_number);
    facts->organization = cmaxminddb_string(&result.entry, organization);
    if (!facts->organization.text) facts->organization = cmaxminddb_string(&result.entry, traits_organization);
    return true;
}

#endif
