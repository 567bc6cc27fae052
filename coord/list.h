/**
 * An intrusive circular doubly linked list. The head is a dd__list like the
 * entries' own; an entry in no list is linked to itself, so that removing it
 * twice is harmless and "is it in a list" is a question that can be asked.
 *
 * Ownership: the list owns nothing. Errors: none.
 */
#ifndef DD__LIST_H
#define DD__LIST_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

/** The object of @type that holds *@pointer as its @member. @pointer not NULL. */
#define DD__CONTAINER(pointer, type, member)                                                       \
    ((type *)(void *)((char *)(1 ? (pointer) : &((type *)0)->member) - offsetof(type, member)))

struct dd__list {
    struct dd__list *next;
    struct dd__list *prev;
};

/** Of a head, or of an entry in no list. */
static inline void dd__list_init(struct dd__list *list)
{
    list->next = list;
    list->prev = list;
}

/** Of a head: no entries. Of an entry: in no list. */
static inline bool dd__list_is_empty(const struct dd__list *list)
{
    return list->next == list;
}

/** Put @entry, which is in no list, before @place, which is in one or is a head. */
static inline void dd__list_add_before(struct dd__list *place, struct dd__list *entry)
{
    assert(dd__list_is_empty(entry));
    entry->next = place;
    entry->prev = place->prev;
    place->prev->next = entry;
    place->prev = entry;
}

static inline void dd__list_add_last(struct dd__list *head, struct dd__list *entry)
{
    dd__list_add_before(head, entry);
}

/** Take @entry out of its list, if it is in one. */
static inline void dd__list_remove(struct dd__list *entry)
{
    entry->prev->next = entry->next;
    entry->next->prev = entry->prev;
    dd__list_init(entry);
}

/** NULL if there is none. */
static inline struct dd__list *dd__list_first(const struct dd__list *head)
{
    return head->next == head ? NULL : head->next;
}

/** NULL if there is none. */
static inline struct dd__list *dd__list_last(const struct dd__list *head)
{
    return head->prev == head ? NULL : head->prev;
}

/** Put all entries of @from, in their order, last into @to; @from is empty then. */
static inline void dd__list_move_all(struct dd__list *to, struct dd__list *from)
{
    if (!dd__list_is_empty(from)) {
        from->next->prev = to->prev;
        to->prev->next = from->next;
        from->prev->next = to;
        to->prev = from->prev;
        dd__list_init(from);
    }
}

/** @at: a struct dd__list pointer; the body must not remove *@at. */
#define DD__LIST_EACH(at, head) for ((at) = (head)->next; (at) != (head); (at) = (at)->next)

/** As DD__LIST_EACH; the body may remove or free *@at, but not *@after. */
#define DD__LIST_EACH_SAFE(at, after, head)                                                        \
    for ((at) = (head)->next, (after) = (at)->next; (at) != (head);                                \
         (at) = (after), (after) = (at)->next)

#endif
