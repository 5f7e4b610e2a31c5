/* SPDX-License-Identifier: MIT */
/* system.conf: what it gives when right, and what is said about each way to be wrong. */
// sources: root/conf.c root/conf_keys.c root/conf_value.c root/conf_cpus.c root/conf_after.c root/nearest.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <root/conf.h>

static char said[16384];
static struct conf conf;

static void line(void *context, const char *text)
{
    (void)context;
    strncat(said, text, sizeof(said) - strlen(said) - 2);
    strcat(said, "\n");
}

static void parse(const char *text)
{
    static const struct conf_report report = { .line = line };

    said[0] = '\0';
    conf_parse("system.conf", text, strlen(text), &conf, &report);
}

static void expect_said(const char *part)
{
    if (strstr(said, part) == NULL)
        fail_msg("expected \"%s\" in:\n%s", part, said);
}

static void test_good(void **state)
{
    (void)state;
    parse("# a comment\r\n"
          "on_all_ended = poweroff\n\n"
          "vm linux\n"
          "    kernel  = vmlinuz\n"
          "    initrd  = initrd.cpio\n"
          "    cmdline = console=ttyS0 a=#b # stays\n"
          "    memory  = 512M   # half a gigabyte\n"
          "\tmodule = mod1 with words\n"
          "    module = mod2\n"
          "    cpu = 3\n"
          "    priority = 30\n"
          "    budget = 50\n"
          "container clock # the demo\n"
          "image=clock\nargs=5 6\n  memory = 64K\n file = a.txt\n cpu = any");
    assert_string_equal(said, "");
    assert_int_equal(conf.errors, 0);
    assert_int_equal(conf.count, 2);
    assert_string_equal(conf.on_all_ended, "poweroff");
    assert_int_equal(conf.part[0].kind, CONF_VM);
    assert_string_equal(conf.part[0].name, "linux");
    assert_string_equal(conf.part[0].cmdline, "console=ttyS0 a=#b # stays");
    assert_int_equal(conf.part[0].memory, 512 << 20);
    assert_int_equal(conf.part[0].module_count, 2);
    assert_string_equal(conf.part[0].module[0], "mod1 with words");
    assert_int_equal(conf.part[0].cpus.count, 1);
    assert_int_equal(conf.part[0].cpus.on[0], 1 << 3);
    assert_int_equal(conf.part[0].priority, 30);
    assert_int_equal(conf.part[0].budget, 5000);
    assert_int_equal(conf.part[0].period_us, 10000);
    assert_int_equal(conf.part[1].kind, CONF_CONTAINER);
    assert_string_equal(conf.part[1].args, "5 6");
    assert_int_equal(conf.part[1].memory, 65536);
    assert_int_equal(cpus_named(&conf.part[1].cpus), 0);
    assert_string_equal(conf.part[1].file[0], "a.txt");
    assert_false(conf.part[1].bad);
}

static void test_empty(void **state)
{
    (void)state;
    parse("");
    assert_int_equal(conf.count, 0);
    assert_string_equal(conf.on_all_ended, "stay");
    parse("\n\n# nothing\n");
    assert_int_equal(conf.errors, 0);
}

