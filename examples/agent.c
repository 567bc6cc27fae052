/*
 * An agent in small: it runs tasks, each a container of an image, and lets Drydock
 * pull the images, share them, and remove those that no task needs any more.
 *
 *     cc agent.c parts/engine.c parts/screen.c $(pkg-config --cflags --libs drydock) -o agent
 *     ./agent [--delay SECONDS] [--retry SECONDS] [--log LEVEL]
 *
 * It reads commands, one a line:
 *
 *     start TASK IMAGE     pull IMAGE, then run a container of it
 *     stop TASK            remove its container, and let go of the image
 *     status               what runs, and why each image is still there
 *     quit                 stop everything; images that nobody uses stay
 *     drain                likewise; they go
 *
 * The engine is DOCKER_HOST's; here it must be one with a unix socket. If the
 * environment has REGISTRY_USER and REGISTRY_PASSWORD, pulls are made with them.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <drydock/agent.h>

#include "parts/engine.h"
#include "parts/screen.h"

#define TASK_MAX 64
#define DEFAULT_HOST "unix:///var/run/docker.sock"

enum task_state { FREE, PULLING, RUNNING, FAILED };

struct task {
    enum task_state state;
    bool stopping; /* nothing is to be started any more */
    char name[64];
    char container[80];
    char reference[DD_REFERENCE_MAX + 1];
    pthread_t thread; /* brings it from PULLING to RUNNING or FAILED */
    struct dd_operation pull;
    bool is_told; /* what `pulled` says, and `image` and `lease` if it is DD_OK */
    enum dd_status pulled;
    char image[DD_IMAGE_ID_MAX + 1];
    uint64_t lease;
};

static struct dd_agent *agent;
static const char *engine;
static struct dd_credentials credentials;
static struct task tasks[TASK_MAX];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of tasks */
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;    /* some task's pull has ended */

static struct task *task_named(const char *name)
{
    for (int i = 0; i < TASK_MAX; i++) {
        if (tasks[i].state != FREE && strcmp(tasks[i].name, name) == 0) {
            return &tasks[i];
        }
    }
    return NULL;
}

static struct task *task_new(const char *name, const char *reference)
{
    for (int i = 0; i < TASK_MAX; i++) {
        if (tasks[i].state == FREE) {
            tasks[i] = (struct task){ .state = PULLING };
            snprintf(tasks[i].name, sizeof tasks[i].name, "%s", name);
            snprintf(tasks[i].container, sizeof tasks[i].container, "drydock-%s", name);
            snprintf(tasks[i].reference, sizeof tasks[i].reference, "%s", reference);
            return &tasks[i];
        }
    }
    return NULL;
}

static void task_let_go(struct task *task)
{
    const struct dd_lease lease = { .image = task->image,
                                    .caller = task->name,
                                    .number = task->lease };

    if (dd_agent_release_wait(agent, lease) != DD_OK) {
        say("%s: its lease was gone", task->name);
    }
}

static void task_settle(struct task *task, enum task_state state)
{
    pthread_mutex_lock(&mutex);
    task->state = state;
    pthread_mutex_unlock(&mutex);
}

/* A container is created by the image's ID, which is what the lease protects: a tag
 * may have moved meanwhile. */
static void task_run(struct task *task)
{
    char why[ENGINE_TEXT_SIZE];
    bool stopping;

    pthread_mutex_lock(&mutex);
    stopping = task->stopping;
    pthread_mutex_unlock(&mutex);
    if (stopping) {
        task_let_go(task);
        task_settle(task, FAILED);
    } else if (engine_run(engine, task->container, task->image, why) == 0) {
        task_settle(task, RUNNING);
        say("%s: running %s", task->name, task->image);
    } else {
        task_let_go(task);
        task_settle(task, FAILED);
        say("%s: no container: %s", task->name, why);
    }
}

/* On Drydock's thread, which waits meanwhile: what is told is noted, and no more. */
static void task_pulled(void *arg, const struct dd_result *result)
{
    struct task *task = arg;

    if (result->status != DD_OK) {
        say("%s: no image: %s (%s%s)", task->name, result->text, dd_status_name(result->status),
            result->recoverable ? ", try again" : "");
    }
    pthread_mutex_lock(&mutex);
    task->pulled = result->status;
    if (result->status == DD_OK) {
        snprintf(task->image, sizeof task->image, "%s", result->lease.image);
        task->lease = result->lease.number;
    }
    task->is_told = true;
    pthread_cond_broadcast(&told);
    pthread_mutex_unlock(&mutex);
}

/* Asked for while nobody can say that the task shall stop: then there is no pull, or one
 * to cancel. */
static enum dd_status task_pull(struct task *task)
{
    const struct dd_pull pull = {
        .reference = task->reference,
        .caller = task->name,
        .credentials = credentials.username != NULL ? &credentials : NULL,
        .done = task_pulled,
        .arg = task,
    };
    enum dd_status status = DD_ECANCELLED;

