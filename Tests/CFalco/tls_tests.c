// SPDX-License-Identifier: Apache-2.0
//
// Certificates: what the check says of good and bad ones, and what a peer makes of them. `certificates.sh` makes them.
#include <time.h>

#include "support.h"

static cfalco_tls_files files(const char *ca, const char *certificate, const char *key) {
    static char paths[3][600];
    snprintf(paths[0], sizeof paths[0], "%s/%s", directory, ca);
    snprintf(paths[1], sizeof paths[1], "%s/%s", directory, certificate);
    snprintf(paths[2], sizeof paths[2], "%s/%s", directory, key);
    return (cfalco_tls_files){paths[0], paths[1], paths[2]};
}

static void expect(const char *ca, const char *certificate, const char *key, cfalco_tls_role role, const char *name,
                   int64_t offset, cfalco_tls_verdict verdict, const char *says) {
    char message[CFALCO_MESSAGE_BYTES];
    int64_t expires = 0;
    cfalco_tls_files paths = files(ca, certificate, key);
    cfalco_tls_verdict found =
        cfalco_tls_check(&paths, role, name, (int64_t)time(NULL) + offset, message, sizeof message, &expires);
    CHECK(found == verdict, "%s %s %s: %d, %s", ca, certificate, key, found, message);
    CHECK(strstr(message, says) != NULL, "%s", message);
    CHECK(found != CFALCO_TLS_GOOD || (message[0] == 0 && expires > time(NULL)), "%s", message);
}

static void certificates_are_judged(void) {
    const int64_t year = 365 * 86400;
    expect("ca.crt", "client.crt", "client.key", CFALCO_TLS_CLIENT, NULL, 0, CFALCO_TLS_GOOD, "");
    expect("ca.crt", "server.crt", "server.key", CFALCO_TLS_SERVER, "localhost", 0, CFALCO_TLS_GOOD, "");
    expect("ca.crt", "server.crt", "server.key", CFALCO_TLS_SERVER, "127.0.0.1", 0, CFALCO_TLS_GOOD, "");
    expect("ca.crt", "server.crt", "server.key", CFALCO_TLS_SERVER, "other", 0, CFALCO_TLS_BAD, "not for the name");
    expect("ca.crt", "client.crt", "client.key", CFALCO_TLS_CLIENT, NULL, 20 * year, CFALCO_TLS_BAD, "expired");
    expect("ca.crt", "client.crt", "client.key", CFALCO_TLS_CLIENT, NULL, -year, CFALCO_TLS_BAD, "not valid yet");
    expect("ca.crt", "client.crt", "server.key", CFALCO_TLS_CLIENT, NULL, 0, CFALCO_TLS_BAD, "does not belong");
    expect("ca.crt", "client.crt", "locked.key", CFALCO_TLS_CLIENT, NULL, 0, CFALCO_TLS_BAD, "encrypted");
    expect("ca.crt", "server.crt", "server.key", CFALCO_TLS_CLIENT, NULL, 0, CFALCO_TLS_BAD, "not made for a TLS client");
    expect("other-ca.crt", "client.crt", "client.key", CFALCO_TLS_CLIENT, NULL, 0, CFALCO_TLS_DOUBTFUL, "not signed by");
    expect("ca.crt", "soon.crt", "client.key", CFALCO_TLS_CLIENT, NULL, 0, CFALCO_TLS_DOUBTFUL, "expires in");
    expect("ca.crt", "soon.crt", "client.key", CFALCO_TLS_CLIENT, NULL, 3 * 86400, CFALCO_TLS_BAD, "expired");
    expect("none.crt", "client.crt", "client.key", CFALCO_TLS_CLIENT, NULL, 0, CFALCO_TLS_BAD, "cannot be read");
    expect("client.key", "client.crt", "client.key", CFALCO_TLS_CLIENT, NULL, 0, CFALCO_TLS_BAD, "no PEM certificate");
    expect("ca.crt", "client.key", "client.key", CFALCO_TLS_CLIENT, NULL, 0, CFALCO_TLS_BAD, "no PEM certificate");
    expect("ca.crt", "client.crt", "ca.crt", CFALCO_TLS_CLIENT, NULL, 0, CFALCO_TLS_BAD, "no PEM private key");
    expect("ca.crt", "client.crt", "empty", CFALCO_TLS_CLIENT, NULL, 0, CFALCO_TLS_BAD, "empty");
    expect("ca.crt", ".", "client.key", CFALCO_TLS_CLIENT, NULL, 0, CFALCO_TLS_BAD, "no file");
}

