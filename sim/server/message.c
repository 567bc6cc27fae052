#include "sim/server/message.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_BYTES ((size_t)4096) /* of the line before a chunk */

/* --- what a head says ---------------------------------------------------------------- */

/* A header's line, or what follows the first one. */
struct line {
    const char *at;
    size_t size; /* without its end */
};

/* The line at @*at, which is moved behind it; false: there is none. */
static bool line_next(const struct sim_message *message, size_t *at, struct line *line)
{
    const char *from = message->head.at + *at;
    const char *end = memchr(from, '\n', message->head.size - *at);
    if (end == NULL) {
        return false;
    }
    *line = (struct line){ from, (size_t)(end - from) };
    *at += line->size + 1;
    if (line->size > 0 && from[line->size - 1] == '\r') {
        line->size--;
    }
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Whether @line is the header @name; then it becomes the value. */
static bool value_of(struct line *line, const char *name)
{
    size_t length = strlen(name);
    if (line->size <= length || line->at[length] != ':' ||
        strncasecmp(line->at, name, length) != 0) {
        return false;
    }
    line->at += length + 1;
    line->size -= length + 1;
    while (line->size > 0 && is_blank(line->at[0])) {
        line->at++;
        line->size--;
    }
    while (line->size > 0 && is_blank(line->at[line->size - 1])) {
        line->size--;
    }
    return true;
}

static struct line first_line(const struct sim_message *message)
{
    struct line line = { "", 0 };
    size_t at = 0;
    (void)line_next(message, &at, &line);
    return line;
}

/* The next header @name from @*at on; false: there is none. */
static bool header_next(const struct sim_message *message, size_t *at, const char *name,
                        struct line *value)
{
    while (line_next(message, at, value)) {
        if (value_of(value, name)) {
            return true;
        }
    }
    return false;
}

static void copy_cut(char *out, size_t out_size, const char *from, size_t size)
{
    size_t length = size < out_size ? size : out_size - 1;
    memcpy(out, from, length);
    out[length] = '\0';
}

bool sim_message_header(const struct sim_message *message, const char *name, char *value,
                        size_t size)
{
    struct line line;
    size_t at = 0;
    bool found = message->head.size > 0 && header_next(message, &at, name, &line);
    copy_cut(value, size, found ? line.at : "", found ? line.size : 0);
    return found;
}

/* A request's target, from the first blank to the last one. */
static struct line target_of(struct line line)
{
    const char *from = memchr(line.at, ' ', line.size);
    if (from == NULL) {
        return (struct line){ "", 0 };
    }
    line.size -= (size_t)(from + 1 - line.at);
    line.at = from + 1;
    while (line.size > 0 && line.at[line.size - 1] != ' ') {
        line.size--;
    }
    line.size -= line.size > 0 ? 1 : 0;
    return line;
}

void sim_message_query(const struct sim_message *message, char *query, size_t size)
{
    struct line target =
        message->head.size > 0 ? target_of(first_line(message)) : (struct line){ "", 0 };
    const char *mark = memchr(target.at, '?', target.size);
    size_t before = mark != NULL ? (size_t)(mark + 1 - target.at) : target.size;
    copy_cut(query, size, target.at + before, target.size - before);
}

void sim_message_mask(struct sim_message *message)
{
    static const char *const secrets[] = { "X-Registry-Auth", "X-Registry-Config",
                                           "Authorization" };
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        struct line value;
        size_t at = 0;
        while (message->head.size > 0 && header_next(message, &at, secrets[i], &value)) {
            memset(message->head.at + (value.at - message->head.at), '*', value.size);
        }
    }
}

/* --- how the body is framed ------------------------------------------------------------ */

static bool read_length(struct line value, uint64_t *length)
{
    uint64_t number = 0;
    for (size_t i = 0; i < value.size; i++) {
        if (value.at[i] < '0' || value.at[i] > '9' || number > UINT64_MAX / 10 - 1) {
            return false;
        }
        number = number * 10 + (uint64_t)(value.at[i] - '0');
    }
    *length = number;
    return value.size > 0;
}

