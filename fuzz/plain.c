/*
 * A target as a plain program, without libFuzzer: each file, and each file of a
 * folder, is an input. It speaks TAP, one line a file.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz/target.h"

#define INPUT_MAX_BYTES ((size_t)1024 * 1024)

static unsigned count;

static void stop(const char *why, const char *path)
{
    (void)fprintf(stderr, "%s: %s\n", path, why);
    exit(2);
}

static void feed_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(INPUT_MAX_BYTES);
    if (file == NULL || bytes == NULL) {
        stop("cannot be read", path);
    }
    size_t size = fread(bytes, 1, INPUT_MAX_BYTES, file);
    uint8_t *input = malloc(size > 0 ? size : 1);
    if (ferror(file) || input == NULL) {
        stop("cannot be read", path);
    }
    memcpy(input, bytes, size);
    free(bytes);
    (void)fclose(file);
    /* Before it is tried: if it breaks, this line says which one did. */
    (void)fprintf(stderr, "# %s\n", path);
    (void)LLVMFuzzerTestOneInput(input, size);
    (void)printf("ok %u - %s\n", ++count, path);
    free(input);
}

static void feed(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        stop("is not there", path);
    }
    if (!S_ISDIR(status.st_mode)) {
        feed_file(path);
        return;
    }
    struct dirent **entries = NULL;
    int entry_count = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < entry_count; i++) {
        char name[4096];
        (void)snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            feed(name);
        }
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        feed(argv[i]);
    }
    (void)printf("1..%u\n", count);
    return count > 0 ? 0 : 2;
}