static cfalco_server *serve_tls(uint16_t port) {
    char address[64], message[CFALCO_MESSAGE_BYTES];
    snprintf(address, sizeof address, "127.0.0.1:%u", port);
    cfalco_server_settings settings = {
        .address = address, .tls = files("ca.crt", "server.crt", "server.key"), .mode = CFALCO_ONE_QUEUE};
    cfalco_server *server = cfalco_server_start(&settings, message, sizeof message);
    CHECK(server != NULL, "%s", message);
    CHECK(cfalco_server_port(server) != 0, "no port");
    return server;
}

static cfalco_client *subscribe_tls(const char *host, uint16_t port, const char *name, cfalco_tls_files tls) {
    char address[64], message[CFALCO_MESSAGE_BYTES];
    snprintf(address, sizeof address, "%s:%u", host, port);
    cfalco_client_settings settings = {.address = address, .tls = tls, .server_name = name};
    cfalco_client *client = cfalco_client_create(&settings, message, sizeof message);
    CHECK(client != NULL, "%s", message);
    return client;
}

static void alerts_come_over_mutual_tls(void) {
    cfalco_server *server = serve_tls(0);
    publish(server, 0, 2000, 700);
    cfalco_client *client =
        subscribe_tls("localhost", cfalco_server_port(server), NULL, files("ca.crt", "client.crt", "client.key"));
    connect_client(client);
    tally seen = tally_create(2000);
    tally_until(&seen, client, 2000);
    tally_is_exactly(&seen, 0, 2000);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
    tally_free(&seen);
}

static void expect_refusal(uint16_t port, const char *name, cfalco_tls_files tls, cfalco_connect_status status,
                           const char *says) {
    cfalco_client *client = subscribe_tls("127.0.0.1", port, name, tls);
    char message[CFALCO_MESSAGE_BYTES];
    cfalco_connect_status found = cfalco_client_connect(client, PATIENCE, message, sizeof message);
    CHECK(found == status && strstr(message, says) != NULL, "%d %s", found, message);
    cfalco_client_destroy(client);
}

static void wrong_certificates_are_told(void) {
    cfalco_server *server = serve_tls(0);
    uint16_t port = cfalco_server_port(server);
    const char *certificate = "it may be the certificate";
    expect_refusal(port, NULL, files("ca.crt", "stranger.crt", "stranger.key"), CFALCO_UNREACHABLE, certificate);
    expect_refusal(port, NULL, files("ca.crt", "stranger.crt", "stranger.key"), CFALCO_UNREACHABLE, "not signed by");
    expect_refusal(port, NULL, files("other-ca.crt", "client.crt", "client.key"), CFALCO_UNREACHABLE, certificate);
    expect_refusal(port, "other.example", files("ca.crt", "client.crt", "client.key"), CFALCO_UNREACHABLE, certificate);
    expect_refusal(port, NULL, files("ca.crt", "expired.crt", "client.key"), CFALCO_BAD_CERTIFICATE, "expired");
    expect_refusal(port, NULL, files("ca.crt", "client.crt", "server.key"), CFALCO_BAD_CERTIFICATE, "does not belong");
    cfalco_server_stop(server, 0);
}

/// The files are read at each connect: a certificate that was replaced is used without a restart.
static void replaced_certificates_are_used(void) {
    cfalco_server *server = serve_tls(0);
    char command[2048], message[CFALCO_MESSAGE_BYTES];
    snprintf(command, sizeof command, "cd %s && cp expired.crt changing.crt && cp client.key changing.key", directory);
    CHECK(system(command) == 0, "%s", command);
    cfalco_client *client = subscribe_tls("127.0.0.1", cfalco_server_port(server), "localhost",
                                          files("ca.crt", "changing.crt", "changing.key"));
    CHECK(cfalco_client_connect(client, PATIENCE, message, sizeof message) == CFALCO_BAD_CERTIFICATE, "%s", message);
    snprintf(command, sizeof command, "cd %s && cp client.crt changing.crt", directory);
    CHECK(system(command) == 0, "%s", command);
    connect_client(client);
    cfalco_client_destroy(client);
    cfalco_server_stop(server, 0);
}

void run_tls_tests(void) {
    certificates_are_judged();
    puts("ok certificates_are_judged");
    alerts_come_over_mutual_tls();
    puts("ok alerts_come_over_mutual_tls");
    wrong_certificates_are_told();
    puts("ok wrong_certificates_are_told");
    replaced_certificates_are_used();
    puts("ok replaced_certificates_are_used");
    fflush(stdout);
}