/* All lengths that are told must be one; false: they are none. */
static bool find_length(const struct sim_message *message, bool *found, uint64_t *length)
{
    struct line value;
    size_t at = 0;
    *found = false;
    while (header_next(message, &at, "Content-Length", &value)) {
        uint64_t number;
        if (!read_length(value, &number) || (*found && number != *length)) {
            return false;
        }
        *found = true;
        *length = number;
    }
    return true;
}

static bool is_chunked(struct line value)
{
    static const char word[] = "chunked";
    size_t length = sizeof(word) - 1;
    return value.size >= length && strncasecmp(value.at + value.size - length, word, length) == 0 &&
           (value.size == length || value.at[value.size - length - 1] == ',' ||
            is_blank(value.at[value.size - length - 1]));
}

static bool has_no_body(const struct sim_message *message)
{
    return message->answers_head || message->status == 204 || message->status == 304;
}

/* The engine's older way to give a connection away: an answer without an end. */
static bool is_raw_stream(const struct sim_message *message)
{
    char type[64];
    return sim_message_header(message, "Content-Type", type, sizeof(type)) &&
           strncmp(type, "application/vnd.docker.raw-stream", 33) == 0;
}

static enum sim_message_state body_state(struct sim_message *message)
{
    struct line value;
    size_t at = 0;
    bool has_length;
    if (!message->is_request && has_no_body(message)) {
        return SIM__MESSAGE_OVER;
    }
    if (header_next(message, &at, "Transfer-Encoding", &value)) {
        if (is_chunked(value)) {
            return SIM__MESSAGE_CHUNK_SIZE;
        }
        return message->is_request ? SIM__MESSAGE_BROKEN : SIM__MESSAGE_CLOSE;
    }
    if (!find_length(message, &has_length, &message->left)) {
        return SIM__MESSAGE_BROKEN;
    }
    if (has_length) {
        return message->left > 0 ? SIM__MESSAGE_LENGTH : SIM__MESSAGE_OVER;
    }
    return message->is_request ? SIM__MESSAGE_OVER : SIM__MESSAGE_CLOSE;
}

/* --- the first line ---------------------------------------------------------------------- */