/* Each wrong text, and a part of what must be said. */
static const struct {
    const char *text, *message;
} wrong[] = {
    { "vm a\nkernel=k\nmemory=12Q\n",
      "system.conf:3: memory: found \"12Q\", expected a size such as 64M or 1G" },
    { "vm a\nkernel=k\nmemory=5\n", "system.conf:3: memory: found \"5\", expected a size" },
    { "vm a\nkernel=k\nmemory=-5M\n", "found \"-5M\"" },
    { "vm a\nkernel=k\nmemory=99999999999999999999G\n", "expected a size" },
    { "vm a\nkernel=k\nmemory=4K\n", "expected a size" },
    { "vm a\nkernel=k\nmemory=1MB\n", "expected a size" },
    { "vm a\nkernel=k\nmemory=\n", "memory: found \"\", expected a size" },
    { "vm a\nkernal=k\nmemory=1M\n",
      "system.conf:2: found unknown key \"kernal\", expected a key of a vm (did you mean kernel?)" },
    { "container a\nimag=k\n", "did you mean image?" },
    { "container a\nxyzzy=k\nimage=i\n",
      "found unknown key \"xyzzy\", expected a key of a container\n" },
    { "vm a\nkernel=k\n", "system.conf:1: vm a: expected a line `memory = SIZE`, found none" },
    { "container a\nimage=k\nconsole=attached\ncontainer b\nimage=k\nconsole=attached\n",
      "system.conf:4: console: found attached, but a is attached already" },
    { "vm a\nmemory=1M\n", "system.conf:1: vm a: expected a line `kernel = FILE` (or `firmware = FILE`), found none" },
    { "container a\n", "container a: expected a line `image = FILE`" },
    { "vm a\nkernel=k\nkernel=k\nmemory=1M\n", "system.conf:3: kernel: found a second time" },
    { "vm a\nkernel=k\nmemory=1M\nvm a\n",
      "system.conf:4: found name \"a\" again (first in line 1)" },
    { "vm\n", "found name \"\", expected 1 to 31 letters" },
    { "vm a b\n", "found name \"a b\"" },
    { "vm abcdefghijklmnopqrstuvwxyzabcdef\n", "expected 1 to 31 letters" },
    { "vn linux\nkernel=k\n", "found \"vn\", expected `vm NAME` or `container NAME` (did you mean vm" },
    { "contaner c\n", "did you mean container?" },
    { "nonsense\n", "found \"nonsense\", expected `vm NAME`, `container NAME` or `key = value`" },
    { "= 5\n", "found nothing before \"=\"" },
    { "memory = 5M\n", "memory: found above the first section" },
    { "vm a\nimage=k\nkernel=k\nmemory=1M\n", "image: is a key of a container, found in a vm" },
    { "container a\ninitrd=k\nimage=k\n", "initrd: is a key of a vm, found in a container" },
    { "vm a\non_all_ended=stay\nkernel=k\nmemory=1M\n", "on_all_ended: is for the whole system" },
    { "on_all_endet=stay\n", "expected a key of the whole system (did you mean on_all_ended?)" },
    { "on_all_ended=explode\n", "found \"explode\", expected stay or poweroff" },
    { "vm a\nkernel=../k\nmemory=1M\n", "kernel: found \"../k\", expected the name of a file" },
    { "vm a\nkernel=a b\nmemory=1M\n", "expected the name of a file" },
    { "vm a\nkernel=\nmemory=1M\n", "kernel: found \"\", expected the name of a file" },
    { "vm a\nkernel=k\nmemory=1M\ncpu=-1\n", "cpu: found \"-1\", expected the number of a CPU" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=\n", "cpus: found \"\", expected how many CPUs and which" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=0\n", "cpus: found \"0\", expected 1 to 32 CPUs" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=33\n", "expected 1 to 32 CPUs" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=on 0-40\n", "expected 1 to 32 CPUs" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=on 5-4\n", "expected how many CPUs" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=on 256\n", "expected how many CPUs" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=on\n", "expected how many CPUs" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=2,3\n", "expected how many CPUs" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=2 exclusiv\n", "(did you mean exclusive?)" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=exclusive\n", "expected how many CPUs" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=3 on 1,2 exclusive\n",
      "expected as many exclusive CPUs as are named (2), or fewer" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=2 exclusive shared\n", "expected how many CPUs" },
    { "vm a\nkernel=k\nmemory=1M\ncpu=1\ncpus=2\n", "found both `cpu` and `cpus`" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=3 of 2\n", "cpus: found \"3 of 2\", expected behind `of` at least as many as it starts with (3)" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=1 of 33\n", "cpus: found \"1 of 33\", expected 1 to 32 CPUs" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=1 of\n", "cpus: found \"1 of\", expected how many CPUs and which, such as 2, 1 of 4, 4 exclusive, on 2-5 or 2 on 1,3\n" },
    { "container a\nimage=k\ncpus=1 of 2\n", "cpus: found 2, expected 1: a container has one thread" },
    { "container a\nimage=k\ncpus=2\n", "cpus: found 2, expected 1: a container has one thread" },
    { "vm a\nkernel=k\nmemory=1M\ncpus=1 exclusive\nbudget=10%\n",
      "system.conf:1: budget: found with exclusive CPUs, expected with shared ones only" },
    { "vm a\nkernel=k\nmemory=1M\nbudget=5ms/2ms\n", "budget: found \"5ms/2ms\", expected a percentage" },
    { "vm a\nkernel=k\nmemory=1M\nbudget=1ms/2s\n", "expected a percentage" },
    { "vm a\nkernel=k\nmemory=1M\nbudget=1ms/\n", "expected a percentage" },
    { "vm a\nkernel=k\nmemory=1M\nbudget=1%%\n", "expected a percentage" },
    { "vm a\nkernel=k\nmemory=1M\nbudget=10%\nreserve=20%\n",
      "reserve: found 20%, expected at most the budget, 10%" },
    { "vm a\nkernel=k\nmemory=1M\nreserve=0\n", "reserve: found \"0\", expected a percentage" },
    { "vm a\nkernel=k\nmemory=1M\nrestart=allways\n", "(did you mean always?)" },
    { "vm a\nkernel=k\nmemory=1M\nrestart=on-failure x\n", "restart: found \"on-failure x\"" },
    { "vm a\nkernel=k\nmemory=1M\nrestart=on-failure 0\n", "restart: found \"on-failure 0\"" },
    { "vm a\nkernel=k\nmemory=1M\nrestart=never 3\n", "restart: found \"never 3\"" },
    { "vm a\nkernel=k\nmemory=1M\nautostart=off\n", "autostart: found \"off\", expected yes or no" },
    { "vm a\nkernel=k\nmemory=1M\nwatchdog=5\n", "watchdog: found \"5\", expected a time" },
    { "vm a\nkernel=k\nmemory=1M\nwatchdog=5ms\n", "expected a time from 100ms" },
    { "vm a\nkernel=k\nmemory=1M\nconsole=atached\n", "(did you mean attached?)" },
    { "vm a\nkernel=k\nmemory=1M\nafter=\n", "after: found \"\", expected names" },
    { "vm linux\nkernel=k\nmemory=1M\nvm b\nkernel=k\nmemory=1M\nafter=linus\n",
      "system.conf:7: after: found \"linus\", expected the name of a partition (did you mean linux?)" },
    { "container a\nimage=k\nafter=a\n", "system.conf:3: after: found a cycle, expected none: a after a" },
    { "container a\nimage=k\nafter=c\ncontainer b\nimage=k\nafter=a\ncontainer c\nimage=k\nafter=b\n",
      "system.conf:3: after: found a cycle, expected none: a after c after b after a" },
    { "vm a\nkernel=k\nmemory=1M\npriority=31\n", "expected a number from 0 (last) to 30" },
    { "vm a\nkernel=k\nmemory=1M\nbudget=0\n", "expected a percentage" },
    { "vm a\nkernel=k\nmemory=1M\nbudget=101\n", "expected a percentage" },
    { "vm a\nkernel=k\nmemory=1M\nboot=bios\n", "expected auto or linux or pvh or multiboot" },
    { "vm a\nkernel=k\nmemory=1M\non_reset=r\n", "expected restart or stop" },
    { "vm a\nkernel=k\nmemory=1M\nmodule=\n", "module: found \"\"" },
    { "vm \001\n", "found byte 0x01, expected text" },
};

static void test_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        parse(wrong[i].text);
        expect_said(wrong[i].message);
        assert_true(conf.errors > 0);
    }
}

