#include "drydock/backend.h"

#include <stdlib.h>

#include "coord/text.h"

struct dd_backend {
    struct dd_loop *loop;
    struct dd_client *client;
    struct dd_file_lock *lock;
};

static void *malloc_alloc(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void malloc_free(void *ctx, void *block, size_t size)
{
    (void)ctx;
    (void)size;
    free(block);
}

static const struct dd_allocator_ops malloc_ops = { .alloc = malloc_alloc, .free = malloc_free };

struct dd_allocator dd_malloc_allocator(void)
{
    return (struct dd_allocator){ .ops = &malloc_ops };
}

static enum dd_status backend_begin(struct dd_backend *backend,
                                    const struct dd_backend_config *config, char *why,
                                    size_t why_size)
{
    enum dd_status status = dd_loop_open(&backend->loop);
    struct dd__text text;

    if (status == DD_OK) {
        status = dd_file_lock_open(config->lock_folder, &backend->lock);
    }
    if (status != DD_OK) {
        dd__text_init(&text, why, why_size);
        dd__text_string(&text, status == DD_EINVAL ? "the folder for the host lock: too long a path"
                                                   : "out of memory or of descriptors");
        return status;
    }
    return dd_client_open(backend->loop, config->host, why, why_size, &backend->client);
}

enum dd_status dd_backend_open(const struct dd_backend_config *config, char *why, size_t why_size,
                               struct dd_backend **out)
{
    struct dd_backend *backend = calloc(1, sizeof *backend);
    struct dd__text text;
    enum dd_status status;

    if (backend == NULL) {
        dd__text_init(&text, why, why_size);
        dd__text_string(&text, dd_status_text(DD_ENOMEM));
        return DD_ENOMEM;
    }
    status = backend_begin(backend, config, why, why_size);
    if (status != DD_OK) {
        dd_backend_close(backend);
        return status;
    }
    *out = backend;
    return DD_OK;
}

void dd_backend_close(struct dd_backend *backend)
{
    if (backend == NULL) {
        return;
    }
    dd_client_close(backend->client);
    dd_file_lock_close(backend->lock);
    dd_loop_close(backend->loop);
    free(backend);
}

struct dd_env dd_backend_env(struct dd_backend *backend)
{
    return (struct dd_env){
        .clock = dd_loop_clock(backend->loop),
        .executor = dd_loop_executor(backend->loop),
        .docker = dd_client_docker(backend->client),
        .host_lock = dd_file_lock_interface(backend->lock),
        .entropy = dd_loop_entropy(backend->loop),
        .allocator = dd_malloc_allocator(),
    };
}

struct dd_loop *dd_backend_loop(struct dd_backend *backend)
{
    return backend->loop;
}

struct dd_client *dd_backend_client(struct dd_backend *backend)
{
    return backend->client;
}
