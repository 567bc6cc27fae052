#include "fakes/http.h"

#include <stddef.h>
#include <string.h>

#include "fakes/json_text.h"
#include "fakes/progress.h"

/* How much of an answer Go's server holds back, hoping to know its length. */
#define HELD_BACK_BYTES 2048

#define DAY_S UINT64_C(86400)

struct fake_http_host fake_http_host(uint64_t unix_time_s)
{
    return (struct fake_http_host){
        .api_version = "1.41",
        .os_type = "linux",
        .server = "Docker/20.10.24+dfsg1 (linux)",
        .unix_time_s = unix_time_s,
    };
}

const char *fake_http_reason(unsigned status)
{
    switch (status) {
    case 200:
        return "OK";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 409:
        return "Conflict";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 503:
        return "Service Unavailable";
    default:
        return "";
    }
}

static bool is_leap(uint64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint64_t month_days(size_t month, uint64_t year)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month] + (month == 1 && is_leap(year) ? 1u : 0u);
}

void fake_http_date(struct fake_bytes *out, uint64_t unix_time_s)
{
    static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* from 1970-01-01 on */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    uint64_t day = unix_time_s / DAY_S;
    uint64_t second = unix_time_s % DAY_S;
    fake_bytes_add(out, weekdays + 3 * (day % 7), 3);
    uint64_t year = 1970;
    while (day >= (is_leap(year) ? 366u : 365u)) {
        day -= is_leap(year) ? 366u : 365u;
        year++;
    }
    size_t month = 0;
    while (day >= month_days(month, year)) {
        day -= month_days(month, year);
        month++;
    }
    fake_bytes_text(out, ", ");
    fake_bytes_padded(out, day + 1, 2);
    fake_bytes_char(out, ' ');
    fake_bytes_add(out, months + 3 * month, 3);
    fake_bytes_char(out, ' ');
    fake_bytes_padded(out, year, 4);
    fake_bytes_char(out, ' ');
    fake_bytes_padded(out, second / 3600, 2);
    fake_bytes_char(out, ':');
    fake_bytes_padded(out, second / 60 % 60, 2);
    fake_bytes_char(out, ':');
    fake_bytes_padded(out, second % 60, 2);
    fake_bytes_text(out, " GMT");
}

static void add_header(struct fake_bytes *out, const char *name, const char *value)
{
    fake_bytes_text(out, name);
    fake_bytes_text(out, ": ");
    fake_bytes_text(out, value);
    fake_bytes_text(out, "\r\n");
}

static void add_status(struct fake_bytes *out, unsigned status)
{
    fake_bytes_text(out, "HTTP/1.1 ");
    fake_bytes_padded(out, status, 3);
    fake_bytes_char(out, ' ');
    fake_bytes_text(out, fake_http_reason(status));
    fake_bytes_text(out, "\r\n");
}

static void add_date(struct fake_bytes *out, const struct fake_http_host *host)
{
    fake_bytes_text(out, "Date: ");
    fake_http_date(out, host->unix_time_s);
    fake_bytes_text(out, "\r\n");
}

static void add_length(struct fake_bytes *out, uint64_t size_bytes)
{
    fake_bytes_text(out, "Content-Length: ");
    fake_bytes_decimal(out, size_bytes);
    fake_bytes_text(out, "\r\n");
}

/* Go's server sorts the headers that a handler set, and adds its own behind. */
static void add_json_head(struct fake_bytes *out, const struct fake_http_host *host,
                          unsigned status)
{
    add_status(out, status);
    add_header(out, "Api-Version", host->api_version);
    add_header(out, "Content-Type", "application/json");
    add_header(out, "Docker-Experimental", host->experimental ? "true" : "false");
    add_header(out, "Ostype", host->os_type);
    add_header(out, "Server", host->server);
    add_date(out, host);
}

static void add_chunk(struct fake_bytes *out, const struct fake_bytes *content)
{
    fake_bytes_hex(out, content->size);
    fake_bytes_text(out, "\r\n");
    fake_bytes_add(out, content->at, content->size);
    fake_bytes_text(out, "\r\n");
}

void fake_http_json(struct fake_bytes *out, const struct fake_http_host *host, unsigned status,
                    const struct fake_bytes *body)
{
    if (body->size > HELD_BACK_BYTES) {
        add_json_head(out, host, status);
        add_header(out, "Transfer-Encoding", "chunked");
        fake_bytes_text(out, "\r\n");
        add_chunk(out, body);
        fake_http_stream_end(out);
        return;
    }
    add_json_head(out, host, status);
    add_length(out, body->size);
    fake_bytes_text(out, "\r\n");
    fake_bytes_add(out, body->at, body->size);
}

