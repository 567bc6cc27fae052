/* Bad scenario files: each gives exactly one message, and this is it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/scenario.h"
#include "sim/test/bad_files.h"

static const struct bad_file bad_json[] = {
    { "", "x.json:1:1: expected a value, found the end of the file" },
    { "nonsense", "x.json:1:1: expected a value, found `nonsense`" },
    { "{`version`: 1,}", "x.json:1:15: expected a key in quotes, found '}'" },
    { "[1, 2", "x.json:1:6: expected ',' or ']', found the end of the file" },
    { "{`a` 1}", "x.json:1:6: expected ':' after the key, found '1'" },
    { "{`a`: `x\ny`}", "x.json:1:7: a: expected a closing quote before the line's end" },
    { "{`a`: `\\x`}", "x.json:1:8: a: expected an escape that JSON knows, such as \\u00e9" },
    { "{`a`: `\\ud800`}", "x.json:1:8: a: expected a whole character, found half a pair" },
    { "{`a`: `tab\\t`}", "x.json:1:11: a: expected a text without control characters" },
    { "\357\273\277{}", "x.json:1:1: expected JSON, found a byte order mark" },
    { "{`a`: `\377`}", "x.json:1:8: a: expected UTF-8, found the byte 0xFF" },
    { "{`a`: `\300\257`}", "x.json:1:8: a: expected UTF-8, found the byte 0xC0" },
    { "{`a`: `\355\240\200`}", "x.json:1:8: a: expected UTF-8, found the byte 0xED" },
    { "{`a`: tru}", "x.json:1:7: a: expected a value, found `tru`" },
    { "{`a`: 01}", "x.json:1:7: a: expected a number without leading zeros" },
    { "{`a`: 1.}", "x.json:1:9: a: expected a digit, found '}'" },
    { "{`a`: -}", "x.json:1:8: a: expected a digit, found '}'" },
    { "{} {}", "x.json:1:4: expected nothing after the document, found '{'" },
    { "[]", "x.json:1:1: expected a scenario (an object), found an array" },
    { "7", "x.json:1:1: expected a scenario (an object), found the number 7" },
    { "{`a`: 11111111111111111111111111111111111111111}",
      "x.json:1:7: a: expected a number of at most 40 characters" },
    { "{`a`: `open", "x.json:1:7: a: expected a closing quote before the file's end" },
};

/* What is no JSON, or no JSON that is safe to read, is refused where it goes wrong. */
static void test_bad_json(void **state)
{
    (void)state;
    CHECK(bad_json);
}

static const struct bad_file bad_keys[] = {
    { "{`a`:1,\n `b`:2,\n `a`:3}", "x.json:3:2: duplicate key `a`: it stands in line 1 already" },
    { "{`steps`:[{`pull`:`a`,`p\\u0075ll`:`b`}]}",
      "x.json:1:23: steps[0]: duplicate key `pull`: it stands in line 1 already" },
    { "{`\\u0000`:1}", "x.json:1:3: expected a text without control characters" },
};

/* A key that stands twice in one object is refused, however it is spelt. */
static void test_bad_keys(void **state)
{
    (void)state;
    CHECK(bad_keys);
}

static const struct bad_file bad_head[] = {
    { "{}", "x.json:1:1: missing `version`" },
    { "{`version`:2,`name`:`n`,`retells`:`r`,`steps`:[{`close`:`drain`}]}",
      "x.json:1:12: version: expected the format's version, 1, found the number 2" },
    { "{`version`:`1`,`name`:`n`,`retells`:`r`,`steps`:[{`close`:`drain`}]}",
      "x.json:1:12: version: expected the format's version, 1, found `1`" },
    { "{`version`:1,`nmae`:`n`,`retells`:`r`,`steps`:[]}",
      "x.json:1:14: unknown key `nmae`; did you mean `name`?" },
    { "{`version`:1,`name`:``,`retells`:`r`,`steps`:[]}",
      "x.json:1:21: name: expected the scenario's name, found ``" },
    { "{`version`:1,`name`:`n`,`retells`:`r`,`hazards`:[`8`],`steps`:[]}",
      "x.json:1:50: hazards[0]: expected a hazard, such as `H08`, found `8`" },
    { "{`version`:1,`name`:`n`,`retells`:`r`,`steps`:[]}",
      "x.json:1:47: steps: expected 1 to 10000 steps, found 0" },
    { "{`version`:1,`name`:`n`,`retells`:`r`,`steps`:{}}",
      "x.json:1:47: steps: expected an array of steps, found an object" },
    { WITH("`zzz`:1"),
      "x.json:1:39: unknown key `zzz`; expected one of: $schema, version, name, retells, hazards, "
      "config, explore, credentials, registry, engine, strand, faults, way, steps, finally" },
};

