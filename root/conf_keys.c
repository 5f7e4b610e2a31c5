/* SPDX-License-Identifier: MIT */
/* The keys of system.conf: which section has them, what they accept, where they are kept. */
#include <string.h>
#include "conf_keys.h"
#include "nearest.h"

#define IN(field)       .offset = offsetof(struct conf_part, field), \
                        .size = sizeof(((struct conf_part *)0)->field)
#define LIST(field)     .offset = offsetof(struct conf_part, field), \
                        .size = sizeof(((struct conf_part *)0)->field[0]), \
                        .max = sizeof(((struct conf_part *)0)->field) / \
                               sizeof(((struct conf_part *)0)->field[0]), \
                        .count_offset = offsetof(struct conf_part, field##_count)
#define OF_SYSTEM(field) .offset = offsetof(struct conf, field), \
                        .size = sizeof(((struct conf *)0)->field)
#define BOTH            (CONF_VM | CONF_CONTAINER)
#define KIB             1024ull
#define TIB             (KIB * KIB * KIB * KIB)
#define A_FILE          "the name of a file beside system.conf (letters, digits, . _ - +)"
#define A_SIZE          "a size such as 64M or 1G"

const struct conf_key conf_keys[] = {
    { "kernel", CONF_VM, KEY_FILE, IN(kernel), .expected = A_FILE, .required = true,
      .instead = "firmware" },
    { "firmware", CONF_VM, KEY_FILE, IN(firmware), .expected = A_FILE },
    { "initrd", CONF_VM, KEY_FILE, IN(initrd), .expected = A_FILE },
    { "cmdline", CONF_VM, KEY_TEXT, IN(cmdline), .expected = "text" },
    { "module", CONF_VM, KEY_FILES, LIST(module), .expected = "a file name and words for the guest" },
    { "boot", CONF_VM, KEY_WORD, IN(boot), .expected = "auto or linux or pvh or multiboot",
      .otherwise = "auto" },
    { "on_reset", CONF_VM, KEY_WORD, IN(on_reset), .expected = "restart or stop",
      .otherwise = "restart" },
    { "stats", CONF_VM, KEY_WORD, IN(stats), .expected = "yes or no", .otherwise = "no" },
    { "memory", CONF_VM, KEY_SIZE, IN(memory), .min = 64 * KIB, .max = TIB, .expected = A_SIZE,
      .required = true },
    { "image", CONF_CONTAINER, KEY_FILE, IN(image), .expected = A_FILE, .required = true },
    { "args", CONF_CONTAINER, KEY_TEXT, IN(args), .expected = "text" },
    { "file", CONF_CONTAINER, KEY_FILES, LIST(file), .expected = A_FILE },
    { "memory", CONF_CONTAINER, KEY_SIZE, IN(memory), .min = 64 * KIB, .max = TIB,
      .expected = A_SIZE, .otherwise = "1M" },
    { "cpus", BOTH, KEY_CPUS, IN(cpus),
      .expected = "how many CPUs, which and how, such as 2, 1 of 4, 4 exclusive, on 2-5 or 2 on 1,3",
      .otherwise = "1" },
    { "cpu", BOTH, KEY_CPU, IN(cpus), .expected = "the number of a CPU, or any" },
    { "priority", BOTH, KEY_NUMBER, IN(priority), .min = 0, .max = 30,
      .expected = "a number from 0 (last) to 30 (first)", .otherwise = "10" },
    { "budget", BOTH, KEY_BUDGET, IN(budget),
      .expected = "a percentage of each CPU such as 30% (1 to 100), or a time in a period of 1ms to "
                  "1s such as 2ms/10ms",
      .otherwise = "100%" },
    { "reserve", BOTH, KEY_PERCENT, IN(reserve), .min = 1, .max = 100,
      .expected = "a percentage of each CPU from 1% to 100%" },
    { "autostart", BOTH, KEY_YES, IN(autostart), .expected = "yes or no", .otherwise = "yes" },
    { "after", BOTH, KEY_NAMES, LIST(after), .expected = "names of partitions, such as one, two" },
    { "restart", BOTH, KEY_RESTART, IN(restart),
      .expected = "never or always or on-failure, and behind it how often in a row, such as "
                  "on-failure 3",
      .otherwise = "never" },
    { "watchdog", BOTH, KEY_TIME, IN(watchdog_ms), .min = 100, .max = 3600 * 1000,
      .expected = "a time from 100ms to 3600s such as 5s" },
    { "console", BOTH, KEY_ATTACH, IN(attach), .expected = "detached or attached",
      .otherwise = "detached" },
    { "on_all_ended", 0, KEY_WORD, OF_SYSTEM(on_all_ended), .expected = "stay or poweroff",
      .otherwise = "stay" },
};
const unsigned conf_key_count = sizeof(conf_keys) / sizeof(conf_keys[0]);

const struct conf_key *conf_key_find(const char *name, unsigned kind)
{
    const struct conf_key *any = NULL;

    for (unsigned i = 0; i < conf_key_count; i++) {
        if (strcmp(conf_keys[i].name, name) != 0)
            continue;
        any = &conf_keys[i];
        if (conf_key_is_for(any, kind))
            return any;
    }
    return any;
}

const char *conf_key_nearest(const char *name, unsigned kind)
{
    struct nearest best = nearest_to(name);

    for (unsigned i = 0; i < conf_key_count; i++)
        if (conf_key_is_for(&conf_keys[i], kind))
            nearest_try(&best, conf_keys[i].name);
    return best.found;
}