void fake_http_error_body(struct fake_bytes *body, const char *message)
{
    fake_bytes_text(body, "{\"message\":");
    fake_json_string(body, message, FAKE_JSON_PLAIN);
    fake_bytes_text(body, "}\n");
}

void fake_http_error(struct fake_bytes *out, const struct fake_http_host *host, unsigned status,
                     const char *message)
{
    struct fake_bytes body;
    fake_bytes_init(&body);
    fake_http_error_body(&body, message);
    fake_http_json(out, host, status, &body);
    fake_bytes_release(&body);
}

void fake_http_ping(struct fake_bytes *out, const struct fake_http_host *host, bool head_only)
{
    add_status(out, 200);
    add_header(out, "Api-Version", host->api_version);
    add_header(out, "Cache-Control", "no-cache, no-store, must-revalidate");
    if (head_only) {
        /* The handler sets these two itself for HEAD, so they are sorted in. */
        add_length(out, 0);
        add_header(out, "Content-Type", "text/plain; charset=utf-8");
    }
    add_header(out, "Docker-Experimental", host->experimental ? "true" : "false");
    add_header(out, "Ostype", host->os_type);
    add_header(out, "Pragma", "no-cache");
    add_header(out, "Server", host->server);
    add_date(out, host);
    if (!head_only) {
        add_length(out, 2);
        add_header(out, "Content-Type", "text/plain; charset=utf-8");
    }
    fake_bytes_text(out, head_only ? "\r\n" : "\r\nOK");
}

void fake_http_stream_begin(struct fake_bytes *out, const struct fake_http_host *host)
{
    add_json_head(out, host, 200);
    add_header(out, "Transfer-Encoding", "chunked");
    fake_bytes_text(out, "\r\n");
}

void fake_http_stream_line(struct fake_bytes *out, const struct dd_line *line)
{
    struct fake_bytes content;
    fake_bytes_init(&content);
    fake_http_line(&content, line);
    add_chunk(out, &content);
    fake_bytes_release(&content);
}

void fake_http_stream_end(struct fake_bytes *out)
{
    fake_bytes_text(out, "0\r\n\r\n");
}

/* Of what has an ID, only the first line is no progress of a layer. */
static bool is_progress(const struct dd_line *line)
{
    static const char first[] = "Pulling from ";
    return line->id != NULL && strncmp(line->status, first, sizeof(first) - 1) != 0;
}

/* "current" and "total" are left out where they are 0, the text where both are. */
static void add_progress(struct fake_bytes *out, const struct dd_line *line)
{
    fake_bytes_text(out, ",\"progressDetail\":{");
    if (line->current_bytes > 0) {
        fake_bytes_text(out, "\"current\":");
        fake_bytes_decimal(out, line->current_bytes);
    }
    if (line->total_bytes > 0) {
        fake_bytes_text(out, line->current_bytes > 0 ? ",\"total\":" : "\"total\":");
        fake_bytes_decimal(out, line->total_bytes);
    }
    fake_bytes_char(out, '}');
    if (line->current_bytes > 0 || line->total_bytes > 0) {
        struct fake_bytes text;
        fake_bytes_init(&text);
        fake_progress_text(&text, line->current_bytes, line->total_bytes);
        fake_bytes_text(out, ",\"progress\":");
        fake_json_string(out, text.at, FAKE_JSON_HTML);
        fake_bytes_release(&text);
    }
}

void fake_http_line(struct fake_bytes *out, const struct dd_line *line)
{
    if (line->error != NULL) {
        fake_bytes_text(out, "{\"errorDetail\":{\"message\":");
        fake_json_string(out, line->error, FAKE_JSON_HTML);
        fake_bytes_text(out, "},\"error\":");
        fake_json_string(out, line->error, FAKE_JSON_HTML);
        fake_bytes_text(out, "}\r\n");
        return;
    }
    fake_bytes_text(out, "{\"status\":");
    fake_json_string(out, line->status, FAKE_JSON_HTML);
    if (is_progress(line)) {
        add_progress(out, line);
    }
    if (line->id != NULL) {
        fake_bytes_text(out, ",\"id\":");
        fake_json_string(out, line->id, FAKE_JSON_HTML);
    }
    fake_bytes_text(out, "}\r\n");
}