/* A scenario says its version, its name, what it retells, and at least one step. */
static void test_bad_head(void **state)
{
    (void)state;
    CHECK(bad_head);
}

static const struct bad_file bad_sections[] = {
    { WITH("`config`:{`remove_dealy`:`3m`}"),
      "x.json:1:49: config: unknown key `remove_dealy`; did you mean `remove_delay`?" },
    { WITH("`config`:{`remove_delay`:`3`}"),
      "x.json:1:64: config.remove_delay: expected a duration with a unit, such as `3m` or `250ms`, "
      "found `3`" },
    { WITH("`config`:{`remove_delay`:180}"),
      "x.json:1:64: config.remove_delay: expected a duration with a unit, such as `3m` or `250ms`, "
      "found the number 180" },
    { WITH("`config`:{`cleanup`:`no`}"),
      "x.json:1:59: config.cleanup: expected true or false, found `no`" },
    { WITH("`config`:{`tries`:0}"),
      "x.json:1:57: config.tries: expected a whole number from 1 to 1000, found the number 0" },
    { WITH("`config`:{`pull_timeout`:`0s`}"),
      "x.json:1:64: config.pull_timeout: expected a duration above 0, found `0s`" },
    { WITH("`config`:{`backoff_min`:`2h`}"),
      "x.json:1:48: config: expected a `backoff_max` not below `backoff_min`" },
    { WITH("`credentials`:{`a`:{`username`:`x`}}"),
      "x.json:1:58: credentials.a: missing `password`" },
    { WITH("`credentials`:{`a`:{`username`:`x`,`token`:`y`}}"),
      "x.json:1:58: credentials.a: expected either `username` and `password`, or `token`" },
    { WITH("`engine`:{`personality`:`podman-3.0`}"),
      "x.json:1:63: engine.personality: `podman-3.0` is not a personality; did you mean "
      "`podman-4.3`?" },
    { WITH("`engine`:{`calls`:[{`nth`:2}]}"),
      "x.json:1:58: engine.calls[0]: missing `on`: the call whose time it is" },
    { WITH("`engine`:{`calls`:[{`on`:`remove`,`stream`:`1s`}]}"),
      "x.json:1:73: engine.calls[0].stream: `stream` goes with a pull only" },
    { WITH("`engine`:{`calls`:[{`on`:`list`},{`on`:`list`,`nth`:1}]}"),
      "x.json:1:72: engine.calls[1]: the time of this call stands above already" },
    { WITH("`engine`:{`remove`:[`2s`,`1s`]}"),
      "x.json:1:58: engine.remove: expected a window that does not end before it starts, found "
      "`2s` to `1s`" },
    { WITH("`engine`:{`remove`:[`2s`]}"),
      "x.json:1:58: engine.remove: expected two durations, such as [`1s`, `4s`], found 1" },
};

/* Configuration, credentials and engine take only what they know, in its own form. */
static void test_bad_sections(void **state)
{
    (void)state;
    CHECK(bad_sections);
}

static const struct bad_file bad_way[] = {
    { WITH("`way`:7"), "x.json:1:45: way: expected an array of lines, such as [`move step 0`], "
                       "found the number 7" },
    { WITH("`way`:[7]"),
      "x.json:1:46: way[0]: expected a line, such as `move step 0`, found the number 7" },
    { WITH("`way`:[`move step 0`,`step 1`]"),
      "x.json:1:60: way[1]: expected `move` and its name, or `choose`" },
    { WITH("`way`:[`move `]"), "x.json:1:46: way[0]: expected `move` and its name, or `choose`" },
    { WITH("`way`:[`choose fault app:1 1`]"),
      "x.json:1:46: way[0]: expected `move` before the first `choose`" },
    { WITH("`way`:[`move step 0`,`choose fault app:1`]"),
      "x.json:1:60: way[1]: expected `choose`, a label and a number" },
    { WITH("`way`:[`move step 0 #513`]"),
      "x.json:1:46: way[0]: expected a number from 1 to 512 behind `#`" },
    { "{`version`:1,`name`:`n`,`retells`:`r`,`way`:[],`steps`:[{`pull`:`app:1`,`callers`:257,`"
      "caller`:`a-{n}`}]}",
      "x.json:1:39: way: with a `way`, steps are carried out at most 256 times in all, found 257" },
};

