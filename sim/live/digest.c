#include "sim/live/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define SHA256_SIZE 32

void sim_live_digest(const void *bytes, size_t size, char out[SIM_LIVE_DIGEST_SIZE])
{
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (EVP_Digest(bytes, size, raw, &length, EVP_sha256(), NULL) != 1 || length != SHA256_SIZE) {
        (void)fputs("drydock: no SHA-256 here\n", stderr);
        abort();
    }
    size_t used = (size_t)snprintf(out, SIM_LIVE_DIGEST_SIZE, "sha256:");
    for (unsigned int i = 0; i < length; i++) {
        used += (size_t)snprintf(out + used, SIM_LIVE_DIGEST_SIZE - used, "%02x", raw[i]);
    }
}
