#include "screen.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <drydock/reference.h>

#define BAR_MAX 16
#define BAR_WIDTH 30
#define REDRAW_NS UINT64_C(100000000)

struct bar {
    char reference[DD_REFERENCE_MAX + 1];
    char layer[16];
    char phase[24];
    uint64_t current;
    uint64_t total;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct bar bars[BAR_MAX];
static int bar_count;
static int drawn_count; /* lines of bars on the terminal now */
static uint64_t drawn_ns;

static void erase(void)
{
    if (drawn_count > 0) {
        fprintf(stderr, "\033[%dA\033[J", drawn_count);
        drawn_count = 0;
    }
}

static void draw(void)
{
    for (int i = 0; i < bar_count; i++) {
        const struct bar *bar = &bars[i];
        int filled = BAR_WIDTH;

        if (bar->current < bar->total) {
            filled = (int)((double)bar->current / (double)bar->total * BAR_WIDTH);
        }
        fprintf(stderr, "%-12s %-12s [%.*s%*s] %6.1f/%.1f MB\n", bar->layer, bar->phase, filled,
                "##############################", BAR_WIDTH - filled, "",
                (double)bar->current / 1e6, (double)bar->total / 1e6);
    }
    drawn_count = bar_count;
}

void say(const char *format, ...)
{
    va_list arguments;

    pthread_mutex_lock(&mutex);
    erase();
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
    draw();
    pthread_mutex_unlock(&mutex);
}

static struct bar *bar_of(const struct dd_event *event)
{
    for (int i = 0; i < bar_count; i++) {
        if (strcmp(bars[i].layer, event->layer) == 0 &&
            strcmp(bars[i].reference, event->reference) == 0) {
            return &bars[i];
        }
    }
    if (bar_count == BAR_MAX) {
        return NULL;
    }
    struct bar *bar = &bars[bar_count++];
    *bar = (struct bar){ .total = 0 };
    snprintf(bar->reference, sizeof bar->reference, "%s", event->reference);
    snprintf(bar->layer, sizeof bar->layer, "%s", event->layer);
    return bar;
}

/* "0123456789ab downloading 5/10": the words between are the phase. */
static void bar_update(const struct dd_event *event)
{
    struct bar *bar = bar_of(event);
    const char *phase = strchr(event->message, ' ');

    if (bar != NULL && phase != NULL) {
        snprintf(bar->phase, sizeof bar->phase, "%.*s", (int)strcspn(phase + 1, " "), phase + 1);
        bar->current = event->current_bytes;
        bar->total = event->total_bytes;
    }
}

static void bars_remove(const char *reference)
{
    int kept = 0;

    for (int i = 0; i < bar_count; i++) {
        if (strcmp(bars[i].reference, reference) != 0) {
            bars[kept++] = bars[i];
        }
    }
    bar_count = kept;
}

void screen_event(const struct dd_event *event)
{
    bool ends = event->kind == DD_EVENT_PULL_ENDED;

    if (!isatty(STDERR_FILENO) || (event->kind != DD_EVENT_PULL_PROGRESS && !ends)) {
        return;
    }
    pthread_mutex_lock(&mutex);
    if (ends) {
        erase();
        bars_remove(event->reference);
        draw();
    } else if (event->layer != NULL && event->total_bytes > 0) {
        bar_update(event);
        if (event->time_ns - drawn_ns >= REDRAW_NS) {
            drawn_ns = event->time_ns;
            erase();
            draw();
        }
    }
    pthread_mutex_unlock(&mutex);
}