/* A way whose lines are none is refused where it stands, and so is one through more steps
 * than can be looked at. */
static void test_bad_way(void **state)
{
    (void)state;
    CHECK(bad_way);
}

static const struct bad_file bad_registry[] = {
    { WITH("`registry`:{`Redis:7`:{`id`:`a`}}"),
      "x.json:1:51: registry[`Redis:7`]: expected a reference, found `Redis:7`: repository name "
      "must be lowercase" },
    { WITH("`registry`:{`redis:7`:{`id`:`a:b`}}"),
      "x.json:1:67: registry[`redis:7`].id: expected a nickname of at most 64 letters, digits, "
      "'-', '_' or '.', found `a:b`" },
    { WITH("`registry`:{`redis:7`:{`size`:`3MB`}}"),
      "x.json:1:61: registry[`redis:7`]: missing `id`, the image's nickname" },
    { WITH("`registry`:{`redis:7`:{`id`:`a`,`size`:`30`}}"),
      "x.json:1:78: registry[`redis:7`].size: expected a size with a unit, such as `30MB` or "
      "`4KB`, found `30`" },
    { WITH("`registry`:{`redis`:{`id`:`a`},`docker.io/library/redis:latest`:{`id`:`b`}}"),
      "x.json:1:70: registry[`docker.io/library/redis:latest`]: `redis:latest` stands above "
      "already, in another spelling" },
    { WITH("`registry`:{`redis`:{`id`:`a`,`base`:`bb`}}"),
      "x.json:1:76: registry.redis.base: nothing in this file makes the image `bb`" },
    { WITH("`registry`:{`redis`:{`id`:`a`,`credentials`:`bob`}},`credentials`:{`rob`:{`token`:`t`}"
           "}"),
      "x.json:1:83: registry.redis.credentials: no credentials have the label `bob`; did you mean "
      "`rob`?" },
    { WITH("`registry`:{`redis`:{`id`:`a`,`images`:3}}"),
      "x.json:1:51: registry.redis: expected {n} in the reference, because there are `images`" },
    { WITH("`registry`:{`app-{n}`:{`id`:`a`}}"),
      "x.json:1:51: registry[`app-{n}`]: {n} in a reference needs `images`" },
    { WITH("`registry`:{`redis`:[]}"), "x.json:1:59: registry.redis: expected an image, or an "
                                       "array with one for each platform, found an array" },
};

/* A registry entry has a reference that stands once, and an image that has a nickname. */
static void test_bad_registry(void **state)
{
    (void)state;
    CHECK(bad_registry);
}

