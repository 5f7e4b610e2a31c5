/* SPDX-License-Identifier: MIT */
/* The VMM of one VM: read the configuration, build the machine, load the image, run it. */
#include <stdio.h>
#include <abi/guest.h>
#include <user/start.h>
#include "host.h"

static struct vm vm;
static struct vm_conf conf;
static struct be_console console;

static void check(uint64_t code, const char *error)
{
    if (error != NULL)
        host_stop(code, error);
}

static void report_and_stop(void)
{
    char text[512];

    if (conf.stats) {
        vm_stats(&vm, text, sizeof(text));
        printf("\nvmm: %s\n", text);
    }
    host_stop(vm.end_code, vm.message);
}

void thread_main(unsigned index)
{
    host_thread(&vm, index, &console);
}

int main(void)
{
    if (!vm_conf_parse(&conf, start_info()->conf, sizeof(start_info()->conf)))
        host_stop(VM_END_CONFIG, conf.error);
    check(VM_END_CONFIG, host_files(&conf));
    check(VM_END_RESOURCES, host_create(&vm, &console));
    for (;;) {
        check(VM_END_CONFIG, host_start(&vm, &conf, vm.resets != 0));
        host_run(&vm, &console);
        if (vm.verdict == VM_RESET && conf.stop_on_reset)
            vm_end(&vm, VM_END_RESET, "guest reset");
        if (vm.verdict == VM_END)
            report_and_stop();
        vm.resets++;
    }
}