/* One value of `cpus`, and what it means. */
static const struct {
    const char *text;
    uint32_t count;
    bool exclusive;
    const char *on;
    uint32_t most;
} cpus[] = {
    { "1 of 4", 1, false, "", 4 },
    { "2 of 32 exclusive on 2-5", 2, true, "2-5", 32 },
    { "2 of 2", 2, false, "", 2 },
    { "3", 3, false, "", 0 },
    { "4 exclusive", 4, true, "", 0 },
    { "2 shared", 2, false, "", 0 },
    { "on 3", 1, false, "3", 0 },
    { "on 2-5", 4, false, "2-5", 0 },
    { "exclusive on 2, 3,7", 3, true, "2-3,7", 0 },
    { "4 on 0-1 shared", 4, false, "0-1", 0 },
    { "2 on 4-7 exclusive", 2, true, "4-7", 0 },
    { "on 255", 1, false, "255", 0 },
};

static void test_cpus(void **state)
{
    char text[128], on[64];

    (void)state;
    for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
        const struct conf_cpus *got = &conf.part[0].cpus;

        snprintf(text, sizeof(text), "vm a\nkernel=k\nmemory=1M\ncpus = %s # so\n", cpus[i].text);
        parse(text);
        assert_string_equal(said, "");
        assert_int_equal(got->count, cpus[i].count);
        assert_int_equal(got->exclusive, cpus[i].exclusive);
        assert_int_equal(cpus_most(got), cpus[i].most != 0 ? cpus[i].most : cpus[i].count);
        assert_string_equal(cpus_text(got->on, on, sizeof(on)), cpus[i].on);
    }
}