static const struct bad_file bad_steps[] = {
    { STEPS("{`pull`:`redis:7`,`calller`:`web`}"),
      "x.json:2:28: steps[0]: unknown key `calller`; did you mean `caller`?" },
    { STEPS("{`pull`:`redis:7`,`caller`:7}"),
      "x.json:2:37: steps[0].caller: expected a name, found the number 7" },
    { STEPS("{`pull`:`redis:7`}"), "x.json:2:10: steps[0]: missing `caller`: who needs the image" },
    { STEPS("{`pul`:`redis:7`,`caller`:`w`}"),
      "x.json:2:11: steps[0]: unknown key `pul`; did you mean `pull`?" },
    { STEPS("{`caller`:`w`}"),
      "x.json:2:10: steps[0]: missing what the step does: one of pull, retain, cancel, release, "
      "release_caller, restart, close, stop, start, rmi, tag, load, user_pull, build, run, kill, "
      "rm, push, unpush, disk, expect" },
    { STEPS("7"), "x.json:2:10: steps[0]: expected an object, found the number 7" },
    { STEPS("{`pull`:`redis:7`,`release`:`redis:7`,`caller`:`w`}"),
      "x.json:2:28: steps[0].release: two verbs in one step: `pull` and `release`" },
    { STEPS("{`pull`:`redis::7`,`caller`:`w`}"),
      "x.json:2:18: steps[0].pull: expected a reference, found `redis::7`: invalid tag" },
    { STEPS("{`pull`:`redis-a`,`caller`:`w`}"),
      "x.json:2:18: steps[0].pull: expected a reference; `redis-a` is the nickname of an image" },
    { STEPS("{`pull`:[`redis:7`],`caller`:`w`}"),
      "x.json:2:18: steps[0].pull: expected a reference, such as `redis:7`, found an array" },
    { STEPS("{`pull`:`redis:7`,`caller`:`w`,`policy`:`missing`}"),
      "x.json:2:50: steps[0].policy: `missing` is not a policy; did you mean `if missing`?" },
    { STEPS("{`close`:`dran`}"),
      "x.json:2:19: steps[0].close: `dran` is not a way to close; did you mean `drain`?" },
    { STEPS("{`stop`:`docker`}"),
      "x.json:2:18: steps[0].stop: expected what stops and starts (`engine`), found `docker`" },
    { STEPS("{`rmi`:`redis:7`,`policy`:`never`}"),
      "x.json:2:27: steps[0].policy: `policy` does not go with `rmi`" },
    { STEPS("{`tag`:`redis:7`}"), "x.json:2:10: steps[0]: missing `to`: the new name" },
    { STEPS("{`run`:`redis:7`}"),
      "x.json:2:10: steps[0]: missing `container`: the container's name" },
    { STEPS("{`kill`:`c1`}"), "x.json:2:18: steps[0].kill: no step runs the container `c1`" },
    { STEPS("{`disk`:`empty`}"), "x.json:2:18: steps[0].disk: expected a state of the disk (`free` "
                                 "or `full`), found `empty`" },
};

/* A step has one verb and only what goes with it. */
static void test_bad_steps(void **state)
{
    (void)state;
    CHECK(bad_steps);
}

static const struct bad_file bad_times[] = {
    { STEPS("{`at`:`5`,`pull`:`redis:7`,`caller`:`w`}"),
      "x.json:2:16: steps[0].at: expected a duration with a unit, such as `3m` or `250ms`, found "
      "`5`" },
    { STEPS("{`at`:[`9s`,`2s`],`pull`:`redis:7`,`caller`:`w`}"),
      "x.json:2:16: steps[0].at: expected a window that does not end before it starts, found `9s` "
      "to `2s`" },
    { STEPS("{`at`:`1s`,`after`:`x done`,`pull`:`redis:7`,`caller`:`w`}"),
      "x.json:2:21: steps[0].after: expected only one of `at`, `after` and `when`" },
    { STEPS("{`at`:`1s`,`within`:`1s`,`pull`:`redis:7`,`caller`:`w`}"),
      "x.json:2:21: steps[0].within: `within` goes with `after` or `when` only" },
    { STEPS("{`nth`:2,`pull`:`redis:7`,`caller`:`w`}"),
      "x.json:2:11: steps[0].nth: `nth` goes with `when` only" },
    { WITH_PULL("{`after`:`p2 granted`,`release`:`p1`}"),
      "x.json:3:10: steps[1].after: no earlier step has the label `p2`; did you mean `p1`?" },
    { WITH_PULL("{`after`:`p1 grnted`,`release`:`p1`}"),
      "x.json:3:10: steps[1].after: expected a label and `granted`, `failed`, `told` or `done`, "
      "such as `p1 granted`, found `p1 grnted`" },
    { STEPS("{`after`:`p1 "
            "granted`,`release_caller`:`web`},\n{`pull`:`redis:7`,`caller`:`web`,`as`:`p1`}"),
      "x.json:2:19: steps[0].after: expected an earlier step's label; `p1` is a later step's" },
    { WITH_PULL("{`after`:`p1`,`release`:`p1`}"),
      "x.json:3:10: steps[1].after: expected a label and `granted`, `failed`, `told` or `done`, "
      "such as `p1 granted`, found `p1`" },
    { STEPS("{`close`:`drain`,`as`:`c`},\n{`after`:`c granted`,`rmi`:`redis:7`}"),
      "x.json:3:10: steps[1].after: a `close` is only ever `done`, found `c granted`" },
    { STEPS("{`when`:`delete-snet redis:7`,`stop`:`engine`}"),
      "x.json:2:18: steps[0].when: `delete-snet` is not an event's word; did you mean "
      "`delete-sent`?" },
    { STEPS("{`when`:`delete-sent redis:8`,`stop`:`engine`}"),
      "x.json:2:18: steps[0].when: nothing in this file makes `redis:8` known; did you mean "
      "`redis:7`?" },
};

