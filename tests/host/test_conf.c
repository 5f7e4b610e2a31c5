/* SPDX-License-Identifier: MIT */
/* system.conf: what it gives when right, and what is said about each way to be wrong. */
// sources: root/conf.c root/conf_keys.c root/nearest.c
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
    static const struct conf_report report = { line, NULL };

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
    assert_int_equal(conf.part[0].cpu, 3);
    assert_int_equal(conf.part[0].priority, 30);
    assert_int_equal(conf.part[0].budget, 50);
    assert_int_equal(conf.part[1].kind, CONF_CONTAINER);
    assert_string_equal(conf.part[1].args, "5 6");
    assert_int_equal(conf.part[1].memory, 65536);
    assert_int_equal(conf.part[1].cpu, CONF_CPU_ANY);
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
    { "vm a\nmemory=1M\n", "system.conf:1: vm a: expected a line `kernel = FILE`" },
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
    { "vm a\nkernel=k\nmemory=1M\ncpus=33\n", "cpus: found \"33\", expected a number from 1 to 32" },
    { "container a\nimage=k\nmemory=1M\ncpus=2\n", "cpus: found \"2\", expected 1 (" },
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
    for (int i = 0; i < 34; i++)
        snprintf(text + strlen(text), 64, "container c%d\nimage=i\n", i);
    parse(text);
    assert_int_equal(conf.count, CONF_MAX_PARTS);
    assert_int_equal(conf.errors, 2);
    expect_said("found partition \"c32\", expected at most 32 partitions");

    strcpy(text, "vm a\nkernel=k\nmemory=1M\n");
    for (int i = 0; i < 9; i++)
        strcat(text, "module = m\n");
    parse(text);
    expect_said("system.conf:12: module: found \"m\", expected at most 8 of these");
}

static void test_nul(void **state)
{
    static const struct conf_report report = { line, NULL };
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
        cmocka_unit_test(test_rest_stays_usable),
        cmocka_unit_test(test_second_of_a_name_leaves_the_first),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_vmm_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
