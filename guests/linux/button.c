/* SPDX-License-Identifier: MIT */
/*
 * button, for Linux guests: waits for the ACPI power button, as a distribution's acpid or logind does, and switches the
 * machine off. The kernel's module `button` tells of it by generic netlink (family "acpi_event").
 */
#include <stdint.h>
#include <asm/unistd.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/reboot.h>

#define SOL_NETLINK 270
#define SOCK_RAW    3
#define AF_NETLINK  16

static uint8_t buffer[8192] __attribute__((aligned(8)));

static long call(long n, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    long r;

    __asm__ volatile("syscall" : "=a"(r) : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return r;
}

static void end(const char *why)
{
    long n = 0;

    while (why[n])
        n++;
    call(__NR_write, 1, (long)why, n, 0, 0, 0);
    call(__NR_exit_group, 1, 0, 0, 0, 0, 0);
}

/* Attribute of that type among the bytes; its payload, or 0. */
static uint8_t *attribute(uint8_t *at, long bytes, unsigned type, long *payload)
{
    while (bytes >= NLA_HDRLEN) {
        struct nlattr *a = (struct nlattr *)at;
        long step = (a->nla_len + 3) & ~3;

        if (a->nla_len < NLA_HDRLEN || a->nla_len > bytes)
            return 0;
        if ((a->nla_type & NLA_TYPE_MASK) == type) {
            *payload = a->nla_len - NLA_HDRLEN;
            return at + NLA_HDRLEN;
        }
        at += step;
        bytes -= step;
    }
    return 0;
}

static long receive(long s, uint8_t **attributes)
{
    long got = call(__NR_recvfrom, s, (long)buffer, sizeof(buffer), 0, 0, 0);

    *attributes = buffer + NLMSG_HDRLEN + GENL_HDRLEN;
    return got - NLMSG_HDRLEN - GENL_HDRLEN;
}

static uint32_t group_of(long s)
{
    static struct {
        struct nlmsghdr n;
        struct genlmsghdr g;
        struct nlattr a;
        char name[12];
    } ask = { { sizeof(ask), GENL_ID_CTRL, NLM_F_REQUEST, 1, 0 }, { CTRL_CMD_GETFAMILY, 1, 0 },
              { NLA_HDRLEN + 11, CTRL_ATTR_FAMILY_NAME }, "acpi_event" };
    uint8_t *at;
    long bytes;

    call(__NR_sendto, s, (long)&ask, sizeof(ask), 0, 0, 0);
    bytes = receive(s, &at);
    at = attribute(at, bytes, CTRL_ATTR_MCAST_GROUPS, &bytes);
    if (at)
        at = attribute(at, bytes, 1, &bytes); /* the first of them */
    if (at)
        at = attribute(at, bytes, CTRL_ATTR_MCAST_GRP_ID, &bytes);
    return at ? *(uint32_t *)at : 0;
}

static int is_power_button(const uint8_t *class)
{
    static const char wanted[] = "button/power";

    for (unsigned i = 0; i < sizeof(wanted); i++)
        if (class[i] != (uint8_t)wanted[i])
            return 0;
    return 1;
}

__attribute__((used)) static void start(void)
{
    static struct sockaddr_nl any = { .nl_family = AF_NETLINK };
    long s = call(__NR_socket, AF_NETLINK, SOCK_RAW, NETLINK_GENERIC, 0, 0, 0), bytes;
    uint32_t group;
    uint8_t *at;

    if (s < 0 || call(__NR_bind, s, (long)&any, sizeof(any), 0, 0, 0) < 0 || (group = group_of(s)) == 0 ||
        call(__NR_setsockopt, s, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, (long)&group, 4, 0) < 0)
        end("button: the kernel does not tell of ACPI events\n");
    for (;;) {
        bytes = receive(s, &at);
        at = attribute(at, bytes, 1, &bytes); /* device class, 20 bytes, and more */
        if (at && bytes >= 20 && is_power_button(at))
            call(__NR_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF, 0, 0, 0);
    }
}

__asm__(".globl _start\n_start: xor %ebp, %ebp\n and $-16, %rsp\n call start\n");