/* A step happens at one time, or after an earlier step, or when the coordinator does something. */
static void test_bad_times(void **state)
{
    (void)state;
    CHECK(bad_times);
}

static const struct bad_file bad_names[] = {
    { WITH_PULL("{`release`:`redis:7`,`caller`:`wbe`}"),
      "x.json:3:31: steps[1].caller: no step pulls or retains for the caller `wbe`; did you mean "
      "`web`?" },
    { WITH_PULL("{`release`:`redis:7`}"),
      "x.json:3:1: steps[1]: missing `caller`: who releases `redis:7`" },
    { WITH_PULL("{`release`:`redis:8`,`caller`:`web`}"),
      "x.json:3:12: steps[1].release: nothing in this file makes `redis:8` known; did you mean "
      "`redis:7`?" },
    { WITH_PULL("{`release`:`p1`,`caller`:`web`}"),
      "x.json:3:17: steps[1].caller: `caller` does not go with the label of a step: its lease says "
      "who" },
    { WITH_PULL("{`release_caller`:`bew`}"),
      "x.json:3:19: steps[1].release_caller: no step pulls or retains for the caller `bew`; did "
      "you mean `web`?" },
    { WITH_PULL("{`pull`:`redis:7`,`caller`:`web`,`as`:`p1`}"),
      "x.json:3:39: steps[1].as: the label `p1` is an earlier step's" },
    { WITH_PULL("{`cancel`:`p2`}"),
      "x.json:3:11: steps[1].cancel: no earlier step has the label `p2`; did you mean `p1`?" },
};

/* Labels and callers are names that the file makes known. */
static void test_bad_names(void **state)
{
    (void)state;
    CHECK(bad_names);
}

static const struct bad_file bad_numbers[] = {
    { STEPS("{`pull`:`redis:7`,`caller`:`w`,`callers`:0}"),
      "x.json:2:51: steps[0].callers: expected a whole number from 1 to 100000, found the number "
      "0" },
    { STEPS("{`pull`:`redis:7`,`caller`:`w`,`callers`:1.5}"),
      "x.json:2:51: steps[0].callers: expected a whole number from 1 to 100000, found the number "
      "1.5" },
    { STEPS("{`pull`:`redis:{n}`,`caller`:`w`}"),
      "x.json:2:18: steps[0].pull: {n} in a name needs `images` or `callers`" },
    { STEPS("{`pull`:`redis:7`,`caller`:`w`,`images`:2}"),
      "x.json:2:18: steps[0].pull: expected {n} in the name, because there are `images`" },
    { STEPS("{`pull`:`redis:{n}`,`caller`:`w`,`images`:2, `callers`:3}"),
      "x.json:2:43: steps[0].images: expected only one of `callers` and `images` above 1" },
    { STEPS("{`pull`:`redis:7`,`caller`:`w`,`as`:`two words`}"),
      "x.json:2:46: steps[0].as: expected a label of at most 64 letters, digits, '-', '_' or '.', "
      "found `two words`" },
    { STEPS("{`pull`:`redis:7`,`caller`:`w`,`credentials`:`bob`}"),
      "x.json:2:55: steps[0].credentials: no credentials have the label `bob`" },
    { STEPS("{`pull`:`redis:7`,`caller`:`w`,`deadline`:`0s`}"),
      "x.json:2:52: steps[0].deadline: expected a duration above 0, found `0s`" },
};

/* {n} stands where there are many, and only there. */
static void test_bad_numbers(void **state)
{
    (void)state;
    CHECK(bad_numbers);
}

