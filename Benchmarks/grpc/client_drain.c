// SPDX-License-Identifier: Apache-2.0
//
// The client as Creance runs it: received, copied into batches, decoded; batches cleared as they come.
#include <stdlib.h>

#include "cfalco_client.h"
#include "report.h"

int main(int count, char **arguments) {
    if (count < 2) return 2;
    char address[256], message[CFALCO_MESSAGE_BYTES];
    snprintf(address, sizeof address, "unix:%s", arguments[1]);
    cfalco_client_settings settings = {.address = address};
    cfalco_client *client = cfalco_client_create(&settings, message, sizeof message);
    if (client == NULL || cfalco_client_connect(client, 5000000000u, message, sizeof message) != CFALCO_CONNECTED) {
        fprintf(stderr, "%s\n", message);
        return 1;
    }
    calert_batch *batch = calert_batch_create(1 << 20, 1024);
    cfalco_limits limits = {.max_records = 1024, .max_bytes = 1 << 20};
    cfalco_receipt receipt;
    uint64_t alerts = 0, rejects = 0, batches = 0;
    double began = seconds_now();
    while (cfalco_client_receive(client, batch, &limits, 1000000000u, &receipt) != CFALCO_ENDED) {
        alerts += receipt.alerts;
        rejects += receipt.rejects;
        batches += receipt.alerts > 0;
        calert_batch_clear(batch, 4 << 20);
        cfalco_client_committed(client, receipt.total_bytes);
    }
    report("client", alerts, receipt.total_bytes, seconds_now() - began);
    fprintf(stderr, "%llu rejects, %.0f alerts per batch\n", (unsigned long long)rejects,
            (double)alerts / (double)(batches == 0 ? 1 : batches));
    cfalco_client_destroy(client);
    calert_batch_destroy(batch);
    return 0;
}