static void test_defaults(void **state)
{
    const struct conf_part *part = &conf.part[0];

    (void)state;
    parse("vm a\nkernel=k\nmemory=1M\n");
    assert_string_equal(said, "");
    assert_int_equal(part->cpus.count, 1);
    assert_false(part->cpus.exclusive);
    assert_int_equal(part->budget, CONF_WHOLE);
    assert_int_equal(part->reserve, 0);
    assert_int_equal(part->priority, 10);
    assert_int_equal(part->restart.when, RESTART_NEVER);
    assert_int_equal(part->autostart, 1);
    assert_int_equal(part->attach, 0);
    assert_int_equal(part->watchdog_ms, 0);
    assert_int_equal(part->after_count, 0);
    assert_string_equal(part->boot, "auto");
}

static void test_policy(void **state)
{
    const struct conf_part *part = &conf.part[1];

    (void)state;
    parse("container a\nimage=i\nvm b\nkernel=k\nmemory=1M\nbudget = 2ms / 8ms\nreserve=5%\nrestart = on-failure 3\n"
          "autostart=no\nconsole=attached\nwatchdog=5s\nafter = a\nvm c\nkernel=k\nmemory=1M\nrestart=always\nafter= a, b\n");
    assert_string_equal(said, "");
    assert_int_equal(part->budget, 2500);
    assert_int_equal(part->period_us, 8000);
    assert_int_equal(part->reserve, 500);
    assert_int_equal(part->restart.when, RESTART_ON_FAILURE);
    assert_int_equal(part->restart.limit, 3);
    assert_int_equal(part->autostart, 0);
    assert_int_equal(part->attach, 1);
    assert_int_equal(part->watchdog_ms, 5000);
    assert_string_equal(part->after[0], "a");
    assert_int_equal(part[1].restart.when, RESTART_ALWAYS);
    assert_int_equal(part[1].restart.limit, 0);
    assert_int_equal(part[1].after_count, 2);
}

static void test_start_order(void **state)
{
    unsigned order[CONF_MAX_PARTS];

    (void)state;
    parse("container a\nimage=i\nafter=c\ncontainer b\nimage=i\ncontainer c\nimage=i\nafter=d\ncontainer d\nimage=i\n");
    assert_string_equal(said, "");
    conf_start_order(&conf, order);
    assert_int_equal(order[0], 3);
    assert_int_equal(order[1], 2);
    assert_int_equal(order[2], 0);
    assert_int_equal(order[3], 1);
}

/* Only those on the cycle are bad, and everyone has a place in the order all the same. */
static void test_cycle_leaves_the_others(void **state)
{
    unsigned order[CONF_MAX_PARTS], sum = 0;

    (void)state;
    parse("container a\nimage=i\nafter=b\ncontainer b\nimage=i\nafter=c\ncontainer c\nimage=i\nafter=b\n");
    assert_int_equal(conf.errors, 1);
    assert_false(conf.part[0].bad);
    assert_true(conf.part[1].bad);
    assert_true(conf.part[2].bad);
    conf_start_order(&conf, order);
    for (unsigned i = 0; i < 3; i++)
        sum += 1u << order[i];
    assert_int_equal(sum, 7);
}

static bool is_linux(void *context, const char *name)
{
    (void)context;
    return strcmp(name, "linux") == 0;
}

static void parse_inline(const char *text)
{
    static const struct conf_report report = { .line = line, .exists = is_linux };

    said[0] = '\0';
    conf_parse_inline("create", text, &conf, &report);
}

