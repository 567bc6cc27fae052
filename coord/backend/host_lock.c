#define _GNU_SOURCE /* NOLINT: that is its name; for O_TMPFILE */
#include "drydock/host_lock.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "coord/text.h"

#define NAME_PREFIX "drydock-"
#define NAME_SUFFIX ".lock"
#define CONTENT_MAX 160 /* bytes of what a holder writes about itself */
/* How often a file may vanish between its opening and its locking. */
#define TRY_MAX 100

struct dd_file_lock {
    int fd; /* -1: nothing is taken */
    char path[PATH_MAX];
    char folder[]; /* ended by a NUL */
};

enum dd_status dd_file_lock_open(const char *folder, struct dd_file_lock **out)
{
    const char *given = folder == NULL ? DD_HOST_LOCK_FOLDER : folder;
    size_t length = strlen(given);
    struct dd_file_lock *lock;

    if (length + NAME_MAX + 2 > PATH_MAX) {
        return DD_EINVAL;
    }
    lock = calloc(1, sizeof *lock + length + 1);
    if (lock == NULL) {
        return DD_ENOMEM;
    }
    lock->fd = -1;
    memcpy(lock->folder, given, length + 1);
    *out = lock;
    return DD_OK;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/* FOLDER/drydock-ID.lock; what must not be in a file name is %XX, so that no two
 * engines have one file. */
static bool path_write(struct dd_file_lock *lock, const char *engine_id)
{
    static const char hex[] = "0123456789ABCDEF";
    struct dd__text text;

    dd__text_init(&text, lock->path, sizeof lock->path);
    dd__text_string(&text, lock->folder);
    dd__text_string(&text, "/");
    size_t name_at = text.length;
    dd__text_string(&text, NAME_PREFIX);
    for (const char *at = engine_id; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        const char escaped[] = { '%', hex[c >> 4], hex[c & 15] };

        dd__text_bytes(&text, is_plain(*at) ? at : escaped, is_plain(*at) ? 1 : sizeof escaped);
    }
    dd__text_string(&text, NAME_SUFFIX);
    return !text.is_cut && text.length - name_at <= NAME_MAX;
}

static void refuse(const struct dd_file_lock *lock, struct dd__text *why, const char *reason)
{
    dd__text_string(why, "the host lock ");
    dd__text_string(why, lock->path);
    dd__text_string(why, " cannot be had: ");
    dd__text_string(why, reason);
}

static const char *reason_of(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return "there is no such folder";
    case EACCES:
    case EPERM:
        return "permission denied";
    case EROFS:
        return "the file system is read-only";
    case ELOOP:
        return "it is a symbolic link";
    case ENOSPC:
        return "no space left on device";
    case EMFILE:
    case ENFILE:
        return "too many open files";
    default:
        return "the system refuses";
    }
}

static enum dd_status refuse_by_system(const struct dd_file_lock *lock, struct dd__text *why,
                                       int error)
{
    refuse(lock, why, reason_of(error));
    return error == ENOSPC || error == EMFILE || error == ENFILE || error == ENOMEM ? DD_ENOMEM
                                                                                    : DD_EINVAL;
}

#define EVERYBODY ((mode_t)0666)
#define OPEN_FLAGS (O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)

/* A file without a name first, which gets its name once its mode is right: whatever the
 * umask says, nobody finds one that he may not open. */