static const struct bad_file bad_expectations[] = {
    { FINALLY("{`holdres`:{}}"),
      "x.json:2:66: finally: unknown key `holdres`; did you mean `holders`?" },
    { FINALLY("{`holders`:{`redis:7`:[`wbe`]}}"),
      "x.json:2:88: finally.holders[`redis:7`][0]: no step pulls or retains for `wbe`; did you "
      "mean `web`?" },
    { FINALLY("{`holders`:{`redis:7`:`web`}}"),
      "x.json:2:87: finally.holders[`redis:7`]: expected an array of callers, found `web`" },
    { FINALLY("{`state`:{`redis:7`:`hold`}}"),
      "x.json:2:85: finally.state[`redis:7`]: `hold` is not a state; did you mean `held`?" },
    { FINALLY("{`state`:{`redis:77`:`held`}}"),
      "x.json:2:75: finally.state[`redis:77`]: nothing in this file makes `redis:77` known; did "
      "you mean `redis:7`?" },
    { FINALLY("{`reason`:{`redis:7`:`in use`}}"),
      "x.json:2:86: finally.reason[`redis:7`]: expected a conflict (`none`, `in use by a "
      "container`, `has dependent child images`, `has names of others` or `the engine refuses`), "
      "found `in use`" },
    { FINALLY("{`told`:{`p1`:`no such imag`}}"),
      "x.json:2:79: finally.told.p1: `no such imag` is not a status, such as `ok` or `notfound`; "
      "did you mean `no such image`?" },
    { FINALLY("{`told`:{`p3`:`ok`}}"),
      "x.json:2:74: finally.told.p3: no step has the label `p3`; did you mean `p1`?" },
    { FINALLY("{`events`:{`pull-start`:1}}"),
      "x.json:2:76: finally.events.pull-start: `pull-start` is not an event's word; did you mean "
      "`pull-started`?" },
    { FINALLY("{`removed`:{`redis:7`:{}}}"),
      "x.json:2:87: finally.removed[`redis:7`]: expected `min`, `max` or both, found neither" },
    { FINALLY("{`removed`:{`redis:7`:-1}}"),
      "x.json:2:87: finally.removed[`redis:7`]: expected a number, or {`min`: n, `max`: n} with "
      "one or both, found the number -1" },
    { FINALLY("{`removed`:{`redis:7`:{`min`:3,`max`:2}}}"),
      "x.json:2:102: finally.removed[`redis:7`].max: expected a maximum not below the minimum, 3" },
    { FINALLY("{`engine_images`:[`redis-b`]}"),
      "x.json:2:83: finally.engine_images[0]: nothing in this file makes the image `redis-b`; did "
      "you mean `redis-a`?" },
    { FINALLY("[]"), "x.json:2:65: finally: expected an object, found an array" },
};

/* An expectation names what there is, and says what it may be. */
static void test_bad_expectations(void **state)
{
    (void)state;
    CHECK(bad_expectations);
}

static const struct bad_file bad_faults[] = {
    { FAULT("{`on`:`remove`}"), "x.json:2:65: faults[0]: missing what goes wrong: one of status, "
                                "stream, truncate, hang, lose, unsent, refuse" },
    { FAULT("{`on`:`remov`,`hang`:true}"),
      "x.json:2:71: faults[0].on: `remov` is not a call; did you mean `remove`?" },
    { FAULT("{`status`:409,`reason`:`in use`}"),
      "x.json:2:65: faults[0]: missing `on`: the call that goes wrong" },
    { FAULT("{`on`:`remove`,`status`:409,`reason`:`inuse`}"),
      "x.json:2:102: faults[0].reason: `inuse` is not a reason; did you mean `in use`?" },
    { FAULT("{`on`:`remove`,`status`:409}"),
      "x.json:2:65: faults[0]: expected `reason` (a word) or `text` beside `status`" },
    { FAULT("{`on`:`remove`,`status`:409,`reason`:`in use`,`hang`:true}"),
      "x.json:2:111: faults[0].hang: expected only one of `status` and `hang`" },
    { FAULT("{`on`:`remove`,`nth`:1,`every`:true,`hang`:true}"),
      "x.json:2:88: faults[0].every: expected only one of `nth` and `every`" },
    { FAULT("{`on`:`remove`,`stream`:`x`}"),
      "x.json:2:80: faults[0].stream: `stream` goes with `on`: `pull` only" },
    { FAULT("{`on`:`pull`,`hang`:false}"),
      "x.json:2:85: faults[0].hang: expected true (leave it out otherwise), found false" },
    { FAULT("{`on`:`pull`,`hang`:true,`image`:`redsi-a`}"),
      "x.json:2:98: faults[0].image: nothing in this file makes `redsi-a` known; did you mean "
      "`redis-a`?" },
    { FAULT("{`on`:`pull`,`hang`:true,`executed`:true}"),
      "x.json:2:90: faults[0].executed: `executed` goes with `truncate` or `lose` only" },
    { FAULT("{`on`:`pull`,`status`:200,`reason`:`in use`}"),
      "x.json:2:87: faults[0].status: expected a whole number from 400 to 599, found the number "
      "200" },
};