static void test_inline(void **state)
{
    (void)state;
    parse_inline("vm small kernel=k memory=64M cpus=2 on 1,3 exclusive cmdline=\"console=ttyS0 a=b  c\" after=linux");
    assert_string_equal(said, "");
    assert_int_equal(conf.count, 1);
    assert_string_equal(conf.part[0].name, "small");
    assert_string_equal(conf.part[0].cmdline, "console=ttyS0 a=b  c");
    assert_int_equal(conf.part[0].memory, 64 << 20);
    assert_int_equal(conf.part[0].cpus.count, 2);
    assert_true(conf.part[0].cpus.exclusive);
    parse_inline("vm small kernel=k memory=64 restart = on-failure 2");
    assert_string_equal(said, "create: memory: found \"64\", expected a size such as 64M or 1G\n");
    assert_int_equal(conf.part[0].restart.limit, 2);
    parse_inline("vm a kernel=k memory=1M cmdline=\"open");
    expect_said("create: expected at most 1023 characters, and a second \"");
}

static void test_rest_stays_usable(void **state)
{
    (void)state;
    parse("vm bad\n kernel = k\n memory = lots\n\ncontainer good\n image = i\nvm bad2\n memory=1M\n");
    assert_int_equal(conf.count, 3);
    assert_int_equal(conf.errors, 2);
    assert_true(conf.part[0].bad);
    assert_false(conf.part[1].bad);
    assert_true(conf.part[2].bad);
}

static void test_second_of_a_name_leaves_the_first(void **state)
{
    (void)state;
    parse("container a\nimage=one\ncontainer a\nimage=two\nmemory=nonsense\n");
    assert_int_equal(conf.count, 1);
    assert_string_equal(conf.part[0].image, "one");
    assert_false(conf.part[0].bad);
}

static void test_too_long(void **state)
{
    char text[2000] = "container a\nimage=i\nargs=";

    (void)state;
    memset(text + strlen(text), 'x', 600);
    parse(text);
    expect_said("expected at most 511 characters, not 600");
    memset(text + strlen(text), 'x', 1000);
    parse(text);
    expect_said("system.conf:3: found a line of 16");
}

static void test_too_many(void **state)
{
    char text[4096] = "";

    (void)state;
    for (int i = 0; i < CONF_MAX_PARTS + 2; i++)
        snprintf(text + strlen(text), 64, "container c%d\nimage=i\n", i);
    parse(text);
    assert_int_equal(conf.count, CONF_MAX_PARTS);
    assert_int_equal(conf.errors, 2);
    expect_said("found partition \"c64\", expected at most 64 partitions");

    strcpy(text, "vm a\nkernel=k\nmemory=1M\n");
    for (int i = 0; i < 9; i++)
        strcat(text, "module = m\n");
    parse(text);
    expect_said("system.conf:12: module: found \"m\", expected at most 8 of these");
}

static void test_nul(void **state)
{
    static const struct conf_report report = { .line = line };
    static const char text[] = "vm a\0b\nvm c\nkernel=k\nmemory=1M";

    (void)state;
    said[0] = '\0';
    conf_parse("f", text, sizeof(text) - 1, &conf, &report);
    expect_said("f:1: found byte 0x00, expected text");
    assert_int_equal(conf.count, 1);
}

static void test_vmm_text(void **state)
{
    char text[1024];

    (void)state;
    parse("vm a\nkernel=k\nmemory=1M\ncmdline=a=b c\nmodule=m x\nmodule=n\n");
    assert_true(conf_vmm_text(&conf.part[0], text, sizeof(text)));
    assert_string_equal(text, "kernel = k\nboot = auto\non_reset = restart\nstats = no\ncmdline = a=b c\n"
                              "module = m x\nmodule = n\n");
    assert_false(conf_vmm_text(&conf.part[0], text, 20));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_cpus),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_start_order),
        cmocka_unit_test(test_cycle_leaves_the_others),
        cmocka_unit_test(test_inline),
        cmocka_unit_test(test_rest_stays_usable),
        cmocka_unit_test(test_second_of_a_name_leaves_the_first),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_vmm_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
