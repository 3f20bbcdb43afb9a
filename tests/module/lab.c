/* A module as servers load them, with a command of its own: LAB.STORE writes a
 * key and answers how many words stand behind it. What Redis's header would
 * declare is asked of the server by name. */
#include <string.h>

typedef struct Context Context;
typedef struct String String;
typedef int Command(Context *, String **, int);

static int (*reply_with_number)(Context *, long long);
static int (*wrong_arity)(Context *);
static void *(*call)(Context *, const char *, const char *, ...);

static int store(Context *context, String **words, int count) {
    if (count < 3)
        return wrong_arity(context);
    call(context, "SET", "ss!", words[1], words[2]);
    return reply_with_number(context, count - 2);
}

int RedisModule_OnLoad(Context *context, String **words, int count) {
    int (*ask)(const char *, void *) = ((void **)context)[0];
    int (*attributes)(Context *, const char *, int, int);
    int (*create)(Context *, const char *, Command *, const char *, int, int, int);
    (void)words, (void)count;
    if (ask("RedisModule_SetModuleAttribs", &attributes) ||
        ask("RedisModule_CreateCommand", &create) ||
        ask("RedisModule_ReplyWithLongLong", &reply_with_number) ||
        ask("RedisModule_WrongArity", &wrong_arity) ||
        ask("RedisModule_Call", &call))
        return 1;
    attributes(context, "lab", 1, 1);
    return create(context, "lab.store", store, "write deny-oom", 1, 1, 1);
}