/* A fault hits one kind of call, with one effect. */
static void test_bad_faults(void **state)
{
    (void)state;
    CHECK(bad_faults);
}

/* Nesting is bounded, however much of it there is. */
static void test_ten_megabytes_of_brackets(void **state)
{
    (void)state;
    const size_t size = (size_t)10 * 1024 * 1024;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, '[', size);
    struct sim_error error;
    assert_null(sim_scenario_parse("x.json", text, size, &error));
    assert_string_equal(error.message, "expected at most 64 levels of brackets, found more");
    assert_int_equal(error.line, 1);
    assert_int_equal(error.column, 65);
    assert_string_equal(error.path, "");
    free(text);
}

/* A file has at most 16 MB, and a million values. */
static void test_too_large(void **state)
{
    (void)state;
    const size_t size = (size_t)16 * 1024 * 1024 + 1;
    char *text = malloc(size);
    assert_non_null(text);
    for (size_t i = 0; i < size; i++) {
        text[i] = i == 0 ? '[' : i % 2 == 1 ? '1' : ',';
    }
    struct sim_error error;
    assert_null(sim_scenario_parse("x.json", text, size, &error));
    assert_string_equal(error.message, "expected at most 16 MB, found 16777217 bytes");
    assert_int_equal(error.line, 0);
    assert_null(sim_scenario_parse("x.json", text, size - 1, &error));
    assert_string_equal(error.message, "expected at most 1000000 values in a file");
    assert_int_equal(error.column, 2000000);
    free(text);
}

/* A NUL byte is no end of the text. */
static void test_nul_byte(void **state)
{
    (void)state;
    static const char text[] = "{\0}";
    struct sim_error error;
    assert_null(sim_scenario_parse("x.json", text, sizeof(text) - 1, &error));
    assert_string_equal(error.message, "expected a key in quotes, found the byte 0x00");
    assert_int_equal(error.column, 2);
}

/* Of several mistakes the first in the file is told. */
static void test_first_mistake(void **state)
{
    (void)state;
    static const struct bad_file files[] = {
        { "{`steps`:[{`close`:`drain`,`callr`:1}],\n`config`:{`tries`:0},`version`:2}",
          "x.json:1:28: steps[0]: unknown key `callr`; did you mean `caller`?" },
        { "{`finally`:{`state`:{`a`:`held`}},`steps`:[{`kill`:`c`}],`faults`:[],"
          "`version`:1,`name`:`n`,`retells`:`r`}",
          "x.json:1:22: finally.state.a: nothing in this file makes `a` known" },
    };
    CHECK(files);
}

/* A file that cannot be read says why, without a position. */
static void test_no_file(void **state)
{
    (void)state;
    struct sim_error error;
    char message[sizeof(struct sim_error)];
    assert_null(sim_scenario_read("/nonexistent/x.json", &error));
    sim_error_format("x.json", &error, message, sizeof(message));
    assert_string_equal(message, "x.json: cannot be opened: No such file or directory");
    assert_null(sim_scenario_read("/", &error));
    assert_string_equal(error.message, "cannot be read: Is a directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_json),
        cmocka_unit_test(test_bad_keys),
        cmocka_unit_test(test_bad_head),
        cmocka_unit_test(test_bad_sections),
        cmocka_unit_test(test_bad_way),
        cmocka_unit_test(test_bad_registry),
        cmocka_unit_test(test_bad_steps),
        cmocka_unit_test(test_bad_times),
        cmocka_unit_test(test_bad_names),
        cmocka_unit_test(test_bad_numbers),
        cmocka_unit_test(test_bad_expectations),
        cmocka_unit_test(test_bad_faults),
        cmocka_unit_test(test_ten_megabytes_of_brackets),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_nul_byte),
        cmocka_unit_test(test_first_mistake),
        cmocka_unit_test(test_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