static int file_create_whole(const struct dd_file_lock *lock)
{
    char link_path[sizeof "/proc/self/fd/" + 3 * sizeof(int)];
    struct dd__text text;
    int fd = open(lock->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, EVERYBODY);

    if (fd < 0) {
        return -1;
    }
    dd__text_init(&text, link_path, sizeof link_path);
    dd__text_string(&text, "/proc/self/fd/");
    dd__text_u64(&text, (uint64_t)fd);
    if (fchmod(fd, EVERYBODY) != 0 ||
        linkat(AT_FDCWD, link_path, AT_FDCWD, lock->path, AT_SYMLINK_FOLLOW) != 0) {
        int error = errno;
        (void)close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static int file_create(const struct dd_file_lock *lock)
{
    int fd = file_create_whole(lock);

    if (fd >= 0 || errno == EEXIST) {
        return fd;
    }
    /* No file system has to know files without names, and /proc may not be there. */
    fd = open(lock->path, OPEN_FLAGS | O_CREAT | O_EXCL, EVERYBODY);
    if (fd >= 0) {
        (void)fchmod(fd, EVERYBODY);
    }
    return fd;
}

/* Everybody may open it, whoever made it, or agents of two users would not exclude
 * each other. A file that is there must not be opened by O_CREAT: in a folder like
 * /run/lock the system refuses that to all but its owner (fs.protected_regular). */
static int file_open(const struct dd_file_lock *lock)
{
    int fd = -1;

    for (int i = 0; i < TRY_MAX && fd < 0; i++) {
        fd = open(lock->path, OPEN_FLAGS);
        if (fd >= 0 || errno != ENOENT) {
            return fd;
        }
        fd = file_create(lock);
        if (fd < 0 && errno != EEXIST) {
            return fd;
        }
    }
    return fd;
}

/* Whether @fd is still the file at @path: who lets go removes it. */
static bool is_current(int fd, const char *path)
{
    struct stat mine;
    struct stat there;

    return fstat(fd, &mine) == 0 && lstat(path, &there) == 0 && mine.st_dev == there.st_dev &&
           mine.st_ino == there.st_ino;
}

static void holder_write(int fd)
{
    char content[CONTENT_MAX + 1];
    struct dd__text text;
    struct utsname host;

    dd__text_init(&text, content, sizeof content);
    dd__text_string(&text, "process ");
    dd__text_u64(&text, (uint64_t)getpid());
    if (uname(&host) == 0) {
        dd__text_string(&text, " on ");
        dd__text_printable(&text, host.nodename);
    }
    /* Who cannot be told of is a holder all the same. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, content, text.length, 0) < 0) {
        return;
    }
}

static void holder_read(int fd, struct dd__text *out)
{
    char content[CONTENT_MAX + 1];
    ssize_t size = pread(fd, content, CONTENT_MAX, 0);

    content[size > 0 ? size : 0] = '\0';
    dd__text_printable(out, content[0] != '\0' ? content : "another process");
}

/* flock(2), not fcntl(2): its locks are of open files, so that two coordinators of
 * one process exclude each other, too. */
static enum dd_status file_take(struct dd_file_lock *lock, struct dd__text *holder)
{
    for (int i = 0; i < TRY_MAX; i++) {
        int fd = file_open(lock);

        if (fd < 0) {
            return refuse_by_system(lock, holder, errno);
        }
        if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            int error = errno;
            if (error == EWOULDBLOCK) {
                holder_read(fd, holder);
            }
            (void)close(fd);
            return error == EWOULDBLOCK ? DD_EBUSY : refuse_by_system(lock, holder, error);
        }
        if (is_current(fd, lock->path)) {
            lock->fd = fd;
            holder_write(fd);
            return DD_OK;
        }
        (void)close(fd);
    }
    refuse(lock, holder, "somebody removes it again and again");
    return DD_EBUSY;
}

static enum dd_status lock_take(void *ctx, const char *engine_id, char *holder, size_t holder_size)
{
    struct dd_file_lock *lock = ctx;
    struct dd__text text;

    assert(lock->fd < 0);
    dd__text_init(&text, holder, holder_size);
    if (!path_write(lock, engine_id)) {
        refuse(lock, &text, "its name is too long");
        return DD_EINVAL;
    }
    return file_take(lock, &text);
}

/* The file goes before the lock does: nobody can take it in between who is not seen
 * (is_current). Where it may not be removed it stays, and is empty. */
static void lock_release(struct dd_file_lock *lock)
{
    if (unlink(lock->path) != 0 && ftruncate(lock->fd, 0) != 0) {
        /* Nothing is lost: the lock goes with the descriptor. */
    }
    (void)close(lock->fd);
    lock->fd = -1;
}

static void lock_let_go(void *ctx, const char *engine_id)
{
    struct dd_file_lock *lock = ctx;

    (void)engine_id;
    assert(lock->fd >= 0);
    lock_release(lock);
}

void dd_file_lock_close(struct dd_file_lock *lock)
{
    if (lock != NULL && lock->fd >= 0) {
        lock_release(lock);
    }
    free(lock);
}

static const struct dd_host_lock_ops lock_ops = { .take = lock_take, .let_go = lock_let_go };

struct dd_host_lock dd_file_lock_interface(struct dd_file_lock *lock)
{
    return (struct dd_host_lock){ .ops = &lock_ops, .ctx = lock };
}
