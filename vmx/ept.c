/* SPDX-License-Identifier: MIT */
/* EPT: the guest-physical address space of one VM (SDM vol. 3, 28.3.2); sys/tables.h holds the tables. */
#include <hw/ept.h>
#include <hw/x86.h>
#include "caps.h"
#include "vcpu.h"

_Static_assert(MAP_READ == EPT_READ && MAP_WRITE == EPT_WRITE && MAP_EXEC == EPT_EXEC, "the same bits");

enum status ept_init(struct ept *ept, struct account *account)
{
    ept->generation = 1;
    return tables_init(&ept->tables, account, EPT_READ | EPT_WRITE | EPT_EXEC, 512);
}

unsigned ept_max_order(void)
{
    return vmx_caps.ept_vpid & EPT_CAP_1G ? EPT_ORDER_1G : vmx_caps.ept_vpid & EPT_CAP_2M ? EPT_ORDER_2M : EPT_ORDER_4K;
}

uint64_t ept_pointer(const struct ept *ept)
{
    uint64_t flags = EPTP_WB | EPTP_4_LEVELS | (vmx_caps.ept_vpid & EPT_CAP_AD ? EPTP_AD : 0);

    return sys_page_hpa(ept->tables.top).v | flags;
}

uint64_t ept_flags(uint32_t prot)
{
    return prot | EPT_WB;
}

/* Single-context INVEPT where the CPU has it, else all contexts (SDM vol. 3, 28.4.3.1). */
void vmx_ept_flush(const struct ept *ept)
{
    struct x86_inv d = {ept_pointer(ept), 0};
    bool single = vmx_caps.ept_vpid & EPT_CAP_INVEPT_SINGLE;

    (void)x86_invept(single ? INVEPT_SINGLE : INVEPT_ALL, &d);
}