static bool read_request(struct sim_message *message, struct line line)
{
    const char *blank = memchr(line.at, ' ', line.size);
    struct line target = target_of(line);
    size_t method = blank != NULL ? (size_t)(blank - line.at) : 0;
    const char *mark = memchr(target.at, '?', target.size);
    if (method == 0 || method >= sizeof(message->method) || target.size == 0 ||
        strncmp(target.at + target.size, " HTTP/1.", 8) != 0) {
        return false;
    }
    copy_cut(message->method, sizeof(message->method), line.at, method);
    copy_cut(message->path, sizeof(message->path), target.at,
             mark != NULL ? (size_t)(mark - target.at) : target.size);
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_status(struct sim_message *message, struct line line)
{
    static const char version[] = "HTTP/1.";
    const char *at = line.at + sizeof(version) + 1;
    if (line.size < sizeof(version) + 4 || memcmp(line.at, version, sizeof(version) - 1) != 0 ||
        at[-1] != ' ' || !is_digit(at[0]) || !is_digit(at[1]) || !is_digit(at[2])) {
        return false;
    }
    message->status = (unsigned)((at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0'));
    return message->status >= 100;
}

/* The head is there. */
static enum sim_piece_kind head_end(struct sim_message *message)
{
    struct line line = first_line(message);
    bool read = message->is_request ? read_request(message, line) : read_status(message, line);
    if (!read) {
        message->state = SIM__MESSAGE_BROKEN;
        return SIM_PIECE_BROKEN;
    }
    if (message->status == 101 || (!message->is_request && is_raw_stream(message))) {
        message->is_tunnel = true;
        message->state = SIM__MESSAGE_OVER;
        return SIM_PIECE_HEAD;
    }
    if (!message->is_request && message->status < 200) {
        return SIM_PIECE_FRAME; /* another head follows */
    }
    message->state = body_state(message);
    return message->state == SIM__MESSAGE_BROKEN ? SIM_PIECE_BROKEN : SIM_PIECE_HEAD;
}

/* Whether the head ends with what was just added. */
static bool ends_head(const struct sim_message *message)
{
    size_t size = message->head.size;
    const char *end = message->head.at + size;
    return (size >= 2 && memcmp(end - 2, "\n\n", 2) == 0) ||
           (size >= 3 && memcmp(end - 3, "\n\r\n", 3) == 0);
}

static size_t read_head(struct sim_message *message, const char *bytes, size_t size,
                        struct sim_piece *piece)
{
    size_t used = 0;
    if (message->status != 0) { /* a 1xx answer was told, and is forgotten */
        fake_bytes_clear(&message->head);
        message->status = 0;
    }
    while (message->head.size == 0 && used < size && (bytes[used] == '\r' || bytes[used] == '\n')) {
        used++; /* blank lines that some clients send before */
    }
    if (used > 0) {
        *piece = (struct sim_piece){ SIM_PIECE_FRAME, bytes, used };
        return used;
    }
    while (used < size && message->head.size < SIM_MESSAGE_HEAD_MAX) {
        const char *end = memchr(bytes + used, '\n', size - used);
        size_t length = end != NULL ? (size_t)(end + 1 - (bytes + used)) : size - used;
        size_t room = SIM_MESSAGE_HEAD_MAX - message->head.size;
        length = length < room ? length : room;
        fake_bytes_add(&message->head, bytes + used, length);
        used += length;
        if (ends_head(message)) {
            piece->kind = head_end(message);
            piece->at = message->head.at;
            piece->size = message->head.size;
            return used;
        }
    }
    if (message->head.size >= SIM_MESSAGE_HEAD_MAX) {
        message->state = SIM__MESSAGE_BROKEN;
        *piece = (struct sim_piece){ SIM_PIECE_BROKEN, message->head.at, message->head.size };
    }
    return used;
}

/* --- chunks ------------------------------------------------------------------------------ */

static int hex_digit(char c)
{
    if (is_digit(c)) {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void frame_begin(struct sim_message *message, enum sim_message_state state)
{
    message->state = state;
    message->left = state == SIM__MESSAGE_CHUNK_SIZE ? 0 : message->left;
    message->has_digit = false;
    message->has_size = false;
    message->line_size = 0;
    message->frame_size = 0;
}

/* "1a2;extension", and nothing else. */
static void read_size_byte(struct sim_message *message, char c)
{
    int digit = message->has_size ? -1 : hex_digit(c);
    if (c == '\n') {
        bool last = message->left == 0;
        bool sound = message->has_digit;
        frame_begin(message, last ? SIM__MESSAGE_TRAILER : SIM__MESSAGE_CHUNK);
        message->state = sound ? message->state : SIM__MESSAGE_BROKEN;
    } else if (digit >= 0 && message->left <= UINT64_MAX >> 4) {
        message->left = message->left << 4 | (uint64_t)digit;
        message->has_digit = true;
    } else if (digit >= 0 || !message->has_digit || (!message->has_size && c != ';' && c != '\r') ||
               ++message->line_size > LINE_MAX_BYTES) {
        message->state = SIM__MESSAGE_BROKEN;
    } else {
        message->has_size = true;
    }
}

static void read_frame_byte(struct sim_message *message, char c)
{
    if (message->state == SIM__MESSAGE_CHUNK_SIZE) {
        read_size_byte(message, c);
    } else if (message->state == SIM__MESSAGE_CHUNK_END) {
        if (c == '\n') {
            frame_begin(message, SIM__MESSAGE_CHUNK_SIZE);
        } else if (c != '\r' || message->line_size++ > 0) {
            message->state = SIM__MESSAGE_BROKEN;
        }
    } else if (++message->frame_size > SIM_MESSAGE_HEAD_MAX) {
        message->state = SIM__MESSAGE_BROKEN;
    } else if (c == '\n') {
        message->state = message->line_size == 0 ? SIM__MESSAGE_OVER : message->state;
        message->line_size = 0;
    } else if (c != '\r') {
        message->line_size++;
    }
}

/* Lines are read to the end of the last whose meaning is known; a broken byte is told
 * as such, after those before it. */
static size_t read_frame(struct sim_message *message, const char *bytes, size_t size,
                         struct sim_piece *piece)
{
    size_t used = 0;
    while (used < size && message->state >= SIM__MESSAGE_CHUNK_SIZE &&
           message->state <= SIM__MESSAGE_TRAILER && message->state != SIM__MESSAGE_CHUNK) {
        read_frame_byte(message, bytes[used]);
        used += message->state != SIM__MESSAGE_BROKEN ? 1 : 0;
    }
    if (used > 0) {
        *piece = (struct sim_piece){ SIM_PIECE_FRAME, bytes, used };
    } else if (message->state == SIM__MESSAGE_BROKEN) {
        piece->kind = SIM_PIECE_BROKEN;
    }
    return used;
}

/* --- bodies -------------------------------------------------------------------------------- */

static size_t read_body(struct sim_message *message, const char *bytes, size_t size,
                        struct sim_piece *piece)
{
    size_t used = size;
    if (message->state != SIM__MESSAGE_CLOSE) {
        used = size < message->left ? size : (size_t)message->left;
        message->left -= used;
        if (message->left == 0) {
            if (message->state == SIM__MESSAGE_LENGTH) {
                message->state = SIM__MESSAGE_OVER;
            } else {
                frame_begin(message, SIM__MESSAGE_CHUNK_END);
            }
        }
    }
    *piece = (struct sim_piece){ SIM_PIECE_BODY, bytes, used };
    return used;
}

size_t sim_message_read(struct sim_message *message, const char *bytes, size_t size,
                        struct sim_piece *piece)
{
    *piece = (struct sim_piece){ SIM_PIECE_NONE, bytes, 0 };
    if (message->state == SIM__MESSAGE_OVER) {
        piece->kind = SIM_PIECE_END;
        return 0;
    }
    if (message->state == SIM__MESSAGE_BROKEN) {
        piece->kind = SIM_PIECE_BROKEN;
        return 0;
    }
    if (size == 0) {
        return 0;
    }
    switch (message->state) {
    case SIM__MESSAGE_HEAD:
        return read_head(message, bytes, size, piece);
    case SIM__MESSAGE_LENGTH:
    case SIM__MESSAGE_CLOSE:
    case SIM__MESSAGE_CHUNK:
        return read_body(message, bytes, size, piece);
    default:
        return read_frame(message, bytes, size, piece);
    }
}

enum sim_piece_kind sim_message_cut(const struct sim_message *message)
{
    if (message->state == SIM__MESSAGE_CLOSE || message->state == SIM__MESSAGE_OVER) {
        return SIM_PIECE_END;
    }
    return message->state == SIM__MESSAGE_HEAD && message->head.size == 0 ? SIM_PIECE_NONE
                                                                          : SIM_PIECE_BROKEN;
}

/* --- life ------------------------------------------------------------------------------------ */

void sim_message_init(struct sim_message *message)
{
    *message = (struct sim_message){ .state = SIM__MESSAGE_HEAD };
    fake_bytes_init(&message->head);
}

static void begin(struct sim_message *message, bool is_request)
{
    struct fake_bytes head = message->head;
    fake_bytes_clear(&head);
    *message = (struct sim_message){ .head = head, .is_request = is_request };
}

void sim_message_begin_request(struct sim_message *message)
{
    begin(message, true);
}

void sim_message_begin_answer(struct sim_message *message, const char *method)
{
    begin(message, false);
    message->answers_head = strcmp(method, "HEAD") == 0;
}

void sim_message_release(struct sim_message *message)
{
    fake_bytes_release(&message->head);
}