    pthread_mutex_lock(&mutex);
    if (!task->stopping) {
        status = dd_agent_pull(agent, &pull, &task->pull);
    }
    while (status == DD_OK && !task->is_told) {
        pthread_cond_wait(&told, &mutex);
    }
    if (status == DD_OK) {
        status = task->pulled;
    } else {
        say("%s: no image: %s", task->name, dd_status_text(status));
    }
    pthread_mutex_unlock(&mutex);
    return status;
}

static void *task_thread(void *arg)
{
    struct task *task = arg;

    if (task_pull(task) == DD_OK) {
        task_run(task);
    } else {
        task_settle(task, FAILED);
    }
    return NULL;
}

static bool is_name(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") ==
           strlen(text);
}

static void start(const char *name, const char *reference)
{
    struct task *task = NULL;

    if (!is_name(name)) {
        say("%s: only letters, digits, '_', '.' and '-' make a name", name);
        return;
    }
    if (strlen(name) >= sizeof task->name || strlen(reference) >= sizeof task->reference) {
        say("%s: such a long name is none", name);
        return;
    }
    pthread_mutex_lock(&mutex);
    if (task_named(name) == NULL) {
        task = task_new(name, reference);
        if (task != NULL && pthread_create(&task->thread, NULL, task_thread, task) != 0) {
            task->state = FREE;
            task = NULL;
        }
    }
    pthread_mutex_unlock(&mutex);
    say(task == NULL ? "%s: is there already, or there are too many" : "%s: pulling", name);
}

/* A pull that is under way is left, and its thread ends at once. (DD_EALREADY: it has
 * ended, or was never begun.) */
static void stop(const char *name)
{
    char why[ENGINE_TEXT_SIZE];
    struct task *task;
    struct dd_operation pull = { 0 };

    pthread_mutex_lock(&mutex);
    task = task_named(name);
    if (task != NULL) {
        task->stopping = true;
        pull = task->pull;
    }
    pthread_mutex_unlock(&mutex);
    if (task == NULL) {
        say("%s: no such task", name);
        return;
    }
    if (dd_agent_cancel(agent, pull) == DD_OK) {
        say("%s: its pull is left", name);
    }
    pthread_join(task->thread, NULL);
    if (task->state == RUNNING) {
        if (engine_remove(engine, task->container, why) != 0) {
            say("%s: its container stays: %s", name, why);
        }
        task_let_go(task);
    }
    task_settle(task, FREE);
    say("%s: stopped", name);
}

/* ---- What is there, and why ---------------------------------------------------- */

/* Why it is there, or when it goes. */
static void why_there(const struct dd_explained *image, char *text, size_t size)
{
    uint64_t now_ns = dd_agent_now();
    double seconds = image->next_ns > now_ns ? (double)(image->next_ns - now_ns) / 1e9 : 0.0;

    if (image->state == DD_IMAGE_HELD) {
        snprintf(text, size, "held: %s has it%s", image->holders.at[0],
                 image->lease_count > 1 ? ", and others" : "");
    } else if (image->wanted) {
        snprintf(text, size, "%s: a pull may bring it again", dd_image_state_word(image->state));
    } else if (image->state == DD_IMAGE_IDLE) {
        snprintf(text, size, "idle: removed in %.1f s", seconds);
    } else if (image->state == DD_IMAGE_BLOCKED) {
        snprintf(text, size, "blocked: %s; next try in %.1f s",
                 image->status == DD_ECONFLICT ? dd_conflict_text(image->conflict)
                                               : dd_status_text(image->status),
                 seconds);
    } else {
        snprintf(text, size, "%s", dd_image_state_word(image->state));
    }
}

static void explain(void *arg, const struct dd_explained *image)
{
    char why[256];
    char names[1024] = " nothing";
    size_t length = 0;

    (void)arg;
    for (size_t i = 0; i < image->bindings.count && length < sizeof names; i++) {
        length +=
            (size_t)snprintf(names + length, sizeof names - length, " %s", image->bindings.at[i]);
    }
    why_there(image, why, sizeof why);
    say("image %.19s %s; ours:%s", image->image, why, names);
}

static void status(void)
{
    static const char *const words[] = { "", "pulling", "running", "failed" };

    pthread_mutex_lock(&mutex);
    for (int i = 0; i < TASK_MAX; i++) {
        if (tasks[i].state != FREE) {
            say("task %s %s %s", tasks[i].name, words[tasks[i].state], tasks[i].reference);
        }
    }
    pthread_mutex_unlock(&mutex);
    if (dd_agent_explain_wait(agent, explain, NULL) != DD_OK) {
        say("images: no memory to say");
    }
    say("that is all");
}

/* ---- The program --------------------------------------------------------------- */

static void note_event(void *ctx, const struct dd_event *event)
{
    (void)ctx;
    screen_event(event);
    if (event->kind == DD_EVENT_REMOVED) {
        say("image %.19s removed", event->image);
    }
}

static void log_line(void *ctx, const char *line, size_t length)
{
    (void)ctx;
    fwrite(line, 1, length, stderr);
}

/* The next word of a line, ended by a NUL; "" if there is none. */
static char *next_word(char **rest)
{
    char *word = *rest + strspn(*rest, " \t\n");
    char *end = word + strcspn(word, " \t\n");

    *rest = *end == '\0' ? end : end + 1;
    *end = '\0';
    return word;
}

/* False: it is time to go. */
static bool obey(char *line, bool *drain)
{
    const char *verb = next_word(&line);
    const char *name = next_word(&line);
    const char *image = next_word(&line);

    if (verb[0] == '\0') {
        return true;
    }
    if (strcmp(verb, "start") == 0 && image[0] != '\0') {
        start(name, image);
    } else if (strcmp(verb, "stop") == 0 && name[0] != '\0') {
        stop(name);
    } else if (strcmp(verb, "status") == 0) {
        status();
    } else if (strcmp(verb, "quit") == 0 || strcmp(verb, "drain") == 0) {
        *drain = strcmp(verb, "drain") == 0;
        return false;
    } else {
        say("start TASK IMAGE | stop TASK | status | quit | drain");
    }
    return true;
}

static void stop_everything(bool drain)
{
    const struct dd_close close = { .drain = drain, .deadline_ns = 30 * DD_SECOND_NS };

    for (int i = 0; i < TASK_MAX; i++) {
        bool is_there;

        pthread_mutex_lock(&mutex);
        is_there = tasks[i].state != FREE;
        pthread_mutex_unlock(&mutex);
        if (is_there) {
            stop(tasks[i].name);
        }
    }
    if (dd_agent_close_wait(agent, &close) != DD_OK) {
        say("it was closed already");
    }
    dd_agent_destroy(agent);
}

static bool read_options(int argc, char **argv, struct dd_agent_config *config, struct dd_log *log)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        char *end = NULL;
        double seconds = strtod(argv[i + 1], &end);
        bool is_number = end != argv[i + 1] && *end == '\0' && seconds < 1e9;

        if (strcmp(argv[i], "--delay") == 0 && is_number && seconds >= 0) {
            config->coordinator.remove_delay_ns = (uint64_t)(seconds * 1e9);
        } else if (strcmp(argv[i], "--retry") == 0 && is_number && seconds > 0) {
            config->coordinator.backoff_min_ns = (uint64_t)(seconds * 1e9);
            config->coordinator.backoff_max_ns = (uint64_t)(seconds * 1e9);
        } else if (strcmp(argv[i], "--log") == 0) {
            config->observer_count = 2;
            log->level = DD_LEVEL_TRACE;
            while (strcmp(argv[i + 1], dd_level_word(log->level)) != 0) {
                if (log->level == DD_LEVEL_ERROR) {
                    return false;
                }
                log->level++;
            }
        } else {
            return false;
        }
    }
    return argc % 2 == 1;
}

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

int main(int argc, char **argv)
{
    static const struct dd_observer_ops notes = { .event = note_event };
    struct dd_log log = { .level = DD_LEVEL_ERROR, .write = log_line };
    const struct dd_observer observers[] = { { .ops = &notes }, dd_log_observer(&log) };
    const struct sigaction action = { .sa_handler = interrupt }; /* ends a read */
    struct dd_agent_config config;
    char why[512];
    char line[512];
    bool drain = false;

    dd_agent_config_init(&config);
    config.docker_host = getenv("DOCKER_HOST") != NULL ? getenv("DOCKER_HOST") : DEFAULT_HOST;
    if (getenv("REGISTRY_USER") != NULL && getenv("REGISTRY_PASSWORD") != NULL) {
        credentials.username = getenv("REGISTRY_USER");
        credentials.password = getenv("REGISTRY_PASSWORD");
    }
    config.observers = observers;
    config.observer_count = 1; /* and the log, if it is asked for */
    engine = engine_socket(config.docker_host);
    if (!read_options(argc, argv, &config, &log) || engine == NULL) {
        fprintf(stderr, "agent [--delay SECONDS] [--retry SECONDS] [--log LEVEL]\n"
                        "DOCKER_HOST is unix:///PATH\n");
        return 2;
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (dd_agent_open_wait(&config, why, sizeof why, &agent) != DD_OK) {
        fprintf(stderr, "agent: %s\n", why);
        return 1;
    }
    say("ready");
    while (!interrupted && fgets(line, sizeof line, stdin) != NULL) {
        if (!obey(line, &drain)) {
            break;
        }
    }
    stop_everything(drain);
    return 0;
}
